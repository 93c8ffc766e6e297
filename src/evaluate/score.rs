//! All measures of one system.

use rayon::prelude::*;

use crate::domain::Control;
use crate::similarity::spearman;

use super::EvaluateError;
use super::bootstrap::{interval_of_mean, interval_of_skewness};
use super::collection::{Collection, Column, Role, Standing};
use super::measures::{
    average_precision, chance_average_precision, chance_hubness, chance_precision_at, chance_recall_at_1,
    chance_reciprocal_rank, precision_at, recall_at_1, reciprocal_rank, skewness,
};
use super::report::{Agreement, Measure, MetricReport, Score, StyleScores};
use super::representation::Representation;

/// Neighbours whose occurrences are counted for the hubness.
pub const HUB_NEIGHBOURS: usize = 10;
/// Queries between two looks at the control.
const BLOCK: usize = 64;

/// The measures of a column of that role.
fn measures_of(role: Role) -> &'static [Measure] {
    match role {
        Role::Recording => &[Measure::RecallAt1, Measure::ReciprocalRank],
        Role::Album | Role::Artist => &[Measure::PrecisionAt5, Measure::ReciprocalRank, Measure::AveragePrecision],
        Role::Style => &[Measure::PrecisionAt10],
    }
}

/// The value of a measure for one ranking, and what chance would give.
fn value(measure: Measure, ranking: &[bool]) -> (f64, f64) {
    let (relevant, gallery) = (ranking.iter().filter(|relevant| **relevant).count(), ranking.len());
    match measure {
        Measure::RecallAt1 => (recall_at_1(ranking), chance_recall_at_1(relevant, gallery)),
        Measure::ReciprocalRank => (reciprocal_rank(ranking), chance_reciprocal_rank(relevant, gallery)),
        Measure::PrecisionAt5 => (precision_at(5, ranking), chance_precision_at(5, relevant, gallery)),
        Measure::PrecisionAt10 => (precision_at(10, ranking), chance_precision_at(10, relevant, gallery)),
        Measure::AveragePrecision => (average_precision(ranking), chance_average_precision(relevant, gallery)),
        // Not measures of a ranking.
        Measure::Triplets | Measure::Hubness | Measure::RecordingAt1 | Measure::Displacement => (0.0, 0.0),
    }
}

/// One query under one metric.
struct Answer {
    /// For each column asked about, for each of its measures: value and chance. `None` where the query asks nothing.
    values: Vec<Option<Vec<(f64, f64)>>>,
    nearest: Vec<usize>,
    median: f64,
}

/// What was found of a system beside its scores.
pub struct Scored {
    pub metrics: Vec<MetricReport>,
    pub agreement: Vec<Agreement>,
    /// For each metric the distance that tracks typically have: the median over tracks of the median distance to the
    /// others.
    pub typical: Vec<f64>,
}

/// Ranks every track's gallery and measures it. `on_progress` hears how many queries are finished.
///
/// # Errors
/// [`EvaluateError::Cancelled`]
pub fn score(
    system: &Representation,
    collection: &Collection,
    seed: u64,
    control: &Control,
    on_progress: &dyn Fn(usize),
) -> Result<Scored, EvaluateError> {
    let names = system.metrics();
    let mut answers: Vec<Vec<Answer>> = names.iter().map(|_| Vec::with_capacity(collection.len())).collect();
    let pairs: Vec<(usize, usize)> = (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b))).collect();
    let mut agreement = vec![(0.0, 0_usize); pairs.len()];
    for start in (0..collection.len()).step_by(BLOCK) {
        control.checkpoint()?;
        let end = (start + BLOCK).min(collection.len());
        let block: Vec<(Vec<Answer>, Vec<Option<f64>>)> = (start..end)
            .into_par_iter()
            .map(|query| {
                let rows = system.distances(query);
                let answers = rows.iter().map(|row| answer(collection, query, row)).collect();
                let others = |row: &Vec<f32>| [&row[..query], &row[query + 1..]].concat();
                let rows: Vec<Vec<f32>> = rows.iter().map(others).collect();
                (answers, pairs.iter().map(|(a, b)| spearman(&rows[*a], &rows[*b])).collect())
            })
            .collect();
        for (found, agrees) in block {
            answers.iter_mut().zip(found).for_each(|(answers, answer)| answers.push(answer));
            for (sum, agrees) in agreement.iter_mut().zip(agrees) {
                if let Some(agrees) = agrees {
                    *sum = (sum.0 + agrees, sum.1 + 1);
                }
            }
        }
        on_progress(end);
    }
    let groups = collection.groups();
    let metrics: Vec<MetricReport> = names
        .par_iter()
        .zip(&answers)
        .map(|(name, answers)| MetricReport {
            metric: (*name).to_owned(),
            scores: scores(collection, &groups, answers, seed),
            styles: by_style(collection, &groups, answers, seed),
            robustness: Vec::new(),
        })
        .collect();
    let agreement = pairs.iter().zip(agreement).filter(|(_, (_, count))| *count > 0).map(|((a, b), (sum, count))| {
        Agreement { a: names[*a].to_owned(), b: names[*b].to_owned(), spearman: sum / count as f64 }
    });
    let typical = answers.iter().map(|answers| median(answers.iter().map(|answer| answer.median).collect()));
    Ok(Scored { metrics, agreement: agreement.collect(), typical: typical.collect() })
}

