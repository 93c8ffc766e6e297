//! What all work shares: the library, and what is costly to make twice.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::catalogue::{self, Sizes};
use super::failure::RoomError;
use super::filter::Sound;
use super::message::JobError;
use super::sound::Scratch;
use crate::domain::{DeviceChoice, Metric, Recording, SegmentGrid, Span, Track, TrackId, Trajectory};
use crate::gpu::{BoundsPass, GpuError};
use crate::library::{Extent, JobRecord, Library, LibraryError, ModelRecord};
use crate::model::{ComputeDevice, Embedder, resolve_device};
use crate::similarity::exact::Assist;
use crate::similarity::{Artists, Index};

/// The open library with its caches. Shared by all jobs of one window or command.
pub struct Context {
    pub library: Arc<Library>,
    /// The index that was opened last.
    index: Mutex<Option<Cached<SeenIndex, Arc<SearchIndex>>>>,
    /// The networks used last, the newest last: as many as are looked at side by side.
    embedders: Mutex<Vec<Cached<EmbedderKey, Arc<Embedder>>>>,
    scratch: Mutex<Scratch>,
    /// Whether another window has the right to write to the library, or nobody has.
    read_only: AtomicBool,
    /// The log of neighbours that was read last: how many each track has, and their bytes.
    kept: Mutex<Option<Cached<([u8; 32], Metric), KeptLog>>>,
    /// Recordings with several versions, and the state of the library they were read in.
    recordings: Mutex<Option<Cached<Changes, Arc<Vec<Recording>>>>>,
    noted: Mutex<Noted>,
}

/// Work that this program has written down.
#[derive(Default)]
struct Noted {
    rows: Vec<i64>,
    /// Whether work of earlier starts was asked for.
    left_taken: bool,
}

/// What an index is of, and the changes to the database that it was seen at.
type SeenIndex = (IndexKey, Changes);

/// A state of the database, as [`Library::changes`] tells it.
type Changes = (i64, u64);

/// Neighbours of each track, and the records of all.
type KeptLog = Arc<(usize, Vec<u8>)>;

/// Networks that are kept ready.
const EMBEDDERS: usize = 2;

struct Cached<K, V> {
    key: K,
    value: V,
}

#[derive(Clone, PartialEq, Eq)]
struct IndexKey {
    model: String,
    weights: crate::domain::ContentHash,
    span: Span,
    /// Changes when tracks or trajectories come or go.
    extent: Extent,
}

#[derive(Clone, PartialEq, Eq)]
struct EmbedderKey {
    model: String,
    weights: crate::domain::ContentHash,
    device: DeviceChoice,
}

/// All trajectories of one model and one span, with the facts of their tracks.
pub struct SearchIndex {
    pub index: Index,
    library: Arc<Library>,
    /// The facts of all tracks, once somebody asks for all.
    tracks: OnceLock<HashMap<TrackId, Arc<Track>>>,
    pub artists: Arc<dyn Artists>,
    /// How the model cuts tracks.
    pub grid: SegmentGrid,
    pub span: Span,
    /// Tells apart any two sets of trajectories.
    pub stamp: [u8; 32],
    /// Tempo and key at each place of the index, once a filter asks for them.
    sounds: OnceLock<Vec<Sound>>,
}

impl SearchIndex {
    /// The facts of all tracks of the library, read when they are asked for first. Empty where they cannot be read, which
    /// the log says.
    pub fn tracks(&self) -> &HashMap<TrackId, Arc<Track>> {
        self.tracks.get_or_init(|| match self.library.tracks() {
            Ok(tracks) => tracks.into_iter().map(|track| (track.id, Arc::new(track))).collect(),
            Err(error) => {
                tracing::error!(%error, "the tracks could not be read");
                HashMap::new()
            }
        })
    }

