//! One recording in several versions: other encodes, re-releases.

use super::TrackId;

/// A track that has other versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub track: TrackId,
    /// Kept apart by hand: it stands for itself.
    pub apart: bool,
}

/// A recording with its versions, in the order in which they were imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub versions: Vec<Version>,
}

impl Recording {
    /// The versions that are folded into one, the one that stands for them first; empty where all are kept apart.
    pub fn together(&self) -> impl Iterator<Item = TrackId> {
        self.versions.iter().filter(|version| !version.apart).map(|version| version.track)
    }

    /// The versions that another one stands for.
    pub fn folded(&self) -> impl Iterator<Item = TrackId> {
        self.together().skip(1)
    }

    /// The versions folded together with `track`, without it; none where it is kept apart, or no version of this.
    pub fn others(&self, track: TrackId) -> impl Iterator<Item = TrackId> {
        let folded = self.together().any(|version| version == track);
        self.together().filter(move |version| folded && *version != track)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_not_apart_stands_for_the_others() {
        let version = |number, apart| Version { track: TrackId(number), apart };
        let recording = Recording { versions: vec![version(1, true), version(2, false), version(5, false)] };
        assert_eq!(recording.folded().collect::<Vec<_>>(), [TrackId(5)]);
        assert_eq!(recording.others(TrackId(5)).collect::<Vec<_>>(), [TrackId(2)]);
        assert_eq!(recording.others(TrackId(1)).count(), 0);
        assert_eq!(recording.others(TrackId(9)).count(), 0);
    }
}
