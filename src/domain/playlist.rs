//! Playlists: tracks in an order that somebody chose.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::TrackId;

/// Names a playlist for good. It is drawn at random, so that the window and the command line can make playlists at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaylistId(pub i64);

/// A playlist of the library. A track may stand in it more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playlist {
    pub id: PlaylistId,
    pub name: String,
    pub tracks: Vec<TrackId>,
}

/// A playlist as it is to be kept, or that it is to be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaylistChange {
    Put(Playlist),
    Remove(PlaylistId),
}

/// `items` with `rows` moved, in their order, to before the item that stands at `to`; the end where `to` is their number.
/// Also the first row at which they stand then. Rows that are not there are ignored.
pub fn move_rows<T: Clone>(items: &[T], rows: &BTreeSet<usize>, to: usize) -> (Vec<T>, usize) {
    let to = to.min(items.len());
    let pick = |range: std::ops::Range<usize>, moved: bool| {
        range.filter(move |row| rows.contains(row) == moved).map(|row| items[row].clone())
    };
    let before: Vec<T> = pick(0..to, false).collect();
    let first = before.len();
    let all = before.into_iter().chain(pick(0..items.len(), true)).chain(pick(to..items.len(), false));
    (all.collect(), first)
}

/// `wanted`, or the first of "wanted 2", "wanted 3" … that is not taken; compared without regard to case.
pub fn free_name<'a>(wanted: &str, taken: impl Iterator<Item = &'a str> + Clone) -> String {
    let is_taken = |name: &str| taken.clone().any(|other| other.to_lowercase() == name.to_lowercase());
    let wanted = wanted.trim();
    let mut name = wanted.to_owned();
    let mut number = 1;
    while is_taken(&name) {
        number += 1;
        name = format!("{wanted} {number}");
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_move_together_and_keep_their_order() {
        let moved = |rows: &[usize], to| move_rows(&['a', 'b', 'c', 'd', 'e'], &rows.iter().copied().collect(), to);
        assert_eq!(moved(&[0], 3), (vec!['b', 'c', 'a', 'd', 'e'], 2));
        assert_eq!(moved(&[3, 1], 0), (vec!['b', 'd', 'a', 'c', 'e'], 0));
        assert_eq!(moved(&[1, 3], 5), (vec!['a', 'c', 'e', 'b', 'd'], 3));
        assert_eq!(moved(&[2], 2), (vec!['a', 'b', 'c', 'd', 'e'], 2));
        assert_eq!(moved(&[2], 3).0, ['a', 'b', 'c', 'd', 'e']);
        assert_eq!(moved(&[9], 1).0, ['a', 'b', 'c', 'd', 'e']);
    }

    #[test]
    fn a_name_is_given_once() {
        let taken = ["Night", "night 2", "Day"];
        assert_eq!(free_name(" Night ", taken.iter().copied()), "Night 3");
        assert_eq!(free_name("Dawn", taken.iter().copied()), "Dawn");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_doubled_by_moving(
            count in 0..20_usize,
            rows in prop::collection::btree_set(0..25_usize, 0..10),
            to in 0..25_usize,
        ) {
            let items: Vec<usize> = (0..count).collect();
            let (moved, first) = move_rows(&items, &rows, to);
            let mut sorted = moved.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, items);
            let kept: Vec<usize> = rows.iter().copied().filter(|row| *row < count).collect();
            prop_assert_eq!(&moved[first..first + kept.len()], &kept[..]);
        }
    }
}
