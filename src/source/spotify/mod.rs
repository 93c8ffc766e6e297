//! The Spotify catalogue: tables of tracks with Spotify's audio features.

pub mod csv;
pub mod python_list;
