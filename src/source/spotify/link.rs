//! Links to Spotify's tracks, albums and playlists, in every form in which people paste them.

use crate::domain::is_spotify_id;

/// What a link stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Track,
    Album,
    Playlist,
}

/// A link whose identifier is well made: 22 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub kind: Kind,
    pub id: String,
}

impl Link {
    /// Reads `https://open.spotify.com/intl-de/track/ID?si=…`, `spotify:album:ID`, or an identifier alone, which is a track's.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if is_spotify_id(text) {
            return Some(Self { kind: Kind::Track, id: text.to_owned() });
        }
        let parts: Vec<&str> = match text.strip_prefix("spotify:") {
            Some(rest) => rest.split(':').collect(),
            None => {
                let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
                let rest = rest.strip_prefix("open.spotify.com/")?;
                rest.split(['?', '#']).next().unwrap_or_default().split('/').collect()
            }
        };
        let [.., kind, id] = parts.as_slice() else { return None };
        let kind = match *kind {
            "track" => Kind::Track,
            "album" => Kind::Album,
            "playlist" => Kind::Playlist,
            _ => return None,
        };
        is_spotify_id(id).then(|| Self { kind, id: (*id).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "7lmeHLHBe4nmXzuXc0HDjk";

    #[test]
    fn links_of_all_forms_are_read() {
        for (text, kind) in [
            (ID.to_owned(), Kind::Track),
            (format!(" https://open.spotify.com/track/{ID}?si=abc "), Kind::Track),
            (format!("open.spotify.com/intl-de/album/{ID}"), Kind::Album),
            (format!("spotify:playlist:{ID}"), Kind::Playlist),
            (format!("spotify:user:somebody:playlist:{ID}"), Kind::Playlist),
        ] {
            assert_eq!(Link::read(&text), Some(Link { kind, id: ID.to_owned() }), "{text}");
        }
        for text in [
            "",
            "spotify:track:abc",
            "https://open.spotify.com/track/7lmeHLHBe4nmXzuXc0HDj-",
            &format!("https://example.org/track/{ID}"),
            &format!("spotify:artist:{ID}"),
            &format!("https://open.spotify.com/track/{ID}/../../me"),
        ] {
            assert_eq!(Link::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_the_identifier_is_well_made(text in any::<String>()) {
            for text in [text.clone(), format!("spotify:track:{text}"), format!("https://open.spotify.com/album/{text}")] {
                if let Some(link) = Link::read(&text) {
                    prop_assert!(is_spotify_id(&link.id));
                }
            }
        }
    }
}
