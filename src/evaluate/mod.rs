//! The scorecard: how well does a system find music that belongs together?
//!
//! Every track is a query once. A measure's gallery is all other tracks, less those that would make it too easy:
//!
//! | question | relevant | gallery | measures |
//! |---|---|---|---|
//! | recording | other clips of the query's recording | all other clips | R@1, MRR |
//! | album | tracks of the query's album | without the recording's own clips and without tracks whose album is unknown | P@5, MRR, mAP |
//! | artist | tracks of the query's artist | likewise | P@5, MRR, mAP |
//! | style, any other label | tracks of the query's style | without the query's recording, artist and album, tracks of unknown style, and styles left out | P@10 |
//!
//! Queries without a relevant candidate are not asked. [`measures`] defines the measures and their chance levels;
//! [`bootstrap`] the 95 % intervals, which resample recordings, so that clips of one recording move together.
//! [`triplets()`] compares single segments; hubness is the [`measures::skewness`] of how often a track is among the 10
//! nearest of another; [`robustness()`] looks for altered versions of tracks ([`Alteration`]) among the originals.
//!
//! [`listening`] asks people instead.
//!
//! A system is a [`Representation`] of the same tracks: a model's trajectories under each metric, another program's
//! vectors, or a baseline ([`mfcc`] defines the two classic ones).

mod alterations;
pub mod bootstrap;
mod collection;
mod error;
mod labels;
pub mod listening;
pub mod measures;
pub mod mfcc;
mod report;
mod representation;
mod robustness;
mod score;
pub mod study;
mod tables;
mod triplets;
mod vectors;

pub use alterations::Alteration;
pub use collection::{Collection, Column, Role, Standing};
pub use error::EvaluateError;
pub use labels::{LabelTable, Labelled, from_tags};
pub use report::{
    Agreement, LabelFacts, Measure, MetricReport, NotRun, Report, Score, StyleScores, SystemKind, SystemReport, VERSION,
};
pub use representation::{Description, Points, Representation, describe};
pub use robustness::{Found, nearest, robustness};
pub use score::{Scored, score};
pub use tables::{Table, csv, facts, markdown, number, runs, table_text, tables, text};
pub use triplets::triplets;
pub use vectors::VectorFile;
