//! A study of sizes as plain data and as tables: what the publication reports, and what came out here.

use serde::{Deserialize, Serialize};

use super::report::date;
use super::tables::{Table, table_markdown};
use crate::similarity::spearman;

/// What the publication reports: cosine accuracy of phase 1 in percent by N, and final loss of phase 2 by N and M.
const REPORTED_ACCURACY: [(usize, f64); 5] = [(16, 93.0), (32, 94.0), (64, 94.4), (128, 94.4), (256, 95.4)];
const REPORTED_LOSS: [((usize, usize), f64); 5] = [
    ((256, 128), 0.012_54),
    ((256, 64), 0.018_24),
    ((128, 128), 0.020_66),
    ((128, 64), 0.029_90),
    ((64, 64), 0.035_62),
];

/// The cosine accuracy that the publication reports for an encoding size, in percent.
pub fn reported_accuracy(encoding: usize) -> Option<f64> {
    REPORTED_ACCURACY.iter().find(|(size, _)| *size == encoding).map(|(_, value)| *value)
}

/// The loss of phase 2 that the publication reports for a pair of sizes.
pub fn reported_loss(encoding: usize, embedding: usize) -> Option<f64> {
    REPORTED_LOSS.iter().find(|(pair, _)| *pair == (encoding, embedding)).map(|(_, value)| *value)
}

/// One trained pair of sizes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cell {
    pub model: String,
    pub encoding: usize,
    pub embedding: usize,
    /// Validation cosine accuracy of phase 1, in percent, and what the publication reports.
    pub accuracy: Option<f64>,
    pub reported_accuracy: Option<f64>,
    /// Validation loss of phase 2, and what the publication reports.
    pub loss: Option<f64>,
    pub reported_loss: Option<f64>,
    /// Validation triplets in the right order, in percent.
    pub triplets: Option<f64>,
    pub seconds: f64,
}

/// A recommendation, with how it differs from its query in what is known of both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suggestion {
    pub query: String,
    pub rank: usize,
    pub title: String,
    pub artist: String,
    pub distance: f32,
    /// Beats a minute more than the query.
    pub tempo: Option<f32>,
    pub key: Option<String>,
    pub query_key: Option<String>,
    /// Loudness units more than the query.
    pub loudness: Option<f32>,
    pub same_genre: Option<bool>,
}

/// What a study comes to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Study {
    /// Seconds since the Unix epoch.
    pub created_at: i64,
    /// Of the program.
    pub program: String,
    pub tracks: usize,
    pub seed: u64,
    /// Epochs of phase 1 and of phase 2.
    pub epochs: [usize; 2],
    pub cells: Vec<Cell>,
    /// Recommendations by the mean, of the first of `cells` with the largest sizes.
    pub suggestions: Vec<Suggestion>,
    pub suggested_by: String,
}

impl Study {
    /// The date of the run as "2031-05-27 14:03" (UTC).
    pub fn date(&self) -> String {
        date(self.created_at)
    }

    /// One line that says what was studied.
    pub fn facts(&self) -> String {
        let [first, second] = self.epochs;
        format!(
            "{} tracks, seed {}, {first} and {second} epochs, {} UTC, Songline {}",
            self.tracks,
            self.seed,
            self.date(),
            self.program
        )
    }

    fn of_encoding(&self, encoding: usize) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.encoding == encoding)
    }

    fn of_pair(&self, pair: (usize, usize)) -> Option<&Cell> {
        self.cells.iter().find(|cell| (cell.encoding, cell.embedding) == pair)
    }
}

