//! The connection to `library.db`: opening it safely, migrations, transactions.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::LibraryError;

/// The steps from an empty database to today's; a database's `user_version` counts those it has taken. A step that was
/// once released is never changed: a change of the schema is a new step at the end.
const MIGRATIONS: [&str; 13] = [
    include_str!("schema/0001_tracks.sql"),
    include_str!("schema/0002_models.sql"),
    include_str!("schema/0003_evaluations.sql"),
    include_str!("schema/0004_listening.sql"),
    include_str!("schema/0005_hidden.sql"),
    include_str!("schema/0006_playlists.sql"),
    include_str!("schema/0007_spotify.sql"),
    include_str!("schema/0008_folders.sql"),
    include_str!("schema/0009_previews.sql"),
    include_str!("schema/0010_jobs.sql"),
    include_str!("schema/0011_recordings.sql"),
    include_str!("schema/0012_licences.sql"),
    include_str!("schema/0013_sides.sql"),
];
/// Marks the database as ours ("SONG"), for `file` and for [`Database::open`].
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"SONG");
/// How long to wait for another process's transaction.
const PATIENCE: Duration = Duration::from_secs(20);

/// The version of the schema this program writes.
pub(super) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// One connection, shared by the threads of this process. Other processes have their own: SQLite's write-ahead log lets
/// one of them write while all read.
pub(super) struct Database {
    path: PathBuf,
    connection: Mutex<Connection>,
    reading: Option<Reading>,
}

/// A database that cannot be written to, and its copy where it had to be copied to be read.
struct Reading {
    _copy: Option<tempfile::TempDir>,
}

impl Database {
    /// Opens or makes the database and brings it to today's version. A database that is not ours, or newer than this
    /// program, is refused before anything is changed.
    pub(super) fn open(path: &Path) -> Result<Self, LibraryError> {
        Self::open_unnamed(path).map_err(|error| error.of_database(path))
    }

    fn open_unnamed(path: &Path) -> Result<Self, LibraryError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        // In one transaction: between two reads another process may make the database.
        let snapshot = connection.transaction()?;
        check_owner(&snapshot, path)?;
        drop(snapshot);
        use_write_ahead_log(&connection)?;
        // FULL: a commit survives a power cut, not only a kill.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut connection, path)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { path: path.to_path_buf(), connection: Mutex::new(connection), reading: None })
    }

    /// Opens a database in a folder that cannot be written to. One that a program was cut off from, or an older one, is read
    /// from a copy, which can be mended or brought to today's version.
    pub(super) fn open_to_read(path: &Path) -> Result<Self, LibraryError> {
        Self::open_to_read_unnamed(path).map_err(|error| error.of_database(path))
    }

    fn open_to_read_unnamed(path: &Path) -> Result<Self, LibraryError> {
        let log = path.with_file_name("library.db-wal");
        let whole = std::fs::metadata(&log).map_or(true, |metadata| metadata.len() == 0);
        if whole {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = Connection::open_with_flags(immutable(path), flags)?;
            check_owner(&connection, path)?;
            let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if version == SCHEMA_VERSION {
                connection.set_prepared_statement_cache_capacity(64);
                let reading = Some(Reading { _copy: None });
                return Ok(Self { path: path.to_path_buf(), connection: Mutex::new(connection), reading });
            }
        }
        let copied = || -> std::io::Result<tempfile::TempDir> {
            let folder = tempfile::Builder::new().prefix("songline-library-").tempdir()?;
            std::fs::copy(path, folder.path().join("library.db"))?;
            if !whole {
                std::fs::copy(&log, folder.path().join("library.db-wal"))?;
            }
            Ok(folder)
        };
        let folder = copied().map_err(|source| LibraryError::io("copy", path, source))?;
        let copy = folder.path().join("library.db");
        // The copy of a file that cannot be written to cannot be either.
        make_writable(&copy).map_err(|source| LibraryError::io("write", &copy, source))?;
        let Self { connection, .. } = Self::open_unnamed(&copy)?;
        Ok(Self { path: path.to_path_buf(), connection, reading: Some(Reading { _copy: Some(folder) }) })
    }

    /// Whether nothing can be written.
    pub(super) fn is_read_only(&self) -> bool {
        self.reading.is_some()
    }

    /// The database file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` on one consistent state of the database.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, LibraryError>) -> Result<T, LibraryError> {
        self.transaction(TransactionBehavior::Deferred, |transaction| work(transaction))
    }

    /// Runs `work` with the database locked against all other writers, of this process and of others; commits when it
    /// returns `Ok`, undoes it otherwise.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        if self.is_read_only() {
            let reason = std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem);
            return Err(LibraryError::ReadOnly { path: self.path.clone(), source: reason.into() });
        }
        self.transaction(TransactionBehavior::Immediate, work)
    }

    fn transaction<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        let run = || {
            let mut connection = self.lock();
            let transaction = connection.transaction_with_behavior(behavior)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|error: LibraryError| error.of_database(&self.path))
    }

    /// Runs `work` outside any transaction, for pragmas.
    pub(super) fn raw<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LibraryError> {
        work(&self.lock()).map_err(|error| LibraryError::from(error).of_database(&self.path))
    }

    // A panic within a transaction undoes it while unwinding, so a poisoned connection is still good.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address of a database that nobody changes: SQLite then needs no files beside it.
fn immutable(path: &Path) -> String {
    let mut address = "file:".to_owned();
    for byte in super::path_bytes::to_bytes(path) {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                address.push(char::from(byte))
            }
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address + "?immutable=1"
}

fn make_writable(path: &Path) -> std::io::Result<()> {
    let mut permissions = std::fs::metadata(path)?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    #[cfg(not(unix))]
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions)
}

/// Refuses a database that is another program's, or a newer version of this one's. Only reads.
fn check_owner(connection: &Connection, path: &Path) -> Result<(), LibraryError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = version == 0 && application == 0 && tables == 0;
    if !empty && application != APPLICATION_ID {
        return Err(LibraryError::NotALibrary { path: path.to_path_buf() });
    }
    if version > SCHEMA_VERSION {
        return Err(LibraryError::Newer { path: path.to_path_buf(), found: version, known: SCHEMA_VERSION });
    }
    Ok(())
}

/// Turns the write-ahead log on, where it is not yet. SQLite does not wait for other processes here, so we do.
fn use_write_ahead_log(connection: &Connection) -> Result<(), LibraryError> {
    let start = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0)) {
            Ok(mode) => {
                if mode != "wal" {
                    tracing::warn!(mode, "the library's file system has no write-ahead log; SQLite works without one");
                }
                return Ok(());
            }
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && start.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes the steps that the database has not taken, all or none.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LibraryError> {
    let current: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if current == SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first; what counts is what the lock shows.
    check_owner(&transaction, path)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    tracing::info!(from = version, to = SCHEMA_VERSION, "the library's database was brought up to date");
    Ok(())
}
