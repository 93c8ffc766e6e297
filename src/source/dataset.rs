//! Data sets: the catalogue of those that are known, and what FMA says of its tracks.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::download::Checksum;
use crate::domain::{Origin, Tags};

/// Clips of FMA small that hold no sound, by number (issue 44 of the data set's repository).
pub const FMA_WITHOUT_SOUND: [u32; 3] = [99_134, 108_925, 133_297];

/// The file of GTZAN that does not decode, without its ending.
pub const GTZAN_BROKEN: &str = "jazz.00054";

const GTZAN_GENRES: [&str; 10] =
    ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];

/// A set of music that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dataset {
    /// For the command line.
    pub name: String,
    /// For people.
    pub title: String,
    pub about: String,
    /// Of the download, about.
    pub bytes: u64,
    pub licence: String,
    /// The file that describes the tracks, and is none of music.
    pub metadata: Option<String>,
    pub files: Vec<DatasetFile>,
}

/// One archive of a set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DatasetFile {
    pub name: String,
    pub urls: Vec<String>,
    sha1: Option<String>,
    sha256: Option<String>,
}

impl DatasetFile {
    /// The publisher's checksum, where it is known.
    pub fn checksum(&self) -> Option<Checksum> {
        let sha256 = self.sha256.clone().map(Checksum::Sha256);
        sha256.or_else(|| self.sha1.clone().map(Checksum::Sha1))
    }
}

#[derive(Deserialize)]
struct Catalogue {
    sets: Vec<Dataset>,
    hosts: BTreeMap<String, String>,
}

/// Checksums of MTG-Jamendo's archives, as its repository lists them
/// (`data/download/raw_30s_audio-low_sha256_tars.txt`): a line each, checksum and name.
const JAMENDO_SHA256: &str = include_str!("../../assets/mtg-jamendo-low.sha256");

/// The sets that Songline knows. `hosts` replaces base addresses by their names: `fma`, `jamendo` and its mirror
/// `jamendo-mtg`.
pub fn known(hosts: &BTreeMap<String, String>) -> Vec<Dataset> {
    let text = include_str!("../../assets/datasets.json");
    let Ok(mut catalogue) = serde_json::from_str::<Catalogue>(text) else {
        // A test reads it, so this is never so in a build that passed.
        return Vec::new();
    };
    catalogue.hosts.extend(hosts.clone());
    for set in &mut catalogue.sets {
        let files = std::mem::take(&mut set.files);
        set.files = files.into_iter().flat_map(numbered).collect();
        for file in &mut set.files {
            file.sha256 = file.sha256.take().or_else(|| listed(&file.name));
        }
        for url in set.files.iter_mut().flat_map(|file| &mut file.urls) {
            for (name, base) in &catalogue.hosts {
                *url = url.replace(&format!("{{{name}}}"), base.trim_end_matches('/'));
            }
        }
    }
    catalogue.sets
}

/// Writes `{00-99}` out.
fn numbered(file: DatasetFile) -> Vec<DatasetFile> {
    const ALL: &str = "{00-99}";
    if !file.name.contains(ALL) {
        return vec![file];
    }
    let with = |number: u32| {
        let fill = |text: &String| text.replace(ALL, &format!("{number:02}"));
        DatasetFile { name: fill(&file.name), urls: file.urls.iter().map(fill).collect(), ..file.clone() }
    };
    (0..100).map(with).collect()
}

/// The checksum of one of MTG-Jamendo's archives.
fn listed(name: &str) -> Option<String> {
    let mut lines = JAMENDO_SHA256.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(_, of)| *of == name).map(|(sum, _)| sum.to_owned())
}

/// What FMA's `tracks.csv` says of a track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FmaTrack {
    pub tags: Tags,
    pub licence: Option<String>,
}

/// Reads FMA's `tracks.csv`: two rows of column names, a row with the index's name, then a row for each track. Rows that
/// cannot be read are counted and left out.
///
/// # Errors
/// Where the table has not the columns that are needed, for people.
pub fn fma_tracks(table: impl Read) -> Result<(HashMap<u32, FmaTrack>, usize), String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table);
    let mut rows = reader.byte_records();
    let mut head = || -> Result<csv::ByteRecord, String> {
        let row = rows.next().ok_or("the table of tracks is empty")?;
        row.map_err(|error| format!("the table of tracks cannot be read: {error}"))
    };
    let (groups, names, _) = (head()?, head()?, head()?);
    let column = |group: &str, name: &str| {
        let found = groups.iter().zip(&names).position(|(g, n)| g == group.as_bytes() && n == name.as_bytes());
        found.ok_or_else(|| format!("the table of tracks has no column {group}.{name}"))
    };
    let (title, artist, album) = (column("track", "title")?, column("artist", "name")?, column("album", "title")?);
    let (genre, licence) = (column("track", "genre_top")?, column("track", "license")?);
    let date = column("album", "date_released").ok();
    let (mut tracks, mut bad) = (HashMap::new(), 0);
    for row in rows {
        let Ok(row) = row else {
            bad += 1;
            continue;
        };
        let text = |at: usize| {
            let text = String::from_utf8_lossy(row.get(at)?).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let Some(id) = text(0).and_then(|id| id.parse().ok()) else {
            bad += 1;
            continue;
        };
        let year = date.and_then(text).and_then(|date| date.get(..4)?.parse().ok());
        let tags = Tags { title: text(title), artist: text(artist), album: text(album), genre: text(genre), year };
        tracks.insert(id, FmaTrack { tags, licence: text(licence) });
    }
    Ok((tracks, bad))
}

