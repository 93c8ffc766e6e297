//! Where work reports how far it is.

use super::message::Partial;
use crate::domain::Progress;

/// Takes in what work reports, from any thread. Reports may be dropped or merged.
pub trait Report: Sync {
    fn progress(&self, progress: Progress);
    fn partial(&self, partial: Partial);
    /// Something that the user should know and that does not end the work.
    fn warning(&self, text: String);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Report for Silent {
    fn progress(&self, _: Progress) {}
    fn partial(&self, _: Partial) {}
    fn warning(&self, _: String) {}
}
