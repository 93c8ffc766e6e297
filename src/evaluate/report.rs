//! What an evaluation says: plain data, stored as JSON so that runs stay comparable.

use serde::{Deserialize, Serialize};

/// The version of the report's shape.
pub const VERSION: u32 = 1;

/// What is measured; see the docs of the room for the definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Measure {
    #[serde(rename = "R@1")]
    RecallAt1,
    #[serde(rename = "MRR")]
    ReciprocalRank,
    #[serde(rename = "P@5")]
    PrecisionAt5,
    #[serde(rename = "P@10")]
    PrecisionAt10,
    #[serde(rename = "mAP")]
    AveragePrecision,
    #[serde(rename = "triplets")]
    Triplets,
    #[serde(rename = "hubness")]
    Hubness,
    /// Of altered tracks: whether the nearest is the same recording.
    #[serde(rename = "recording R@1")]
    RecordingAt1,
    #[serde(rename = "displacement")]
    Displacement,
}

impl Measure {
    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecallAt1 => "R@1",
            Self::ReciprocalRank => "MRR",
            Self::PrecisionAt5 => "P@5",
            Self::PrecisionAt10 => "P@10",
            Self::AveragePrecision => "mAP",
            Self::Triplets => "triplets",
            Self::Hubness => "hubness",
            Self::RecordingAt1 => "recording R@1",
            Self::Displacement => "displacement",
        }
    }
}

/// One number with what is needed to judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub measure: Measure,
    /// What it is about: the column of labels, the kind of triplet, the alteration.
    pub label: String,
    pub value: f64,
    /// The 95 % bootstrap interval.
    pub low: f64,
    pub high: f64,
    /// What a random ranking is expected to reach, where that is known.
    pub chance: Option<f64>,
    /// Queries, or triplets, it is the mean of.
    pub queries: usize,
}

/// Scores of the queries of one style.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StyleScores {
    pub style: String,
    /// Clips of that style.
    pub tracks: usize,
    pub scores: Vec<Score>,
}

/// A system under one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricReport {
    pub metric: String,
    pub scores: Vec<Score>,
    pub styles: Vec<StyleScores>,
    /// The same recording altered: whether the same recording is the nearest, R@1 of the original, and displacement for each
    /// alteration.
    #[serde(default)]
    pub robustness: Vec<Score>,
}

/// How far two metrics of a system rank alike: the mean over queries of Spearman's rank correlation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    pub a: String,
    pub b: String,
    pub spearman: f64,
}

/// What a system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemKind {
    Model,
    /// Vectors from a file.
    Vectors,
    Baseline,
}

/// One system on the evaluated tracks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemReport {
    pub name: String,
    pub kind: SystemKind,
    /// Hash of a model's weights.
    pub weights: Option<String>,
    /// What it is, for people.
    pub about: String,
    pub metrics: Vec<MetricReport>,
    /// Triplet accuracy, which does not depend on the metric.
    pub triplets: Vec<Score>,
    pub agreement: Vec<Agreement>,
}

impl SystemReport {
    /// The score of a metric: of its measures, or of the triplets.
    pub fn score(&self, metric: usize, measure: Measure, label: &str) -> Option<&Score> {
        let scores = self.metrics.get(metric).map(|metric| metric.scores.as_slice()).unwrap_or_default();
        scores.iter().chain(&self.triplets).find(|score| score.measure == measure && score.label == label)
    }
}

/// A column of labels that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelFacts {
    pub name: String,
    /// Different values.
    pub values: usize,
    /// Tracks whose value is known.
    pub tracks: usize,
    /// Which measures it has: "recording", "album", "artist" or "style".
    pub role: String,
}

/// An alteration that was not tried, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotRun {
    pub what: String,
    pub why: String,
}

/// A whole evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub version: u32,
    /// Seconds since the Unix epoch.
    pub created_at: i64,
    /// Of the program.
    pub program: String,
    pub seed: u64,
    pub span: String,
    /// Where the labels come from: a file, or "tags".
    pub labels_from: String,
    pub labels: Vec<LabelFacts>,
    pub tracks: usize,
    /// Whether only artists that training keeps aside took part, and which share of artists that is.
    pub validation_share: Option<f64>,
    /// Where that share begins among the artists' places from 0 to 1.
    #[serde(default)]
    pub validation_from: f64,
    pub left_out_styles: Vec<String>,
    pub systems: Vec<SystemReport>,
    /// Tracks that were altered for the robustness.
    pub altered_tracks: usize,
    pub not_run: Vec<NotRun>,
    /// What the reader should know: rows without a track, tracks left out.
    pub notes: Vec<String>,
    pub seconds: f64,
}

impl Report {
    /// The date of the run as "2031-05-27 14:03" (UTC).
    pub fn date(&self) -> String {
        date(self.created_at)
    }
}

/// Days since the Unix epoch as a date of the Gregorian calendar, after Howard Hinnant's `civil_from_days`.
pub(super) fn date(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3_600, rest % 3_600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00");
        assert_eq!(date(951_782_400 + 3_660), "2000-02-29 01:01");
        assert_eq!(date(1_767_225_599), "2025-12-31 23:59");
    }
}
