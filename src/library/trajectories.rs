//! The trajectories of a model: one file that grows, and the database that says how much of it counts.
//!
//! Points are written behind what is committed and synced, then one transaction commits their places. After a kill in
//! between, the uncommitted tail counts for nothing and is overwritten. What is committed is never overwritten and the
//! file is never shortened below it, so that other threads and processes may have it mapped. Forgetting starts a new
//! file (a new *generation*) under a new name.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use rusqlite::{Connection, Transaction};

use super::array::{ArrayFile, ArrayKind, HEADER_BYTES, Header, file_bytes};
use super::file::{remove_quietly, write_atomically};
use super::models::{StoredModel, start_generation, stored_model};
use super::{Library, LibraryError};
use crate::domain::{FEATURES_VERSION, TrackId, Trajectory};

/// All trajectories of one model, mapped from its file. Tracks that have no file at present are left out.
pub struct TrajectorySet {
    map: Option<Mmap>,
    dim: usize,
    /// Sorted by track; every range lies within the map.
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    track: TrackId,
    /// Values from the end of the header.
    start: usize,
    /// Values.
    length: usize,
}

impl TrajectorySet {
    /// Number of trajectories.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no trajectory.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Dimensions of a point.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Every trajectory: its track, the dimensions of a point, and its values, point by point. In the order of track
    /// numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (TrackId, usize, &[f32])> {
        let values = self.values();
        self.places.iter().map(move |place| {
            // `trajectories` checked every place against the map.
            (place.track, self.dim, &values[place.start..place.start + place.length])
        })
    }

    /// Where every trajectory lies among [`TrajectorySet::values`], in the order of track numbers: its track, its first value
    /// and how many there are. Within one generation of a model's trajectories no two that differ start at the same.
    pub fn places(&self) -> impl ExactSizeIterator<Item = (TrackId, usize, usize)> {
        self.places.iter().map(|place| (place.track, place.start, place.length))
    }

    /// The trajectory of `track`.
    pub fn get(&self, track: TrackId) -> Option<&[f32]> {
        let index = self.places.binary_search_by_key(&track, |place| place.track).ok()?;
        let place = self.places.get(index)?;
        self.values().get(place.start..place.start + place.length)
    }

    /// All of them in memory of their own. One that is not valid (a value that is not finite) is left out, with a
    /// warning in the log.
    pub fn to_trajectories(&self) -> Vec<(TrackId, Trajectory)> {
        let read = |(track, dim, values): (TrackId, usize, &[f32])| match Trajectory::new(dim, values.to_vec()) {
            Ok(trajectory) => Some((track, trajectory)),
            Err(error) => {
                tracing::warn!(track = track.0, %error, "a stored trajectory is left out; embed again");
                None
            }
        };
        self.iter().filter_map(read).collect()
    }

    /// The values of all, and of what was embedded again since.
    pub fn values(&self) -> &[f32] {
        // The map starts at a page and the header is 128 bytes, so the values are aligned.
        let bytes = self.map.as_ref().and_then(|map| map.get(HEADER_BYTES..));
        bytes.and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).unwrap_or_default()
    }
}

impl std::fmt::Debug for TrajectorySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrajectorySet({} of {} dimensions)", self.len(), self.dim)
    }
}

impl Library {
    /// The tracks that `model` has not embedded, in the order of import. Tracks without a file at present or without a
    /// single segment take no part. Where the model's file is damaged, that is every track.
    pub fn tracks_without_trajectory(&self, model: &str) -> Result<Vec<TrackId>, LibraryError> {
        let stored = self.database.read(|connection| stored_model(connection, model))?;
        if self.check_trajectory_file(&stored).is_err() {
            // Another process may just have begun a new file, so look again under the lock.
            self.database.write(|transaction| self.sound_model(transaction, model))?;
        }
        self.database.read(|connection| {
            let stored = stored_model(connection, model)?;
            let mut statement = connection.prepare_cached(
                "SELECT id FROM tracks WHERE segments > 0 AND EXISTS (SELECT 1 FROM paths WHERE track = id) \
                 AND NOT EXISTS (SELECT 1 FROM trajectories WHERE track = id AND model = ?1) ORDER BY id",
            )?;
            let tracks = statement.query_map([stored.id], |row| row.get(0).map(TrackId))?;
            Ok(tracks.collect::<Result<_, _>>()?)
        })
    }

