//! Databases of other versions and of other programs.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use songline::domain::{Key, TrackId};
use songline::library::{FileState, Library, LibraryError};

use crate::support::*;

/// A folder with a `library.db` that `sql` makes.
fn database(sql: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (folder, path)
}

fn version(path: &Path) -> i64 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// What opening the folder of `database` says; it must leave the file as it was and add none.
fn refused(database: &Path) -> LibraryError {
    let folder = database.parent().unwrap();
    let before = (std::fs::read(database).unwrap(), files(folder));
    let error = Library::open(folder).unwrap_err();
    assert_eq!((std::fs::read(database).unwrap(), files(folder)), before, "{error}");
    error
}

#[test]
fn a_library_of_version_1_is_brought_up_to_date_and_keeps_everything() {
    let (folder, path) = database(include_str!("../golden/library_version_1.sql"));
    let library = Library::open(folder.path()).unwrap();
    assert_eq!(version(&path), library.check().unwrap().schema_version);

    let tracks = library.tracks().unwrap();
    assert_eq!(tracks.iter().map(|track| track.id).collect::<Vec<_>>(), [TrackId(1), TrackId(2)]);
    let first = &tracks[0];
    assert_eq!((first.title(), first.artist(), first.tags.year), ("First", "Ärtist", Some(1999)));
    assert_eq!((first.tempo, first.key, first.loudness), (Some(120.25), Key::from_index(21), Some(-9.5)));
    assert_eq!((first.duration_s, first.segments, first.damaged_packets), (30.5, 14, 3));
    let paths = ["/music/one.mp3", "/music/one again.mp3"].map(PathBuf::from);
    assert_eq!(library.paths_of(first.id).unwrap(), paths);
    assert_eq!(library.failures().unwrap().len(), 1);
    assert_eq!(
        library.file_state(&paths[0], 100, 5).unwrap(),
        FileState::Changed,
        "its arrays are not here, so it is to be analysed again"
    );

    // What is new in version 2 works, and numbers are not given twice.
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", first.id, &trajectory(1, 3)).unwrap();
    assert_eq!(library.trajectory("m", first.id).unwrap(), Some(trajectory(1, 3)));
    assert_eq!(add(&library, "/new.mp3", 9).id(), TrackId(3));
    // What is new in version 4 works too.
    assert_eq!((library.listening_sessions().unwrap().len(), library.studies().unwrap().len()), (0, 0));
    assert_eq!(library.add_study(5, "{}").unwrap(), 1);
    drop(library);
    assert_eq!(Library::open(folder.path()).unwrap().tracks().unwrap().len(), 3);
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    // A table that step 2 makes is there already.
    let old = include_str!("../golden/library_version_1.sql");
    let (folder, path) = database(&format!("{old}; CREATE TABLE maps (x);"));
    assert!(matches!(Library::open(folder.path()), Err(LibraryError::Database { .. })));
    assert_eq!(version(&path), 1);
    let connection = Connection::open(&path).unwrap();
    let models: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'models'", [], |row| row.get(0)).unwrap();
    assert_eq!(models, 0, "the part of the step before the failure was undone");
}

#[test]
fn a_newer_library_is_refused_and_left_alone() {
    let (folder, library) = library();
    add(&library, "/a.mp3", 1);
    let path = library.root().join("library.db");
    drop(library);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = refused(&path);
    assert!(matches!(error, LibraryError::Newer { found: 99, .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("newer") && text.contains("update") && text.contains("library.db"), "{text}");
    drop(folder);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let (_folder, path) = database("CREATE TABLE notes (text); PRAGMA user_version = 1;");
    assert!(matches!(refused(&path), LibraryError::NotALibrary { .. }));

    let (_folder, path) = database("PRAGMA application_id = 7;");
    assert!(matches!(refused(&path), LibraryError::NotALibrary { .. }));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    std::fs::write(&path, b"not a database, but quite long enough to be taken for one at first glance".repeat(20))
        .unwrap();
    assert!(matches!(refused(&path), LibraryError::NotALibrary { .. }));
}
