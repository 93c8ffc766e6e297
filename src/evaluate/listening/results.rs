//! What listeners said, for each model and metric and for chance, with 95 % bootstrap intervals.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::bootstrap::interval_of_mean;
use super::super::tables::Table;
use crate::domain::{Chooser, ListeningRecord, Question, Standing};

/// A mean with what is needed to judge it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Of answers from 1 to 5; the share of yes where the question is answered by yes or no.
    pub value: f64,
    /// The 95 % bootstrap interval: queries are drawn, so that answers about one query move together.
    pub low: f64,
    pub high: f64,
    /// Answers.
    pub count: usize,
}

/// What was said of the recommendations of one model under one metric, or of chance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChooserResult {
    /// The model; "chance" for picks drawn at random.
    pub system: String,
    /// Empty for chance.
    pub metric: String,
    /// Recommendations that were heard and answered.
    pub answered: usize,
    /// Recommendations that were skipped as a whole.
    pub skipped: usize,
    /// One a question, in the order of [`Question::ALL`]; `None` without an answer.
    pub questions: [Option<Estimate>; 4],
}

/// What a study came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ListeningResults {
    /// Everybody who answered, by name.
    pub listeners: Vec<String>,
    /// Recommendations that were answered, each counted once whoever made it.
    pub answered: usize,
    pub skipped: usize,
    /// Queries that were asked about.
    pub queries: usize,
    /// Models by name and metric; chance last.
    pub rows: Vec<ChooserResult>,
}

/// The seed of the resamples: intervals are the same whenever they are looked at.
const SEED: u64 = 1;

/// What the answers of all finished rounds of `records` come to; of one listener alone where one is named.
pub fn results(records: &[ListeningRecord], listener: Option<&str>) -> ListeningResults {
    // Who recommended what is told of no round before all of it was heard, or its listener would not be blind any more.
    let open: BTreeSet<(i64, usize)> = records
        .iter()
        .filter(|record| record.response.standing == Standing::Open)
        .map(|record| (record.session, record.round))
        .collect();
    let said = |record: &&ListeningRecord| !open.contains(&(record.session, record.round));
    let listeners: BTreeSet<&str> = records.iter().filter(said).map(|record| record.listener.as_str()).collect();
    let of = |record: &&ListeningRecord| listener.is_none_or(|listener| record.listener == listener);
    let heard: Vec<&ListeningRecord> = records.iter().filter(said).filter(of).collect();
    let mut by_chooser: BTreeMap<Key, Vec<&ListeningRecord>> = BTreeMap::new();
    for record in &heard {
        for (chooser, _) in &record.credits {
            by_chooser.entry(key(chooser)).or_default().push(record);
        }
    }
    // Weights are named only where one name stands for several.
    let mut weights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for key in by_chooser.keys() {
        weights.entry(key.name.clone()).or_default().insert(key.weights.clone());
    }
    let row = |(key, records): (Key, Vec<&ListeningRecord>)| ChooserResult {
        system: match weights.get(&key.name) {
            Some(several) if several.len() > 1 => {
                format!("{} ({})", key.name, key.weights.get(..8).unwrap_or_default())
            }
            _ => key.name,
        },
        metric: key.metric,
        answered: count(&records, Standing::Answered),
        skipped: count(&records, Standing::Skipped),
        questions: Question::ALL.map(|question| estimate(&records, question)),
    };
    let queries: BTreeSet<_> = heard.iter().map(|record| record.query).collect();
    ListeningResults {
        listeners: listeners.into_iter().map(str::to_owned).collect(),
        answered: count(&heard, Standing::Answered),
        skipped: count(&heard, Standing::Skipped),
        queries: queries.len(),
        rows: by_chooser.into_iter().map(row).collect(),
    }
}

/// Orders models by name and metric, and puts chance last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    is_chance: bool,
    name: String,
    weights: String,
    place: usize,
    metric: String,
}

fn key(chooser: &Chooser) -> Key {
    match chooser {
        Chooser::Chance => {
            Key { is_chance: true, name: "chance".to_owned(), weights: String::new(), place: 0, metric: String::new() }
        }
        Chooser::Model { name, weights, metric } => Key {
            is_chance: false,
            name: name.clone(),
            weights: weights.to_string(),
            place: *metric as usize,
            metric: metric.name().to_owned(),
        },
    }
}

fn count(records: &[&ListeningRecord], standing: Standing) -> usize {
    records.iter().filter(|record| record.response.standing == standing).count()
}