/// The other tracks from the nearest to the farthest, equally near ones in the order of their ids.
fn ranking(query: usize, row: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..row.len()).filter(|place| *place != query).collect();
    order.sort_unstable_by(|a, b| row[*a].total_cmp(&row[*b]).then(a.cmp(b)));
    order
}

fn answer(collection: &Collection, query: usize, row: &[f32]) -> Answer {
    let order = ranking(query, row);
    let ask = |place: &usize| {
        let column = &collection.columns[*place];
        let gallery: Vec<bool> = order
            .iter()
            .map(|candidate| collection.standing(column, query, *candidate))
            .filter(|standing| *standing != Standing::LeftOut)
            .map(|standing| standing == Standing::Relevant)
            .collect();
        let asks = gallery.contains(&true);
        asks.then(|| measures_of(column.role).iter().map(|measure| value(*measure, &gallery)).collect())
    };
    Answer {
        values: collection.asked.iter().map(ask).collect(),
        nearest: order.iter().take(HUB_NEIGHBOURS).copied().collect(),
        median: order.get((order.len().max(1) - 1) / 2).map_or(0.0, |place| f64::from(row[*place])),
    }
}

fn scores(collection: &Collection, groups: &[usize], answers: &[Answer], seed: u64) -> Vec<Score> {
    let mut scores = Vec::new();
    for (asked, place) in collection.asked.iter().enumerate() {
        let column = &collection.columns[*place];
        scores.extend(of_column(column, asked, answers, groups, seed, |_| true));
    }
    let mut occurrences = vec![0.0; answers.len()];
    answers.iter().flat_map(|answer| &answer.nearest).for_each(|place| occurrences[*place] += 1.0);
    let occurrences: Vec<(usize, f64)> = groups.iter().copied().zip(occurrences).collect();
    let value = skewness(occurrences.iter().map(|(_, count)| (1.0, *count)));
    let (low, high) = interval_of_skewness(&occurrences, seed).unwrap_or((value, value));
    let chance = Some(chance_hubness(HUB_NEIGHBOURS.min(answers.len().saturating_sub(1)), answers.len()));
    let label = format!("k = {HUB_NEIGHBOURS}");
    scores.push(Score { measure: Measure::Hubness, label, value, low, high, chance, queries: answers.len() });
    scores
}

/// The scores of one column over the queries that `takes_part` lets in.
fn of_column(
    column: &Column,
    asked: usize,
    answers: &[Answer],
    groups: &[usize],
    seed: u64,
    takes_part: impl Fn(usize) -> bool,
) -> Vec<Score> {
    let measure = |(place, measure): (usize, &Measure)| {
        let values = answers.iter().enumerate().filter(|(query, _)| takes_part(*query));
        let values: Vec<(usize, (f64, f64))> =
            values.filter_map(|(query, answer)| Some((groups[query], answer.values[asked].as_ref()?[place]))).collect();
        mean_score(*measure, &column.name, &values, seed)
    };
    measures_of(column.role).iter().enumerate().filter_map(measure).collect()
}

/// The mean of values (each with its group and its chance) as a score; `None` without any.
pub fn mean_score(measure: Measure, label: &str, values: &[(usize, (f64, f64))], seed: u64) -> Option<Score> {
    let queries = values.len();
    if queries == 0 {
        return None;
    }
    let mean = |part: fn(&(f64, f64)) -> f64| values.iter().map(|(_, value)| part(value)).sum::<f64>() / queries as f64;
    let only: Vec<(usize, f64)> = values.iter().map(|(group, (value, _))| (*group, *value)).collect();
    let (value, chance) = (mean(|value| value.0), mean(|value| value.1));
    let (low, high) = interval_of_mean(&only, seed).unwrap_or((value, value));
    let chance = (!chance.is_nan()).then_some(chance);
    Some(Score { measure, label: label.to_owned(), value, low, high, chance, queries })
}

