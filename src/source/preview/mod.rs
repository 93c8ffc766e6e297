//! Thirty seconds of a track from the services that give them, looked up and downloaded in one step: addresses of previews
//! expire, so none is ever kept.

mod clip;
mod deezer;
mod itunes;
mod services;

use std::time::{Duration, SystemTime};

use crate::domain::{Control, same_name};
use crate::source::net::NetError;

pub use clip::{Clip, WrongContent, kind_of};
pub use services::{Addresses, Services, TERMS};

/// Seconds by which two lengths of one recording differ at most.
pub const SAME_LENGTH_S: f64 = 3.0;

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    pub title: String,
    pub artists: Vec<String>,
    pub duration_s: f64,
    /// International Standard Recording Code, where it is known.
    pub isrc: Option<String>,
    /// What Spotify itself gave, where it gave one.
    pub preview_url: Option<String>,
}

impl Wanted {
    /// Whether a track that a service found is the one: lengths within 3 s, title and an artist by the same names.
    fn is(&self, title: &str, artists: &[&str], duration_s: f64) -> bool {
        let wanted = |found: &str| {
            self.artists.iter().any(|artist| same_name(artist, found)) || same_name(&self.artists.join(", "), found)
        };
        (self.duration_s - duration_s).abs() <= SAME_LENGTH_S
            && same_name(&self.title, title)
            && artists.iter().any(|found| wanted(found))
    }
}

/// Who gives previews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    Spotify,
    Deezer,
    Itunes,
}

impl Service {
    pub const ALL: [Self; 3] = [Self::Spotify, Self::Deezer, Self::Itunes];

    /// Its name, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spotify => "Spotify",
            Self::Deezer => "Deezer",
            Self::Itunes => "iTunes",
        }
    }

    /// Its name in the library.
    pub fn key(self) -> &'static str {
        match self {
            Self::Spotify => "spotify",
            Self::Deezer => "deezer",
            Self::Itunes => "itunes",
        }
    }
}

/// Why one service gave no sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// It does not know the track.
    Unknown,
    /// It found nothing, as it also says when it is asked too often.
    Perhaps,
    /// It knows tracks of these names, none of this length and by these artists.
    Other,
    /// It knows the track and has no preview of it.
    NoPreview,
    /// The address had expired, and so had the new one.
    Expired,
    /// What came is no sound.
    Wrong(WrongContent),
    /// The connection ended early, twice.
    Truncated,
    /// Not to be asked now.
    Later(SystemTime),
    /// The connection or the answer failed.
    Failed(String),
}

impl Miss {
    fn of_net(error: NetError) -> Result<Self, NetError> {
        match error {
            NetError::Cancelled(_) => Err(error),
            NetError::Truncated { .. } => Ok(Self::Truncated),
            error => Ok(Self::Failed(error.to_string())),
        }
    }
}

/// What came of asking all services.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    Clip {
        service: Service,
        clip: Clip,
    },
    /// What each service that was asked said.
    Nothing(Vec<(Service, Miss)>),
}

impl Services {
    /// Asks one service after the other for the sound of `wanted`; the first that gives it ends the search.
    ///
    /// # Errors
    /// [`NetError::Cancelled`] alone.
    pub fn find(&self, wanted: &Wanted, control: &Control) -> Result<Found, NetError> {
        let mut misses = Vec::new();
        for service in Service::ALL {
            let found = match service {
                Service::Spotify => match &wanted.preview_url {
                    Some(url) => self.download(service, url, control),
                    None => continue,
                },
                Service::Deezer => self.of_deezer(wanted, control),
                Service::Itunes => self.of_itunes(wanted, control),
            };
            match found {
                Ok(clip) => return Ok(Found::Clip { service, clip }),
                Err(Stop::Cancelled(error)) => return Err(error),
                Err(Stop::Miss(miss)) => misses.push((service, miss)),
            }
        }
        Ok(Found::Nothing(misses))
    }
}

/// Why a service was left.
pub(super) enum Stop {
    Miss(Miss),
    Cancelled(NetError),
}

impl From<NetError> for Stop {
    fn from(error: NetError) -> Self {
        match Miss::of_net(error) {
            Ok(miss) => Self::Miss(miss),
            Err(error) => Self::Cancelled(error),
        }
    }
}

impl From<Miss> for Stop {
    fn from(miss: Miss) -> Self {
        Self::Miss(miss)
    }
}

/// What a service that says nothing of a time to wait is left alone for.
const QUIET: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            title: "Déjà Vu (feat. Somebody)".to_owned(),
            artists: vec!["Beyoncé".to_owned(), "Guest".to_owned()],
            duration_s: 200.0,
            ..Wanted::default()
        }
    }

    #[test]
    fn a_match_needs_names_and_length() {
        assert!(wanted().is("Deja vu", &["BEYONCE"], 203.0));
        assert!(wanted().is("deja vu", &["Guest"], 197.0));
        assert!(wanted().is("deja vu", &["Beyonce, Guest"], 200.0));
        assert!(!wanted().is("Deja vu", &["Beyonce"], 203.1));
        assert!(!wanted().is("Deja vu (Live)", &["Beyonce"], 200.0));
        assert!(!wanted().is("Deja vu", &["Another"], 200.0));
        assert!(!wanted().is("Deja vu", &[], 200.0));
        assert!(!wanted().is("Deja vu", &["Beyonce"], f64::NAN));
    }

    proptest! {
        #[test]
        fn no_length_beyond_three_seconds_ever_matches(title in any::<String>(), off in -600.0_f64..600.0) {
            let wanted = Wanted { title: title.clone(), artists: vec!["A".to_owned()], duration_s: 300.0, ..Wanted::default() };
            prop_assert_eq!(wanted.is(&title, &["a"], 300.0 + off), off.abs() <= SAME_LENGTH_S);
        }
    }
}
