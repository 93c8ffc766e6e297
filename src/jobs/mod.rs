//! The background worker: commands in, events out. It knows no window.
//!
//! Each piece of work is a function of a [`Context`], a [`Control`](crate::domain::Control) and a [`Report`]; the
//! window runs them through [`Worker`] on threads of their own, the command line calls them directly.

pub mod account;
pub mod catalogue;
mod context;
pub mod copy;
pub mod datasets;
pub mod evaluate;
pub mod export;
mod failure;
pub mod filter;
pub mod history;
pub mod import;
pub mod inspect;
mod ledger;
pub mod listening;
pub mod map;
pub mod message;
pub mod models;
pub mod nearest;
pub mod neighbours;
pub mod pair;
mod perform;
pub mod playlists;
pub mod previews;
pub mod read;
pub mod recommend;
pub mod recordings;
mod regions;
mod report;
mod roster;
mod sides;
pub mod sound;
pub mod spotify;
pub mod study;
pub mod units;
mod worker;

pub use context::{Context, SearchIndex, grid_of};
pub use report::{Report, Silent};
pub use worker::Worker;