/// For each style the recording's R@1 and the style's P@10 over its clips, the styles with the most clips first.
fn by_style(collection: &Collection, groups: &[usize], answers: &[Answer], seed: u64) -> Vec<StyleScores> {
    let Some(styles) = collection.style() else { return Vec::new() };
    let mut rows: Vec<StyleScores> = (0..styles.names.len())
        .filter_map(|value| {
            let is_of_style = |query: usize| styles.values[query] == Some(value);
            let tracks = (0..collection.len()).filter(|query| is_of_style(*query)).count();
            let asked = collection.asked.iter().enumerate().filter_map(|(asked, place)| {
                let column = &collection.columns[*place];
                (column.role == Role::Recording || column.name == styles.name).then_some((asked, column))
            });
            let scores = asked.flat_map(|(asked, column)| of_column(column, asked, answers, groups, seed, is_of_style));
            let wanted = |score: &Score| matches!(score.measure, Measure::RecallAt1 | Measure::PrecisionAt10);
            let scores: Vec<Score> = scores.filter(wanted).collect();
            (tracks > 0).then(|| StyleScores { style: styles.names[value].clone(), tracks, scores })
        })
        .collect();
    rows.sort_by(|a, b| b.tracks.cmp(&a.tracks).then_with(|| a.style.cmp(&b.style)));
    rows
}

/// The lower median; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{TrackId, Trajectory};
    use crate::similarity::Index;

    fn texts(values: &[&str]) -> Vec<Option<String>> {
        values.iter().map(|value| Some((*value).to_owned())).collect()
    }

    /// Six tracks on a line at 0, 1, 3, 7, 12, 20.
    fn line() -> (Representation, Collection) {
        let point = |place: f32| Trajectory::new(1, vec![place]).unwrap();
        let places = [0.0, 1.0, 3.0, 7.0, 12.0, 20.0];
        let tracks = (1..).map(TrackId).zip(places.map(point)).collect();
        let columns = vec![
            Column::new("recording", &texts(&["a", "a", "b", "c", "b", "d"])),
            Column::new("artist", &texts(&["X", "X", "X", "Y", "X", "Y"])),
        ];
        let collection = Collection::new((1..=6).map(TrackId).collect(), columns, &[], &[]).unwrap();
        (Representation::Trajectories(Index::new(tracks).unwrap()), collection)
    }

    #[test]
    fn scores_on_a_line_counted_by_hand() {
        let (system, collection) = line();
        let scored = score(&system, &collection, 1, &Control::default(), &|_| {}).unwrap();
        let of = |measure, label: &str| {
            scored.metrics[0].scores.iter().find(|score| score.measure == measure && score.label == label).unwrap()
        };
        // Recording: track 1 → 2 first, 2 → 1 first; 3 (at 3): 2, 1, 4, 5 → rank 4; 5 (at 12): 4, 6, 3 → rank 3.
        let recall = of(Measure::RecallAt1, "recording");
        assert_eq!((recall.value, recall.queries, recall.chance), (0.5, 4, Some(0.2)));
        assert!(recall.low <= recall.value && recall.value <= recall.high);
        let mrr = of(Measure::ReciprocalRank, "recording");
        assert!((mrr.value - (1.0 + 1.0 + 1.0 / 4.0 + 1.0 / 3.0) / 4.0).abs() < 1e-12);
        // Artist without the recording's clips. 1 (at 0): 3 ✓, 4, 5 ✓, 6. 2: the same. 3 (at 3): 2 ✓, 1 ✓, 4, 6.
        // 4 (at 7): 3, 5, 2, 1, 6 ✓. 5 (at 12): 4, 6, 2 ✓, 1 ✓. 6 (at 20): 5, 4 ✓, …
        let p5 = of(Measure::PrecisionAt5, "artist");
        assert!((p5.value - (0.4 + 0.4 + 0.4 + 0.2 + 0.4 + 0.2) / 6.0).abs() < 1e-12, "{}", p5.value);
        let mrr = of(Measure::ReciprocalRank, "artist");
        assert!((mrr.value - (1.0 + 1.0 + 1.0 + 0.2 + 1.0 / 3.0 + 0.5) / 6.0).abs() < 1e-12);
        let ap = of(Measure::AveragePrecision, "artist");
        let two = (1.0 + 2.0 / 3.0) / 2.0;
        assert!((ap.value - (two + two + 1.0 + 0.2 + (1.0 / 3.0 + 0.5) / 2.0 + 0.5) / 6.0).abs() < 1e-12);
        // Everyone is among everyone's ten nearest.
        assert_eq!(of(Measure::Hubness, "k = 10").value, 0.0);
    }

    #[test]
    fn a_cancelled_evaluation_ends() {
        let (system, collection) = line();
        let control = Control::default();
        control.cancel();
        assert!(matches!(score(&system, &collection, 1, &control, &|_| {}), Err(EvaluateError::Cancelled(_))));
    }
}