    /// Whether `model` has embedded that track.
    pub fn has_trajectory(&self, model: &str, track: TrackId) -> Result<bool, LibraryError> {
        self.database.read(|connection| {
            let stored = stored_model(connection, model)?;
            let mut statement = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM trajectories WHERE track = ?1 AND model = ?2)")?;
            Ok(statement.query_row((track.0, stored.id), |row| row.get(0))?)
        })
    }

    /// Keeps one trajectory. Each call syncs the disk: [`Library::put_trajectories`] does so once for many.
    pub fn put_trajectory(&self, model: &str, track: TrackId, trajectory: &Trajectory) -> Result<(), LibraryError> {
        self.put_many(model, &[(track, trajectory)])
    }

    /// Keeps the trajectories of several tracks, replacing those they had: all of them, or none where it fails.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`], [`LibraryError::NoTrack`], [`LibraryError::Dimension`] where one is not of the model's
    /// embedding, [`LibraryError::DiskFull`] and other errors of writing.
    pub fn put_trajectories(&self, model: &str, batch: &[(TrackId, Trajectory)]) -> Result<(), LibraryError> {
        let batch: Vec<_> = batch.iter().map(|(track, trajectory)| (*track, trajectory)).collect();
        self.put_many(model, &batch)
    }

    fn put_many(&self, name: &str, batch: &[(TrackId, &Trajectory)]) -> Result<(), LibraryError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.database.write(|transaction| {
            let model = self.sound_model(transaction, name)?;
            if let Some((_, other)) = batch.iter().find(|(_, trajectory)| trajectory.dim() != model.embedding) {
                let (expected, found) = (model.embedding, other.dim());
                return Err(LibraryError::Dimension { model: name.to_owned(), expected, found });
            }
            let path = self.trajectory_file(&model);
            append(&path, &model, batch)?;
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO trajectories (model, track, start, points) VALUES (?1, ?2, ?3, ?4)",
            )?;
            let mut start = i64::try_from(model.points).unwrap_or(i64::MAX);
            for (track, trajectory) in batch {
                let points = i64::try_from(trajectory.len()).unwrap_or(i64::MAX);
                insert.execute((model.id, track.0, start, points)).map_err(|error| {
                    match error.sqlite_error_code() {
                        Some(rusqlite::ErrorCode::ConstraintViolation) => LibraryError::NoTrack(*track),
                        _ => error.into(),
                    }
                })?;
                start = start.saturating_add(points);
            }
            transaction.prepare_cached("UPDATE models SET points = ?2 WHERE id = ?1")?.execute((model.id, start))?;
            Ok(())
        })
    }

    /// The model, whose trajectories are forgotten first where their file is damaged.
    fn sound_model(&self, transaction: &Transaction<'_>, name: &str) -> Result<StoredModel, LibraryError> {
        let model = stored_model(transaction, name)?;
        let Err(error) = self.check_trajectory_file(&model) else { return Ok(model) };
        tracing::warn!(model = name, %error, "the trajectories of the model are forgotten");
        start_generation(transaction, model.id)?;
        stored_model(transaction, name)
    }

    /// Forgets every trajectory of `model`, so that they are made again.
    pub fn forget_trajectories(&self, model: &str) -> Result<(), LibraryError> {
        let old_file = self.database.write(|transaction| {
            let stored = stored_model(transaction, model)?;
            start_generation(transaction, stored.id)?;
            Ok(self.trajectory_file(&stored))
        })?;
        remove_quietly(&old_file);
        Ok(())
    }

    /// The trajectory of `track`, where `model` has embedded it.
    pub fn trajectory(&self, model: &str, track: TrackId) -> Result<Option<Trajectory>, LibraryError> {
        let set = self.trajectories_where(model, "t.track = ?2", Some(track))?;
        let first = set.iter().next();
        Ok(first.map(|(_, dim, values)| Trajectory::new(dim, values.to_vec())).transpose()?)
    }

    /// All trajectories of `model`, mapped.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]; [`LibraryError::Damaged`] where the model's file is, upon which
    /// [`Library::tracks_without_trajectory`] names all tracks to embed again.
    pub fn trajectories(&self, model: &str) -> Result<TrajectorySet, LibraryError> {
        self.trajectories_where(model, "?2 IS NULL", None)
    }

    /// The values of all trajectories of `model`, mapped, without the places where each lies.
    ///
    /// # Errors
    /// As [`Library::trajectories`].
    pub fn trajectory_values(&self, model: &str) -> Result<TrajectorySet, LibraryError> {
        let model = self.database.read(|connection| stored_model(connection, model))?;
        if model.points == 0 {
            return self.map(&model, Vec::new());
        }
        let path = self.trajectory_file(&model);
        let (file, bytes) = open_checked(&path, &model)?;
        Ok(TrajectorySet { map: Some(file.map(&path, bytes)?), dim: model.embedding, places: Vec::new() })
    }

    fn trajectories_where(
        &self,
        name: &str,
        condition: &str,
        track: Option<TrackId>,
    ) -> Result<TrajectorySet, LibraryError> {
        // Another process may forget them between our look into the database and the opening of the file.
        let mut attempts = 3;
        loop {
            attempts -= 1;
            let (model, places) = self.database.read(|connection| {
                let model = stored_model(connection, name)?;
                let places = places(connection, &model, condition, track)?;
                Ok((model, places))
            })?;
            match self.map(&model, places) {
                Err(error) if error.is_not_found() && attempts > 0 => {}
                result => return result,
            }
        }
    }

    fn map(&self, model: &StoredModel, places: Vec<Place>) -> Result<TrajectorySet, LibraryError> {
        let dim = model.embedding;
        if places.is_empty() {
            return Ok(TrajectorySet { map: None, dim, places });
        }
        let path = self.trajectory_file(model);
        let (file, bytes) = open_checked(&path, model)?;
        let map = file.map(&path, bytes)?;
        let set = TrajectorySet { map: Some(map), dim, places };
        let end = set.values().len();
        let inside = |place: &Place| place.start.checked_add(place.length).is_some_and(|stop| stop <= end);
        if !set.places.iter().all(inside) {
            return Err(LibraryError::Damaged { path, reason: "a trajectory lies outside it".to_owned() });
        }
        Ok(set)
    }

    /// Whether the model's file is there and long enough for what is committed.
    pub(super) fn check_trajectory_file(&self, model: &StoredModel) -> Result<(), LibraryError> {
        if model.points == 0 { Ok(()) } else { open_checked(&self.trajectory_file(model), model).map(drop) }
    }

    /// The file of the model's trajectories.
    pub(super) fn trajectory_file(&self, model: &StoredModel) -> PathBuf {
        self.root().join("trajectories").join(trajectory_file_name(model.id, model.generation))
    }
}

