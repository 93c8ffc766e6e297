//! Tags and covers from whatever metadata a container carries.

use symphonia::core::formats::FormatReader;
use symphonia::core::meta::well_known::{METADATA_ID_APEV1, METADATA_ID_APEV2, METADATA_ID_ID3V1};
use symphonia::core::meta::{MetadataRevision, StandardTag, StandardVisualKey, Tag, Visual};

use crate::domain::Tags;

/// Collects tags from one revision of metadata after the other. What a better kind of tag says stays; among equals the
/// first one does.
#[derive(Debug, Default)]
pub(super) struct TagCollector {
    tags: Tags,
    /// How good the source of each tag is: title, artist, album, genre, year.
    ranks: [u8; 5],
    /// Artist of the album, for files that name no other.
    album_artist: Option<String>,
    cover: Option<Cover>,
    seen_current: bool,
}

#[derive(Debug)]
struct Cover {
    front: bool,
    bytes: Box<[u8]>,
}

impl TagCollector {
    /// Takes in the metadata that `format` has read since the last call.
    pub(super) fn update(&mut self, format: &mut dyn FormatReader) {
        let mut metadata = format.metadata();
        loop {
            if let Some(revision) = metadata.current()
                && !self.seen_current
            {
                self.add(revision);
                self.seen_current = true;
            }
            if metadata.is_latest() {
                break;
            }
            metadata.pop();
            self.seen_current = false;
        }
        if self.tags.artist.is_none() {
            self.tags.artist.clone_from(&self.album_artist);
        }
    }

    /// Takes in tags that symphonia does not read, where there are no better ones.
    pub(super) fn fill(&mut self, other: Tags) {
        let tags = &mut self.tags;
        let fill = |slot: &mut Option<String>, value| *slot = slot.take().or(value);
        fill(&mut tags.title, other.title);
        fill(&mut tags.artist, other.artist);
        fill(&mut tags.album, other.album);
        fill(&mut tags.genre, other.genre);
        tags.year = tags.year.or(other.year);
    }

    pub(super) fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The front cover, or else the first picture.
    pub(super) fn cover(&self) -> Option<&[u8]> {
        self.cover.as_ref().map(|cover| &*cover.bytes)
    }

    fn add(&mut self, revision: &MetadataRevision) {
        let rank = rank(revision);
        let containers = std::iter::once(&revision.media).chain(revision.per_track.iter().map(|track| &track.metadata));
        for container in containers {
            container.tags.iter().for_each(|tag| self.add_tag(rank, tag));
            container.visuals.iter().for_each(|visual| self.add_cover(visual));
        }
    }

    fn add_tag(&mut self, rank: u8, tag: &Tag) {
        let tags = &mut self.tags;
        let [title, artist, album, genre, year] = &mut self.ranks;
        let Some(standard) = &tag.std else {
            // Matroska's album and date as most programs write them, which its own list of tags does not have.
            let text = tag.raw.value.to_string();
            let key = tag.raw.key.rsplit('@').next().unwrap_or_default().to_ascii_uppercase();
            match key.as_str() {
                "ALBUM" => keep(&mut tags.album, album, rank, clean(&text)),
                "DATE" | "YEAR" => keep(&mut tags.year, year, rank, year_of(&text)),
                _ => {}
            }
            return;
        };
        match standard {
            StandardTag::TrackTitle(text) => keep(&mut tags.title, title, rank, clean(text)),
            StandardTag::Artist(text) => keep(&mut tags.artist, artist, rank, clean(text)),
            StandardTag::Album(text) => keep(&mut tags.album, album, rank, clean(text)),
            StandardTag::Genre(text) => keep(&mut tags.genre, genre, rank, clean(text)),
            StandardTag::AlbumArtist(text) if self.album_artist.is_none() => self.album_artist = clean(text),
            StandardTag::RecordingYear(number) | StandardTag::ReleaseYear(number) => {
                keep(&mut tags.year, year, rank, Some(i32::from(*number)));
            }
            StandardTag::RecordingDate(text) | StandardTag::ReleaseDate(text) => {
                keep(&mut tags.year, year, rank, year_of(text));
            }
            _ => {}
        }
    }

    fn add_cover(&mut self, visual: &Visual) {
        let front = visual.usage == Some(StandardVisualKey::FrontCover);
        if is_picture(&visual.data) && self.cover.as_ref().is_none_or(|cover| front && !cover.front) {
            self.cover = Some(Cover { front, bytes: visual.data.clone() });
        }
    }
}

/// ID3v1 cuts its text off after 30 bytes, and APE tags on MP3 files are mostly leftovers of gain tools.
fn rank(revision: &MetadataRevision) -> u8 {
    match revision.info.metadata {
        METADATA_ID_ID3V1 => 1,
        METADATA_ID_APEV1 | METADATA_ID_APEV2 => 2,
        _ => 3,
    }
}

fn keep<T>(slot: &mut Option<T>, slot_rank: &mut u8, rank: u8, value: Option<T>) {
    if value.is_some() && rank > *slot_rank {
        *slot = value;
        *slot_rank = rank;
    }
}

pub(super) fn clean(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

/// The year that a date begins with: "2004", "2004-05-01".
pub(super) fn year_of(date: &str) -> Option<i32> {
    let date = date.trim();
    let digits = date.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let longer = date[4..].starts_with(|c: char| c.is_ascii_digit());
    digits.parse().ok().filter(|&year| year > 0 && !longer)
}

/// PNG or JPEG, by its first bytes.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(&[0xff, 0xd8, 0xff])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_read_from_a_date_and_from_nothing_else() {
        assert_eq!(year_of("2004"), Some(2004));
        assert_eq!(year_of(" 1999-12-31 "), Some(1999));
        assert_eq!(year_of("2004/05"), Some(2004));
        for text in ["", "20", "0000", "May 2004", "20045", "２００４"] {
            assert_eq!(year_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_better_source_wins_and_the_first_of_equals_stays() {
        let (mut slot, mut slot_rank) = (None, 0);
        keep(&mut slot, &mut slot_rank, 1, Some("cut"));
        keep(&mut slot, &mut slot_rank, 3, None);
        assert_eq!(slot, Some("cut"));
        keep(&mut slot, &mut slot_rank, 3, Some("whole"));
        keep(&mut slot, &mut slot_rank, 3, Some("second"));
        keep(&mut slot, &mut slot_rank, 1, Some("cut"));
        assert_eq!(slot, Some("whole"));
    }

    #[test]
    fn text_is_trimmed() {
        assert_eq!(clean("  Name \0\0"), Some("Name".to_owned()));
        assert_eq!(clean(" \0"), None);
    }
}