    /// Tempo and key at each place of the index.
    pub(super) fn sounds(&self) -> &[Sound] {
        self.sounds.get_or_init(|| {
            let known = self.library.tempi_and_keys().unwrap_or_else(|error| {
                tracing::error!(%error, "the tracks could not be read");
                Vec::new()
            });
            let of = |id: &TrackId| {
                let at = known.binary_search_by_key(id, |(track, ..)| *track);
                at.map_or_else(|_| Sound::default(), |at| Sound { tempo: known[at].1, key: known[at].2 })
            };
            self.index.ids().iter().map(of).collect()
        })
    }

    /// The facts of one track.
    pub fn track(&self, id: TrackId) -> Option<Arc<Track>> {
        match self.tracks.get() {
            Some(tracks) => tracks.get(&id).cloned(),
            None => self.library.track(id).ok().flatten().map(Arc::new),
        }
    }

    /// The segment of the whole track at which its trajectory in the index starts.
    pub fn offset(&self, id: TrackId) -> usize {
        let track = self.track(id);
        let range = track.and_then(|track| track.span_on(self.grid, self.span, usize::MAX));
        range.map_or(0, |range| range.start)
    }
}

/// The artists of a library's tracks, each looked up once.
struct LibraryArtists {
    library: Arc<Library>,
    known: Mutex<HashMap<TrackId, Option<String>>>,
}

impl std::fmt::Debug for LibraryArtists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LibraryArtists")
    }
}

impl Artists for LibraryArtists {
    fn of(&self, track: TrackId) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(track).or_insert_with(|| self.library.artist_of(track).ok().flatten()).clone()
    }
}

/// How a model cuts tracks, as its registration says.
pub fn grid_of(model: &ModelRecord) -> SegmentGrid {
    let grid = model.scores.get("grid").cloned();
    grid.and_then(|grid| serde_json::from_value(grid).ok()).unwrap_or_default()
}

impl Context {
    pub fn new(library: Arc<Library>) -> Self {
        Self {
            read_only: AtomicBool::new(library.is_read_only()),
            library,
            index: Mutex::new(None),
            embedders: Mutex::default(),
            scratch: Mutex::default(),
            kept: Mutex::new(None),
            recordings: Mutex::new(None),
            noted: Mutex::default(),
        }
    }

    /// Lets no job change what the library holds, or lets them again.
    pub fn set_read_only(&self, read_only: bool) {
        self.read_only.store(read_only || self.library.is_read_only(), Ordering::Relaxed);
    }

    pub fn is_read_only(&self) -> bool {
        self.read_only.load(Ordering::Relaxed)
    }