fn estimate(records: &[&ListeningRecord], question: Question) -> Option<Estimate> {
    let answered = records.iter().filter(|record| record.response.standing == Standing::Answered);
    let values: Vec<(usize, f64)> = answered
        .filter_map(|record| {
            let answer = record.response.answers.get(question)?;
            Some((usize::try_from(record.query.0).unwrap_or(0), f64::from(answer)))
        })
        .collect();
    let (low, high) = interval_of_mean(&values, SEED)?;
    let value = values.iter().map(|(_, value)| value).sum::<f64>() / values.len() as f64;
    Some(Estimate { value, low, high, count: values.len() })
}

/// The results as a table.
pub fn results_table(results: &ListeningResults) -> Table {
    let cell = |question: Question, estimate: &Option<Estimate>| match estimate {
        None => "–".to_owned(),
        Some(Estimate { value, low, high, count }) if question.is_yes_or_no() => {
            format!("{:.0} % [{:.0}, {:.0}] ({count})", value * 100.0, low * 100.0, high * 100.0)
        }
        Some(Estimate { value, low, high, count }) => format!("{value:.2} [{low:.2}, {high:.2}] ({count})"),
    };
    let row = |row: &ChooserResult| {
        let mut cells = vec![row.system.clone(), row.metric.clone(), row.answered.to_string(), row.skipped.to_string()];
        cells.extend(Question::ALL.iter().zip(&row.questions).map(|(question, found)| cell(*question, found)));
        cells
    };
    let names = ["system", "metric", "answered", "skipped"].into_iter();
    Table {
        title: "What listeners said".to_owned(),
        about:
            "Means from 1, not at all, to 5, very much, and the share of yes; 95 % bootstrap intervals over queries; \
                answers."
                .to_owned(),
        header: names.chain(Question::ALL.map(Question::title)).map(str::to_owned).collect(),
        names: 2,
        rows: results.rows.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Answers, ContentHash, Metric, Response, TrackId};

    fn record(query: i64, vibe: Option<u8>, known: Option<u8>, credits: &[Option<Metric>]) -> ListeningRecord {
        let mut answers = Answers::default();
        answers.set(Question::Vibe, vibe);
        answers.set(Question::Known, known);
        let standing = if answers.is_empty() { Standing::Skipped } else { Standing::Answered };
        let model = |metric| Chooser::Model { name: "m".to_owned(), weights: ContentHash([1; 32]), metric };
        ListeningRecord {
            session: 1,
            listener: if query < 3 { "Ada" } else { "Ben" }.to_owned(),
            seed: 1,
            blend: [1.0; 4],
            round: 1,
            position: 1,
            query: TrackId(query),
            track: TrackId(100),
            response: Response { answers, standing },
            answered_at: Some(0),
            credits: credits.iter().map(|metric| (metric.map_or(Chooser::Chance, model), 1)).collect(),
            distances: Vec::new(),
        }
    }

    #[test]
    fn every_answer_counts_for_all_who_recommended() {
        let (mean, chance) = (Some(Metric::Mean), None);
        let records = [
            record(1, Some(5), Some(1), &[mean, Some(Metric::Dtw)]),
            record(2, Some(3), Some(0), &[mean]),
            record(3, Some(1), None, &[chance]),
            record(3, None, None, &[mean, chance]),
        ];
        let found = results(&records, None);
        assert_eq!(found.listeners, ["Ada", "Ben"]);
        assert_eq!((found.answered, found.skipped, found.queries), (3, 1, 3));
        let names: Vec<(&str, &str)> =
            found.rows.iter().map(|row| (row.system.as_str(), row.metric.as_str())).collect();
        assert_eq!(names, [("m", "mean"), ("m", "dtw"), ("chance", "")]);
        let mean = &found.rows[0];
        assert_eq!((mean.answered, mean.skipped), (2, 1));
        let vibe = mean.questions[0].unwrap();
        assert_eq!((vibe.value, vibe.count), (4.0, 2));
        assert_eq!((vibe.low, vibe.high), (3.0, 5.0), "two queries: one of them twice, or both");
        assert_eq!(mean.questions[1], None, "nobody was asked about style");
        assert_eq!(mean.questions[3].unwrap().value, 0.5);
        let of_ben = results(&records, Some("Ben"));
        assert_eq!((of_ben.answered, of_ben.listeners.len()), (1, 2));
        let table = results_table(&found);
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
        assert_eq!(table.rows[0][4], "4.00 [3.00, 5.00] (2)");
        assert_eq!(table.rows[0][7], "50 % [0, 100] (2)");
    }

    #[test]
    fn a_round_counts_when_all_of_it_was_heard() {
        let answered = record(1, Some(5), None, &[None]);
        let mut open = record(1, None, None, &[Some(Metric::Mean)]);
        open.response.standing = Standing::Open;
        assert_eq!(results(&[answered.clone(), open.clone()], None), ListeningResults::default());
        open.round = 2;
        assert_eq!(results(&[answered, open], None).answered, 1, "other rounds do not wait for it");
    }
}