/// How the file of a model's trajectories is called.
pub(super) fn trajectory_file_name(model: i64, generation: i64) -> String {
    format!("{model}-{generation}.trajectories")
}

fn places(
    connection: &Connection,
    model: &StoredModel,
    condition: &str,
    track: Option<TrackId>,
) -> Result<Vec<Place>, LibraryError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT t.track, t.start, t.points FROM trajectories t WHERE t.model = ?1 AND {condition} \
         AND EXISTS (SELECT 1 FROM paths p WHERE p.track = t.track) ORDER BY t.track"
    ))?;
    let values = |points: i64| usize::try_from(points).unwrap_or(usize::MAX).saturating_mul(model.embedding);
    let places = statement.query_map((model.id, track.map(|track| track.0)), |row| {
        Ok(Place { track: TrackId(row.get(0)?), start: values(row.get(1)?), length: values(row.get(2)?) })
    })?;
    Ok(places.collect::<Result<_, _>>()?)
}

/// Opens the file of a model's trajectories and checks that it holds all that is committed; returns how many bytes that
/// is, header included.
fn open_checked(path: &Path, model: &StoredModel) -> Result<(ArrayFile, u64), LibraryError> {
    let damaged = |reason: String| LibraryError::Damaged { path: path.to_path_buf(), reason };
    let file = ArrayFile::open(path, ArrayKind::Trajectories)?;
    let dim = model.embedding as u64;
    if file.header.columns != dim || file.header.weights != model.weights_hash.0 {
        return Err(damaged("it is of another model".to_owned()));
    }
    let bytes = file_bytes(ArrayKind::Trajectories, model.points, dim)
        .ok_or_else(|| damaged(format!("{} points cannot be", model.points)))?;
    if file.bytes() < bytes {
        return Err(damaged(format!("it has {} bytes of {bytes}", file.bytes())));
    }
    Ok((file, bytes))
}