    /// Writes work down with `note`, which is told what this program wrote down before, and gives its number.
    pub(super) fn note_job(&self, note: impl FnOnce(&[i64]) -> Result<i64, LibraryError>) -> Result<i64, LibraryError> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let row = note(&noted.rows)?;
        noted.rows.push(row);
        Ok(row)
    }

    /// Work that earlier starts of the program left undone: given once, to a window that may write.
    pub(super) fn take_left_jobs(&self) -> Result<Vec<JobRecord>, LibraryError> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.left_taken || self.is_read_only() {
            return Ok(Vec::new());
        }
        let mut left = self.library.left_jobs()?;
        left.retain(|record| !noted.rows.contains(&record.id));
        noted.left_taken = true;
        Ok(left)
    }

    /// A new file that is gone when the context is.
    pub(super) fn scratch_file(&self, extension: &str) -> std::io::Result<PathBuf> {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).file(extension)
    }

    /// The model that recommends; the bundled one where none was chosen yet.
    ///
    /// # Errors
    /// [`JobError::NoModel`], or what keeps the bundled model from being installed.
    pub fn active_model(&self) -> Result<ModelRecord, JobError> {
        let doing = "Reading the model";
        let name = match self.library.active_model().map_err(|error| error.doing(doing))? {
            Some(name) => name,
            None => crate::model::install_bundled(&self.library).map_err(|error| error.doing(doing))?,
        };
        self.model(Some(&name))
    }

    /// The model of that name, or the active one.
    pub fn model(&self, name: Option<&str>) -> Result<ModelRecord, JobError> {
        let Some(name) = name else { return self.active_model() };
        if name == crate::model::BUNDLED {
            // One of an older version of the program makes way: its weights may not fit today's networks.
            crate::model::install_bundled(&self.library).map_err(|error| error.doing("Reading the model"))?;
        }
        let model = self.library.model(name).map_err(|error| error.doing("Reading the model"))?;
        model.ok_or_else(|| JobError::Failed {
            doing: "Reading the model",
            reason: format!("There is no model called {name}. `songline models` lists them."),
        })
    }

    /// The network of a model, ready to embed.
    pub fn embedder(&self, model: &ModelRecord, device: DeviceChoice) -> Result<Arc<Embedder>, JobError> {
        let key = EmbedderKey { model: model.name.clone(), weights: model.weights_hash, device };
        let mut cached = self.embedders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = cached.iter().position(|cached| cached.key == key) {
            let known = cached.remove(place);
            let value = known.value.clone();
            cached.push(known);
            return Ok(value);
        }
        let doing = "Loading the model";
        let device = self.device(device)?;
        let directory = self.library.model_directory(&model.name);
        let value = Arc::new(Embedder::load(&directory, &device).map_err(|error| error.doing(doing))?);
        if cached.len() >= EMBEDDERS {
            cached.remove(0);
        }
        cached.push(Cached { key, value: value.clone() });
        Ok(value)
    }

    /// The processor that a choice stands for on this machine.
    pub fn device(&self, choice: DeviceChoice) -> Result<ComputeDevice, JobError> {
        resolve_device(choice).map_err(|error| error.doing("Opening the processor"))
    }

    /// Every embedded track of `model` that `span` can compare.
    ///
    /// # Errors
    /// [`JobError::NothingEmbedded`] where there is none.
    pub fn index(&self, model: &ModelRecord, span: Span) -> Result<Arc<SearchIndex>, JobError> {
        let doing = "Reading the library";
        let mut cached = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |key: &IndexKey| (&key.model, key.weights, key.span) == (&model.name, model.weights_hash, span);
        let changes = self.library.changes().map_err(|error| error.doing(doing))?;
        if let Some(cached) = cached.as_ref().filter(|cached| same(&cached.key.0) && cached.key.1 == changes) {
            return Ok(cached.value.clone());
        }
        let extent = self.library.extent(&model.name).map_err(|error| error.doing(doing))?;
        let key = IndexKey { model: model.name.clone(), weights: model.weights_hash, span, extent };
        if let Some(cached) = cached.as_mut().filter(|cached| cached.key.0 == key) {
            cached.key.1 = changes;
            return Ok(cached.value.clone());
        }
        let start = std::time::Instant::now();
        let tracks = OnceLock::new();
        let (index, stamp) = match catalogue::reopen(&self.library, model, span, extent)? {
            Some(opened) => opened,
            None => {
                let set = self.library.trajectories(&model.name).map_err(|error| error.doing(doing))?;
                let all = self.library.tracks().map_err(|error| error.doing(doing))?;
                let all: HashMap<TrackId, Arc<Track>> =
                    all.into_iter().map(|track| (track.id, Arc::new(track))).collect();
                let (grid, dim) = (grid_of(model), set.dim());
                let lies = set.places().filter_map(|(id, start, length)| {
                    let range = all.get(&id)?.span_on(grid, span, length / dim)?;
                    (!range.is_empty()).then(|| (id, start + range.start * dim, range.len() * dim))
                });
                let lies: Vec<(TrackId, usize, usize)> = lies.collect();
                let opened = catalogue::open(&self.library, model, span, extent, set, lies, Sizes::default())?;
                tracks.get_or_init(|| all);
                opened
            }
        };
        if index.is_empty() {
            return Err(JobError::NothingEmbedded { model: model.name.clone() });
        }
        let took_ms = start.elapsed().as_millis();
        tracing::info!(tracks = index.len(), took_ms, "the catalogue is open");
        let artists = Arc::new(LibraryArtists { library: self.library.clone(), known: Mutex::default() });
        let library = self.library.clone();
        let grid = grid_of(model);
        let value =
            Arc::new(SearchIndex { index, library, tracks, artists, grid, span, stamp, sounds: OnceLock::new() });
        let warmed = value.clone();
        rayon::spawn(move || {
            warmed.index.warm();
            assist(&warmed.index);
        });
        *cached = Some(Cached { key: (key, changes), value: value.clone() });
        Ok(value)
    }

    /// Recordings with several versions.
    pub(super) fn recordings(&self) -> Result<Arc<Vec<Recording>>, LibraryError> {
        let mut cached = self.recordings.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = self.library.changes()?;
        if let Some(cached) = cached.as_ref().filter(|cached| cached.key == changes) {
            return Ok(cached.value.clone());
        }
        let value = Arc::new(self.library.recordings()?);
        *cached = Some(Cached { key: changes, value: value.clone() });
        Ok(value)
    }

    /// The log of neighbours with that stamp and metric, read by `read` where it was not the last one.
    pub(super) fn kept_neighbours(
        &self,
        stamp: [u8; 32],
        metric: Metric,
        read: impl FnOnce() -> Result<(usize, Vec<u8>), JobError>,
    ) -> Result<KeptLog, JobError> {
        let mut cached = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = cached.as_ref().filter(|cached| cached.key == (stamp, metric)) {
            return Ok(cached.value.clone());
        }
        let value = Arc::new(read()?);
        *cached = Some(Cached { key: (stamp, metric), value: value.clone() });
        Ok(value)
    }

    /// Neighbours were found: what was read before may be less.
    pub(super) fn forget_kept_neighbours(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A track's trajectory under `model`, cut to `span`, with the segment it starts at.
    pub fn trajectory(&self, model: &ModelRecord, id: TrackId, span: Span) -> Result<(usize, Trajectory), JobError> {
        let doing = "Reading the library";
        let track = self.track(id)?;
        let whole = self.library.trajectory(&model.name, id).map_err(|error| error.doing(doing))?;
        let whole = whole.ok_or_else(|| JobError::Failed {
            doing: "Comparing",
            reason: format!("{} is not embedded by the model {} yet. Embed it first.", track.title(), model.name),
        })?;
        cut(&track, &whole, grid_of(model), span)
    }

    /// The facts of a track.
    pub fn track(&self, id: TrackId) -> Result<Track, JobError> {
        let track = self.library.track(id).map_err(|error| error.doing("Reading the library"))?;
        track.ok_or_else(|| JobError::UnknownTrack { title: format!("Track {}", id.0) })
    }
}

/// Lets a real GPU take part in searches of a catalogue large enough for it to gain; the first search that it could help
/// measures whether it does.
fn assist(index: &Index) {
    const LEAST: usize = 50_000;
    if index.len() < LEAST {
        return;
    }
    match BoundsPass::new(index.parts(), false) {
        Ok(pass) => {
            index.assist(Assist::new(Box::new(pass)));
        }
        Err(GpuError::NoAdapter) => tracing::debug!("no GPU takes part in searches"),
        Err(error) => tracing::warn!(%error, "the GPU takes no part in searches"),
    }
}

/// The part of a trajectory that `span` compares, with the segment it starts at.
pub(super) fn cut(
    track: &Track,
    whole: &Trajectory,
    grid: SegmentGrid,
    span: Span,
) -> Result<(usize, Trajectory), JobError> {
    let range = track.span_on(grid, span, whole.len()).ok_or_else(|| too_short(track))?;
    let part = whole.slice(range.clone()).ok_or_else(|| too_short(track))?;
    Ok((range.start, part))
}

/// Why a track takes no part in preview mode.
pub(super) fn too_short(track: &Track) -> JobError {
    JobError::TooShort { title: track.title().to_owned(), seconds: track.duration_s }
}
