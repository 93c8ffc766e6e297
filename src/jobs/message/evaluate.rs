//! What an evaluation is asked for.

use std::path::PathBuf;

use crate::domain::{DeviceChoice, Span};

/// An evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateSpec {
    /// A table with a column `file`; the tags of the files where there is none.
    pub labels: Option<PathBuf>,
    /// Columns of labels that are asked about; recording, album, artist and style where there is none.
    pub by: Vec<String>,
    /// Styles that take no part in the style measures.
    pub left_out_styles: Vec<String>,
    /// The active model where there is none.
    pub models: Vec<String>,
    /// Files of vectors to judge beside the models.
    pub vectors: Vec<PathBuf>,
    pub span: Span,
    pub seed: u64,
    /// Only tracks of artists that training with this validation share keeps aside.
    pub validation_share: Option<f64>,
    /// Where that share begins, as training was told.
    pub validation_from: f64,
    /// Whether altered versions of tracks are looked for.
    pub robustness: bool,
    /// Whether the dense model as published is among the baselines; it is trained where it is not there yet.
    pub published: bool,
    pub device: DeviceChoice,
}

impl Default for EvaluateSpec {
    fn default() -> Self {
        Self {
            labels: None,
            by: Vec::new(),
            left_out_styles: Vec::new(),
            models: Vec::new(),
            vectors: Vec::new(),
            span: Span::Preview,
            seed: 1,
            validation_share: None,
            validation_from: 0.0,
            robustness: true,
            published: false,
            device: DeviceChoice::Auto,
        }
    }
}
