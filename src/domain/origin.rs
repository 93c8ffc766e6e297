//! Where sound came from, and what became of the wish for it.

/// Where a track's sound came from, where that is no file of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// For people: "Deezer preview".
    pub source: String,
    /// As the source names it: "CC BY-NC 3.0".
    pub licence: Option<String>,
    /// Whether networks may learn from it.
    pub trainable: bool,
}

impl Origin {
    /// Source and licence in one line.
    pub fn line(&self) -> String {
        match &self.licence {
            Some(licence) => format!("{} · {licence}", self.source),
            None => self.source.clone(),
        }
    }
}

/// What became of a track of a catalogue that sound was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It has a preview of full length.
    Preview,
    /// It is among the user's own files.
    Own,
    /// What came is shorter than the 30-second view.
    TooShort,
    /// What came has samples that are not numbers.
    NotFinite,
    /// What came does not decode.
    Undecodable,
    /// What came is no sound.
    WrongContent,
    Truncated,
    /// Addresses expired faster than they could be followed.
    Expired,
    /// Services know it and have no preview.
    NoPreview,
    /// Services know such names in another length or by other artists alone.
    Other,
    /// No service found anything.
    Nothing,
    /// A service or the connection failed.
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 12] = [
        Self::Preview,
        Self::Own,
        Self::TooShort,
        Self::NotFinite,
        Self::Undecodable,
        Self::WrongContent,
        Self::Truncated,
        Self::Expired,
        Self::NoPreview,
        Self::Other,
        Self::Nothing,
        Self::Failed,
    ];

    /// Its name in the library and in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Own => "own_file",
            Self::TooShort => "too_short",
            Self::NotFinite => "not_finite",
            Self::Undecodable => "undecodable",
            Self::WrongContent => "wrong_content",
            Self::Truncated => "truncated",
            Self::Expired => "expired",
            Self::NoPreview => "no_preview",
            Self::Other => "other_recording",
            Self::Nothing => "nothing_found",
            Self::Failed => "failed",
        }
    }

    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }

    /// What it says of a track, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Preview => "have a preview",
            Self::Own => "are among your own files",
            Self::TooShort => "are shorter than 30 s",
            Self::NotFinite => "have samples that are not numbers",
            Self::Undecodable => "cannot be decoded",
            Self::WrongContent => "gave a page or something else in place of sound",
            Self::Truncated => "ended early, twice",
            Self::Expired => "expired, twice",
            Self::NoPreview => "are known without a preview",
            Self::Other => "are known in another length or by others alone",
            Self::Nothing => "were not found",
            Self::Failed => "failed at the service",
        }
    }

    /// Whether asking again soon makes no sense.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Truncated | Self::Expired | Self::Nothing | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_name_of_its_own() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::of_key(outcome.key()), Some(outcome));
        }
        assert_eq!(Outcome::of_key("?"), None);
    }
}