fn written(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

fn texts(first: &[&str], rest: impl IntoIterator<Item = String>) -> Vec<String> {
    first.iter().map(|name| (*name).to_owned()).chain(rest).collect()
}

/// How far values of here are ordered as the publication's, in words; nothing where there are fewer than three.
fn trend(pairs: &[(f64, f64)]) -> String {
    if pairs.len() < 3 {
        return String::new();
    }
    let (here, reported): (Vec<f32>, Vec<f32>) = pairs.iter().map(|(a, b)| (*a as f32, *b as f32)).unzip();
    spearman(&here, &reported)
        .map_or_else(String::new, |rank| format!(" Rank correlation with what is reported: {rank:.2}."))
}

/// The tables of studies, each given with its name: the first is the one that is read, others stand beside it. Without any
/// study the tables show what is reported, for `pairs`.
pub fn study_tables(studies: &[(String, &Study)], pairs: &[(usize, usize)]) -> Vec<Table> {
    let mut all: Vec<(usize, usize)> = match studies {
        [] => pairs.to_vec(),
        _ => studies.iter().flat_map(|(_, study)| &study.cells).map(|cell| (cell.encoding, cell.embedding)).collect(),
    };
    all.sort_unstable();
    all.dedup();
    let mut tables = vec![accuracies(studies, &all), losses(studies, &all)];
    if let Some((_, study)) = studies.first().filter(|(_, study)| !study.suggestions.is_empty()) {
        tables.push(suggestions(study));
    }
    tables
}

/// Names of the columns of here: one where there is one study.
fn here(studies: &[(String, &Study)], what: &str) -> Vec<String> {
    match studies {
        [] | [_] => vec![format!("{what} here")],
        several => several.iter().map(|(name, _)| format!("{what} {name}")).collect(),
    }
}

/// One value a study; a dash where there is none.
fn values(studies: &[(String, &Study)], digits: usize, of: impl Fn(&Study) -> Option<f64>) -> Vec<String> {
    match studies {
        [] => vec![written(None, digits)],
        several => several.iter().map(|(_, study)| written(of(study), digits)).collect(),
    }
}

fn accuracies(studies: &[(String, &Study)], pairs: &[(usize, usize)]) -> Table {
    let mut sizes: Vec<usize> = pairs.iter().map(|(encoding, _)| *encoding).collect();
    sizes.dedup();
    let of = |study: &Study, size: usize| study.of_encoding(size).and_then(|cell| cell.accuracy);
    let row = |size: &usize| {
        let mut row = texts(&[&size.to_string()], values(studies, 2, |study| of(study, *size)));
        row.push(written(reported_accuracy(*size), 1));
        row
    };
    let both: Vec<(f64, f64)> = studies.first().map_or_else(Vec::new, |(_, study)| {
        sizes.iter().filter_map(|size| of(study, *size).zip(reported_accuracy(*size))).collect()
    });
    let mut header = texts(&["N"], here(studies, "accuracy"));
    header.push("reported".to_owned());
    Table {
        title: "Accuracy by encoding size".to_owned(),
        about: format!(
            "Cosine similarity of input and reconstruction on the artists kept aside, %. Table 3.1 of the publication.{}",
            trend(&both)
        ),
        header,
        names: 1,
        rows: sizes.iter().map(row).collect(),
    }
}

fn losses(studies: &[(String, &Study)], pairs: &[(usize, usize)]) -> Table {
    let row = |pair: &(usize, usize)| {
        let mut row = texts(
            &[&format!("{} to {}", pair.0, pair.1)],
            values(studies, 5, |study| study.of_pair(*pair).and_then(|cell| cell.loss)),
        );
        row.push(written(reported_loss(pair.0, pair.1), 5));
        row.extend(values(studies, 2, |study| study.of_pair(*pair).and_then(|cell| cell.triplets)));
        row.extend(values(studies, 0, |study| study.of_pair(*pair).map(|cell| cell.seconds)));
        row
    };
    let both: Vec<(f64, f64)> = studies.first().map_or_else(Vec::new, |(_, study)| {
        let of = |pair: &(usize, usize)| study.of_pair(*pair)?.loss.zip(reported_loss(pair.0, pair.1));
        pairs.iter().filter_map(of).collect()
    });
    let mut header = texts(&["N to M"], here(studies, "loss"));
    header.push("reported".to_owned());
    header.extend(here(studies, "triplets"));
    header.extend(here(studies, "seconds"));
    Table {
        title: "Encoding × embedding".to_owned(),
        about: format!(
            "Triplet loss on the artists kept aside; triplets in the right order, %. Table 3.2 of the publication.{}",
            trend(&both)
        ),
        header,
        names: 1,
        rows: pairs.iter().map(row).collect(),
    }
}

fn suggestions(study: &Study) -> Table {
    let mut last = "";
    let mut rows = Vec::with_capacity(study.suggestions.len());
    for row in &study.suggestions {
        let query = if std::mem::replace(&mut last, &row.query) == row.query { "" } else { row.query.as_str() };
        // Rounded first, and 0 added, so that nothing is called −0.
        let round = |value: f32| (value * 10.0).round() / 10.0 + 0.0;
        let signed = |value: Option<f32>, unit: &str| {
            value.map_or("–".to_owned(), |value| format!("{:+.1} {unit}", round(value)))
        };
        let key = match (&row.query_key, &row.key) {
            (Some(from), Some(to)) if from == to => format!("same, {to}"),
            (Some(from), Some(to)) => format!("{from} to {to}"),
            _ => "–".to_owned(),
        };
        // Signs that every font has.
        let key = key.replace('♭', "b").replace('♯', "#");
        let genre = row.same_genre.map_or("–", |same| if same { "yes" } else { "no" });
        rows.push(texts(
            &[query, &format!("{} – {}", row.artist, row.title)],
            [
                row.rank.to_string(),
                format!("{:.4}", row.distance),
                signed(row.tempo, "bpm"),
                key,
                signed(row.loudness, "LU"),
                genre.to_owned(),
            ],
        ));
    }
    let header = ["query", "recommendation", "rank", "distance", "tempo", "key", "loudness", "same genre"];
    Table {
        title: "First recommendations".to_owned(),
        about: format!(
            "By the mean, of {}; differences from the query in what is known of both tracks.",
            study.suggested_by
        ),
        header: texts(&header, []),
        names: 2,
        rows,
    }
}

/// The tables as Markdown.
pub fn study_markdown(study: &Study) -> String {
    let tables = study_tables(&[(String::new(), study)], &[]);
    let mut parts = vec![format!("# The publication's tables on this library\n\n{}\n", study.facts())];
    parts.extend(tables.iter().map(table_markdown));
    parts.join("\n")
}

/// Studies side by side, a row each: the accuracies by encoding size, and the loss of the largest pair.
pub fn studies_table(studies: &[(i64, &Study)]) -> Table {
    let sizes = REPORTED_ACCURACY.map(|(size, _)| size);
    let row = |(id, study): &(i64, &Study)| {
        let first = [id.to_string(), study.date(), study.tracks.to_string(), study.seed.to_string()];
        let mut row: Vec<String> = first.into_iter().collect();
        row.push(format!("{} and {}", study.epochs[0], study.epochs[1]));
        row.extend(sizes.map(|size| written(study.of_encoding(size).and_then(|cell| cell.accuracy), 2)));
        let largest = study.cells.iter().max_by_key(|cell| (cell.encoding, cell.embedding));
        row.push(largest.map_or("–".to_owned(), |cell| {
            format!("{} ({} to {})", written(cell.loss, 5), cell.encoding, cell.embedding)
        }));
        row
    };
    let mut header = texts(&["run", "date", "tracks", "seed", "epochs"], sizes.map(|size| format!("N = {size}")));
    header.push("loss".to_owned());
    Table {
        title: "Studies".to_owned(),
        about:
            "Cosine accuracy on the artists kept aside by encoding size, %, and the loss of the largest pair of sizes."
                .to_owned(),
        header,
        names: 5,
        rows: studies.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(encoding: usize, embedding: usize, accuracy: f64, loss: f64) -> Cell {
        Cell {
            model: format!("study-{encoding}-{embedding}"),
            encoding,
            embedding,
            accuracy: Some(accuracy),
            reported_accuracy: reported_accuracy(encoding),
            loss: Some(loss),
            reported_loss: reported_loss(encoding, embedding),
            triplets: Some(97.0),
            seconds: 12.0,
        }
    }

    fn study() -> Study {
        let suggestion = Suggestion {
            query: "Them – This".to_owned(),
            rank: 1,
            title: "That".to_owned(),
            artist: "Others".to_owned(),
            distance: 0.25,
            tempo: Some(-3.04),
            key: Some("A minor".to_owned()),
            query_key: Some("A minor".to_owned()),
            loudness: None,
            same_genre: Some(true),
        };
        let second = Suggestion { rank: 2, key: None, ..suggestion.clone() };
        Study {
            tracks: 9,
            seed: 1,
            cells: vec![
                cell(64, 64, 97.12, 0.0356),
                cell(128, 64, 98.0, 0.02),
                cell(128, 128, 98.0, 0.015),
                cell(256, 128, 98.5, 0.01),
            ],
            suggestions: vec![suggestion, second],
            suggested_by: "study-256-128".to_owned(),
            ..Study::default()
        }
    }

    #[test]
    fn the_tables_say_what_was_found_and_what_was_reported() {
        let text = study_markdown(&study());
        assert!(text.contains("| 64 | 97.12 | 94.4 |"), "{text}");
        assert_eq!(text.matches("| 128 | 98.00 |").count(), 1, "one row a size");
        assert!(text.contains("| 128 to 128 | 0.01500 | 0.02066 | 97.00 | 12 |"), "{text}");
        assert!(text.contains("| Them – This | Others – That | 1 | 0.2500 | -3.0 bpm | same, A minor | – | yes |"));
        assert!(text.contains("|  | Others – That | 2 | 0.2500 | -3.0 bpm | – | – | yes |"), "{text}");
        assert!(text.contains("Rank correlation with what is reported: 1.00."), "losses fall as reported: {text}");
    }

    #[test]
    fn studies_stand_side_by_side_and_without_one_there_is_what_was_reported() {
        let (one, other) = (study(), Study { cells: vec![cell(16, 64, 90.0, 0.05)], ..study() });
        let tables = study_tables(&[("run 2".to_owned(), &one), ("run 1".to_owned(), &other)], &[]);
        assert_eq!(tables[0].header, ["N", "accuracy run 2", "accuracy run 1", "reported"]);
        assert_eq!(tables[0].rows[0], ["16", "–", "90.00", "93.0"]);
        assert!(tables.iter().all(|table| table.rows.iter().all(|row| row.len() == table.header.len())));
        let bare = study_tables(&[], &[(16, 64), (256, 128)]);
        assert_eq!(bare.len(), 2);
        assert_eq!(bare[1].rows[1], ["256 to 128", "–", "0.01254", "–", "–"]);
        let list = studies_table(&[(1, &other), (2, &one)]);
        assert!(list.rows.iter().all(|row| row.len() == list.header.len()));
        assert_eq!(list.rows[0].last().unwrap(), "0.05000 (16 to 64)");
    }

    #[test]
    fn a_study_survives_its_json_and_older_ones_are_read() {
        let text = serde_json::to_string(&study()).unwrap();
        assert_eq!(serde_json::from_str::<Study>(&text).unwrap(), study());
        assert_eq!(serde_json::from_str::<Study>(r#"{"tracks": 3}"#).unwrap().tracks, 3);
    }
}