/// Writes the batch behind the committed points and syncs. The caller holds the write lock of the database.
fn append(path: &Path, model: &StoredModel, batch: &[(TrackId, &Trajectory)]) -> Result<(), LibraryError> {
    let dim = model.embedding as u64;
    if model.points == 0 {
        // No reader maps a file of which nothing is committed; a leftover is replaced.
        let header = Header {
            kind: ArrayKind::Trajectories,
            rows: 0,
            columns: dim,
            features_version: FEATURES_VERSION,
            weights: model.weights_hash.0,
            values: [0; 32],
        };
        write_atomically(path, &[&header.encode()])?;
    }
    let end = file_bytes(ArrayKind::Trajectories, model.points, dim).ok_or_else(|| LibraryError::Damaged {
        path: path.to_path_buf(),
        reason: format!("{} points cannot be", model.points),
    })?;
    let failed = |source| LibraryError::io("write", path, source);
    let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    write_points(&mut file, end, batch).map_err(|source| {
        // Only the uncommitted tail goes, to give back what a full disk needs.
        if let Err(error) = file.set_len(end) {
            tracing::debug!(%error, "an uncommitted tail stays until it is overwritten");
        }
        failed(source)
    })
}

fn write_points(file: &mut File, end: u64, batch: &[(TrackId, &Trajectory)]) -> io::Result<()> {
    file.seek(SeekFrom::Start(end))?;
    let mut writer = io::BufWriter::with_capacity(1 << 18, &mut *file);
    for (_, trajectory) in batch {
        writer.write_all(bytemuck::cast_slice(trajectory.values()))?;
    }
    writer.flush()?;
    drop(writer);
    file.sync_all()
}

/// Number of trajectories of each model, by name, for a report.
pub(super) fn count_by_model(connection: &Connection) -> Result<Vec<(String, usize)>, LibraryError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, (SELECT count(*) FROM trajectories WHERE model = id) FROM models ORDER BY name",
    )?;
    let counts =
        statement.query_map([], |row| Ok((row.get(0)?, usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0))))?;
    Ok(counts.collect::<Result<_, _>>()?)
}

/// Every model as stored, for a check.
pub(super) fn all_models(connection: &Connection) -> Result<Vec<StoredModel>, LibraryError> {
    let mut statement = connection.prepare_cached("SELECT name FROM models ORDER BY id")?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.iter().map(|name| stored_model(connection, name)).collect()
}
