//! The listening study: which recommendations are played in which order, what the answers come to, and what they teach the
//! blend.

mod lesson;
mod plan;
mod records;
mod results;

pub use lesson::{LEAST_QUERIES, LEAST_RATINGS, Lesson, Lessons, Verdict, learn};
pub use plan::{Proposal, mixed};
pub use records::csv;
pub use results::{ChooserResult, Estimate, ListeningResults, results, results_table};
