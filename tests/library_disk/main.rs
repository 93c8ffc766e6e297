//! The library on disk: what it keeps, what it survives, what it refuses.

mod crash;
mod damage;
mod filters;
mod listening;
mod migration;
mod models;
mod playlists;
mod search;
mod support;
mod tracks;
