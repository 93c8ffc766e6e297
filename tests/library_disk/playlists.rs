//! Playlists in the library.

use songline::domain::{Playlist, PlaylistChange, PlaylistId, TrackId};
use songline::library::Library;

use crate::support::*;

fn playlist(id: i64, name: &str, tracks: &[i64]) -> Playlist {
    Playlist { id: PlaylistId(id), name: name.to_owned(), tracks: tracks.iter().copied().map(TrackId).collect() }
}

#[test]
fn playlists_keep_their_order_and_survive_a_restart() {
    let (folder, library) = library();
    for seed in 1..=3 {
        add(&library, format!("/{seed}.mp3"), seed);
    }
    let night = playlist(1 << 52, "night", &[3, 1, 3, 2]);
    let day = playlist(7, "Day", &[]);
    library.change_playlists(&[PlaylistChange::Put(night.clone()), PlaylistChange::Put(day.clone())]).unwrap();
    drop(library);
    let library = Library::open(&folder.path().join("library")).unwrap();
    assert_eq!(library.playlists().unwrap(), [day.clone(), night.clone()], "by name, whatever the case");
    let renamed = Playlist { name: "A".to_owned(), tracks: vec![TrackId(2)], ..night };
    library.change_playlists(&[PlaylistChange::Put(renamed.clone()), PlaylistChange::Remove(day.id)]).unwrap();
    assert_eq!(library.playlists().unwrap(), [renamed]);
    assert!(library.check().unwrap().is_healthy());
}

#[test]
fn tracks_that_are_not_there_are_left_out() {
    let (_folder, library) = library();
    add(&library, "/1.mp3", 1);
    library.change_playlists(&[PlaylistChange::Put(playlist(1, "x", &[9, 1, 8]))]).unwrap();
    assert_eq!(library.playlists().unwrap(), [playlist(1, "x", &[1])]);
}
