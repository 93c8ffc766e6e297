//! The Spotify catalogue over the real rooms: a table with quirks and bad rows, read, found, and matched with own files.

mod music;

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use songline::domain::{Control, TrackId};
use songline::jobs::{Context, Silent, import, spotify};
use songline::library::Library;

const HEADER: &str = "id,name,album,album_id,artists,artist_ids,track_number,disc_number,explicit,danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,duration_ms,time_signature,year,release_date";

fn row(number: usize, name: &str, artists: &str, duration_ms: u32) -> String {
    format!(
        "{number:022},{name},Album {},{number:022},{artists},['x'],1,1,False,0.5,0.5,7,-5.0,1,0.1,0.2,0.0,0.1,0.25,120.0,{duration_ms},4.0,1999,1999\n",
        number / 10
    )
}

/// Gives a WAV file a title and an artist: a LIST chunk of INFO at its end.
fn name(path: &Path, title: &str, artist: &str) {
    let mut list = b"INFO".to_vec();
    for (kind, text) in [(b"INAM", title), (b"IART", artist)] {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        list.extend(kind);
        list.extend((bytes.len() as u32).to_le_bytes());
        list.extend(&bytes);
        list.extend(std::iter::repeat_n(0, bytes.len() % 2));
    }
    let mut file = std::fs::read(path).unwrap();
    file.extend(b"LIST");
    file.extend((list.len() as u32).to_le_bytes());
    file.extend(list);
    let size = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    std::fs::write(path, file).unwrap();
}

#[test]
fn a_table_is_read_once_found_by_words_and_matched_by_name_and_length() {
    let folder = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::open(&folder.path().join("library")).unwrap());
    let context = Context::new(library.clone());
    let (control, report) = (Control::default(), Silent);
    let files = music::six(folder.path());
    name(&files[0], "Glass Harbour", "Ada Low");
    import::import(&context, &files, false, &control, &report).unwrap();
    let tracks = library.tracks().unwrap();
    let mut text = format!("{HEADER}\n");
    for number in 0..45_000 {
        text.push_str(&row(number, &format!("Song {number}"), "['Somebody']", 180_000));
        if number % 10_000 == 0 {
            writeln!(text, "broken,row").unwrap();
        }
    }
    let table = folder.path().join("tracks.csv");
    std::fs::write(&table, &text).unwrap();
    let first = spotify::import_csv(&context, &table, &control, &report).unwrap();
    assert_eq!((first.new, first.changed, first.same, first.bad), (45_000, 0, 0, 5));
    assert_eq!(first.told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 10_004, 20_005, 30_006, 40_007]);
    let again = spotify::import_csv(&context, &table, &control, &report).unwrap();
    assert_eq!((again.new, again.changed, again.same, again.bad), (0, 0, 45_000, 5));
    let (found, of) = spotify::find(&context, "song 44999", 10).unwrap();
    assert_eq!((found.len(), of), (1, 45_000));

    // Own files are found whatever the catalogue adds to the name, if they are as long.
    let track = tracks.iter().find(|track| track.tags.title.is_some() && track.tags.artist.is_some());
    let track = track.expect("a piece with tags");
    let (title, artist) = (track.tags.title.clone().unwrap(), track.tags.artist.clone().unwrap());
    let length = (track.duration_s * 1_000.0) as u32;
    let mut text = format!("{HEADER}\n");
    text.push_str(&row(
        50_000,
        &format!("{title} - 2011 Remaster"),
        &format!("\"['{artist}', 'A Guest']\""),
        length + 2_000,
    ));
    text.push_str(&row(50_001, &title, &format!("['{artist}']"), length + 60_000));
    text.push_str(&row(50_002, &title, "['Somebody Else']", length));
    std::fs::write(&table, text).unwrap();
    spotify::import_csv(&context, &table, &control, &report).unwrap();
    assert_eq!(spotify::link(&context, &control, &report).unwrap(), (1, tracks.len()));
    let features = library.spotify_features().unwrap();
    assert_eq!(
        features.iter().map(|(id, features)| (*id, features.valence)).collect::<Vec<(TrackId, f64)>>(),
        [(track.id, 0.25)]
    );
}

#[test]
fn what_is_no_table_says_so_and_a_cancelled_reading_keeps_what_it_read() {
    let folder = tempfile::tempdir().unwrap();
    let context = Context::new(Arc::new(Library::open(&folder.path().join("library")).unwrap()));
    let table = folder.path().join("tracks.csv");
    let refused = spotify::import_csv(&context, &table, &Control::default(), &Silent).unwrap_err();
    assert!(format!("{refused:?}").contains("cannot read"), "{refused:?}");
    std::fs::write(&table, "title,artist\na,b\n").unwrap();
    let refused = spotify::import_csv(&context, &table, &Control::default(), &Silent).unwrap_err();
    assert!(format!("{refused:?}").contains("no column “id”"), "{refused:?}");
    std::fs::write(&table, format!("{HEADER}\n{}", row(1, "A", "['B']", 1))).unwrap();
    let control = Control::default();
    control.cancel();
    assert!(spotify::import_csv(&context, &table, &control, &Silent).is_err());
}
