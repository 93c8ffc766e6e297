//! Exact search over a large catalogue without comparing the query with every track.
//!
//! A [`Store`] holds every track rounded to bytes, in blocks of sixteen that are compared at once ([`kernels`]). Each
//! step computes lower bounds of the distances, from less and less of the data to more and more: a track whose bound is above
//! the distance of the k-th best so far cannot be among the best k, and is left out for good. Those that stay are
//! compared in full precision, so that the answer is that of comparing all. `docs/search.md` has the bounds, why each
//! holds, and what they save.

mod ask;
mod assist;
mod basis;
mod build;
mod grid;
mod kernels;
mod many;
mod order;
mod pairs;
mod pool;
mod run;
mod simd;
mod store;

pub use ask::{Ask, Part, Term};
pub use assist::{Assist, FirstPass, Means, Rows, centres, rows};
pub use build::Item;
pub(super) use build::mean;
pub use many::nearest_means;
pub use pairs::squared_table;
pub use pool::{Limits, Pool};
pub use run::{Engine, First, Found, Share, Skip, find};
pub use simd::Level;
pub use store::{Bytes, Store, StoreError, VERSION};