/// The number of an FMA clip, from its name: `000/000002.mp3`.
pub fn fma_number(path: &Path) -> Option<u32> {
    let stem = path.file_stem()?.to_str()?;
    (stem.len() == 6).then(|| stem.parse().ok())?
}

/// The genre of a clip of GTZAN, from its folder and name: `blues/blues.00000.wav`.
pub fn gtzan_genre(path: &Path) -> Option<&'static str> {
    let (genre, number) = path.file_stem()?.to_str()?.split_once('.')?;
    let numbered = number.len() == 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    let inside = path.parent()?.file_name()? == genre;
    GTZAN_GENRES.into_iter().find(|known| numbered && inside && *known == genre)
}

impl FmaTrack {
    /// Where the sound comes from and what its licence allows. Some tracks were given to FMA to be downloaded and for nothing
    /// else ("FMA-Limited: Download Only"): networks do not learn from them.
    pub fn origin(&self) -> Origin {
        let limited = self.licence.as_ref().is_some_and(|licence| licence.contains("Download Only"));
        Origin { source: "Free Music Archive".to_owned(), licence: self.licence.clone(), trainable: !limited }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_complete() {
        let hosts = BTreeMap::from([("fma".to_owned(), "http://127.0.0.1:1/x/".to_owned())]);
        let sets = known(&hosts);
        assert_eq!(sets.len(), 5);
        assert_eq!(sets[0].files[1].urls, ["http://127.0.0.1:1/x/fma_small.zip"]);
        assert!(matches!(sets[0].files[1].checksum(), Some(Checksum::Sha1(sum)) if sum.len() == 40));
        let jamendo = &sets[3].files;
        assert_eq!((jamendo.len(), jamendo[7].name.as_str()), (100, "raw_30s_audio-low-07.tar"));
        assert!(jamendo[99].urls[1].ends_with("audio-low-99.tar"));
        // `sed -n 8p assets/mtg-jamendo-low.sha256`; every archive has its own.
        let sums: Vec<_> = jamendo.iter().filter_map(DatasetFile::checksum).collect();
        let eighth = "e50dc5bfe2f747da9969344268215bc7b8d6cb9d770f09767f1359c89fcdbcd4";
        assert_eq!((sums.len(), &sums[7]), (100, &Checksum::Sha256(eighth.to_owned())));
        assert!(sets.iter().flat_map(|set| &set.files).flat_map(|file| &file.urls).all(|url| !url.contains('{')));
    }

    #[test]
    fn a_table_with_three_rows_of_names_is_read() {
        let table = ",album,album,artist,set,track,track,track\n,title,date_released,name,split,genre_top,license,title\n\
                     track_id,,,,,,,\n2,AWOL - A Way Of Life,2009-01-05,AWOL,training,Hip-Hop,CC BY-NC-SA,Food\n\
                     x,a,b,c,d,e,f,g\n\
                     3,,,AWOL,training,,CC BY-NC-SA,\"Electric\nAve, live\"\n";
        let (tracks, bad) = fma_tracks(table.as_bytes()).unwrap();
        assert_eq!((tracks.len(), bad), (2, 1));
        let two = &tracks[&2];
        assert_eq!((two.tags.title.as_deref(), two.tags.year), (Some("Food"), Some(2009)));
        assert_eq!((two.tags.genre.as_deref(), two.licence.as_deref()), (Some("Hip-Hop"), Some("CC BY-NC-SA")));
        assert_eq!((tracks[&3].tags.title.as_deref(), &tracks[&3].tags.album), (Some("Electric\nAve, live"), &None));
        assert!(fma_tracks("a,b\nc,d\n,\n".as_bytes()).unwrap_err().contains("no column track.title"));
        assert_eq!(fma_number(Path::new("a.zip/000/000002.mp3")), Some(2));
        assert_eq!(fma_number(Path::new("a.zip/song.mp3")), None);
    }

    #[test]
    fn what_fma_gives_to_be_downloaded_only_is_not_learnt_from() {
        let of = |licence: &str| FmaTrack { licence: Some(licence.to_owned()), ..FmaTrack::default() }.origin();
        let open = of("Attribution-NonCommercial 3.0 International");
        assert!(open.trainable && open.line() == "Free Music Archive · Attribution-NonCommercial 3.0 International");
        assert!(!of("FMA-Limited: Download Only").trainable);
        assert_eq!(FmaTrack::default().origin().line(), "Free Music Archive");
    }

    #[test]
    fn clips_of_gtzan_are_known_by_folder_and_name() {
        assert_eq!(gtzan_genre(Path::new("genres/hiphop/hiphop.00099.wav")), Some("hiphop"));
        for other in
            ["rock/blues.00000.wav", "rock/rock.1.wav", "rock/rock.0000x.wav", "polka/polka.00000.wav", "a.wav"]
        {
            assert_eq!(gtzan_genre(Path::new(other)), None, "{other}");
        }
    }
}
