//! Import: from files and folders to tracks of the library.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::failure::{RoomError, chain};
use super::message::{FailedFile, FileQuery, ImportSummary, JobError, Partial};
use super::{Context, Report, sides};
use crate::archive;
use crate::audio::AudioReader;
use crate::domain::{Control, DeviceChoice, Origin, Progress, SegmentGrid, Spectrogram, Tags, Track, TrackId};
use crate::dsp::{Analyser, Features};
use crate::library::{Added, FileState, LibraryError, NewTrack, content_hash};
use crate::source::dataset::{GTZAN_BROKEN, gtzan_genre};
use crate::source::folder::{Found, FoundFile, scan};
use crate::source::{SourceError, demo};

const DOING: &str = "Importing";

/// Imports files and folders. Every file that fails is kept in the library with its reason; none stops the others.
///
/// # Errors
/// [`JobError::Cancelled`], and what keeps the library itself from being written. What was finished before stays.
pub fn import(
    context: &Context,
    paths: &[PathBuf],
    retry_failed: bool,
    control: &Control,
    report: &dyn Report,
) -> Result<ImportSummary, JobError> {
    import_told(context, paths, retry_failed, &of_known_set, control, report)
}

/// What is known of a file from elsewhere than the file itself.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// They count before the file's own.
    pub tags: Tags,
    /// Why the file cannot be read, where that is known of it.
    pub known_fault: Option<&'static str>,
    /// Where its sound comes from, where that is not the user's own collection.
    pub origin: Option<Origin>,
}

/// What a path alone tells: files of GTZAN are named after their genre, and are there for evaluation only.
pub(super) fn of_known_set(path: &Path) -> Option<Told> {
    let genre = gtzan_genre(path)?;
    let tags = Tags { genre: Some(genre.to_owned()), ..Tags::default() };
    let known_fault = path
        .file_stem()
        .is_some_and(|stem| stem == GTZAN_BROKEN)
        .then_some("a clip of GTZAN that is known to be broken");
    let licence = Some("none stated; for evaluation only".to_owned());
    let origin = Some(Origin { source: "GTZAN".to_owned(), licence, trainable: false });
    Some(Told { tags, known_fault, origin })
}

/// As [`import`], with what `told` says of a path.
///
/// # Errors
/// As [`import`].
pub fn import_told(
    context: &Context,
    paths: &[PathBuf],
    retry_failed: bool,
    told: &(dyn Fn(&Path) -> Option<Told> + Sync),
    control: &Control,
    report: &dyn Report,
) -> Result<ImportSummary, JobError> {
    let counts = Counts::default();
    let mut files = Vec::new();
    for found in scan(paths, control) {
        match found {
            Found::File(file) => files.push(file),
            Found::Unreadable { path, reason } => {
                counts.failed.fetch_add(1, Ordering::Relaxed);
                note_failure(context, &path, 0, 0, reason, report).map_err(|error| error.doing(DOING))?;
            }
        }
        if files.len() % 500 == 0 {
            report.progress(Progress::new("Looking for music", files.len() as u64, None));
        }
    }
    control.checkpoint()?;
    let total = Some(files.len() as u64);
    let done = AtomicU64::new(0);
    // Threads of its own: a paused import waits inside them, and must not hold up a search.
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("import-{index}")).build();
    let pool = pool.map_err(|error| JobError::Failed { doing: DOING, reason: error.to_string() })?;
    pool.install(|| {
        files.par_iter().try_for_each(|file| {
            control.checkpoint()?;
            import_file(context, file, retry_failed, told, control, &counts, report)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            report.progress(Progress::new(DOING, done, total).with_detail(file_name(&file.path)));
            Ok::<(), JobError>(())
        })
    })?;
    Ok(counts.summary())
}

/// Composes the demo pieces into the library's folder and imports them.
pub fn make_demo(context: &Context, control: &Control, report: &dyn Report) -> Result<ImportSummary, JobError> {
    let folder = context.library.root().join("demo");
    let total = Some(demo::PIECES as u64);
    let on_piece = |done: usize, path: &Path| {
        report.progress(Progress::new("Composing", done as u64, total).with_detail(file_name(path)));
    };
    let pieces = demo::compose_all(&folder, control, &on_piece)
        .map_err(|error: SourceError| error.doing("Composing the demo library"))?;
    let origin = Some(Origin { source: "Composed by Songline".to_owned(), licence: None, trainable: true });
    let told = |_: &Path| Some(Told { origin: origin.clone(), ..Told::default() });
    import_told(context, &pieces, true, &told, control, report)
}

/// Analyses and embeds one file that need not be in the library; gives its whole spectrogram too.
pub fn analyse_query(
    context: &Context,
    path: &Path,
    device: DeviceChoice,
    control: &Control,
) -> Result<(FileQuery, Spectrogram), JobError> {
    let doing = "Analysing the file";
    let failed = |reason: String| JobError::Failed { doing, reason: format!("{reason}: {}", path.display()) };
    let model = context.active_model()?;
    let embedder = context.embedder(&model, device)?;
    let hash = content_hash(path, control).map_err(|error| error.doing(doing))?;
    let analysed = analyse(path, control).map_err(|error| match error {
        AnalysisError::Cancelled => JobError::Cancelled,
        AnalysisError::Failed(reason) => failed(reason),
    })?;
    let features = analysed.features;
    let shown = sides::of_file(embedder.config().input, path, &features.spectrogram, control)?;
    let (_, embedding) = embedder.embed(&shown).map_err(|error| error.doing(doing))?;
    let track = Track {
        id: TrackId(0),
        hash,
        sound: hash,
        path: path.to_path_buf(),
        tags: analysed.tags,
        duration_s: features.duration_s,
        segments: features.spectrogram.segment_count(SegmentGrid::default()),
        preview_start: features.preview_start,
        tempo: features.tempo,
        key: features.key,
        loudness: features.loudness,
        damaged_packets: analysed.damaged_packets,
        added_at: 0,
    };
    Ok((FileQuery { track, trajectory: embedding.0, waveform: features.waveform }, features.spectrogram))
}

#[derive(Default)]
struct Counts {
    imported: AtomicUsize,
    unchanged: AtomicUsize,
    duplicates: AtomicUsize,
    skipped: AtomicUsize,
    failed: AtomicUsize,
}

impl Counts {
    fn summary(&self) -> ImportSummary {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        ImportSummary {
            imported: read(&self.imported),
            unchanged: read(&self.unchanged),
            duplicates: read(&self.duplicates),
            skipped: read(&self.skipped),
            failed: read(&self.failed),
        }
    }
}

fn import_file(
    context: &Context,
    file: &FoundFile,
    retry_failed: bool,
    told: &(dyn Fn(&Path) -> Option<Told> + Sync),
    control: &Control,
    counts: &Counts,
    report: &dyn Report,
) -> Result<(), JobError> {
    let library = &context.library;
    let count = |count: &AtomicUsize| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    // Paths are kept whole, so that a library made from a relative path is found from anywhere.
    let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
    let state = library.file_state(&path, file.size, file.modified_ns).map_err(|error| error.doing(DOING))?;
    match state {
        FileState::Unchanged(_) => {
            count(&counts.unchanged);
            return Ok(());
        }
        FileState::FailedBefore if !retry_failed => {
            count(&counts.skipped);
            return Ok(());
        }
        FileState::New | FileState::Changed | FileState::FailedBefore => {}
    }
    let told = told(&path).unwrap_or_default();
    let fail = |reason: String| {
        count(&counts.failed);
        let reason = told.known_fault.map_or_else(|| reason.clone(), |fault| format!("{fault} ({reason})"));
        note_failure(context, &path, file.size, file.modified_ns, reason, report).map_err(|error| error.doing(DOING))
    };
    let hash = match content_hash(&path, control) {
        Ok(hash) => hash,
        Err(LibraryError::Cancelled(_)) => return Err(JobError::Cancelled),
        Err(error) => return fail(chain(&error)),
    };
    if let Some(origin) = &told.origin {
        library.set_origin(hash, origin).map_err(|error| error.doing(DOING))?;
    }
    let known = library.adopt(&path, file.size, file.modified_ns, hash).map_err(|error| error.doing(DOING))?;
    if known.is_some() {
        count(&counts.duplicates);
        return Ok(());
    }
    let analysed = match analyse(&path, control) {
        Ok(analysed) => analysed,
        Err(AnalysisError::Cancelled) => return Err(JobError::Cancelled),
        Err(AnalysisError::Failed(reason)) => return fail(reason),
    };
    let features = analysed.features;
    let new = NewTrack {
        path: path.clone(),
        size: file.size,
        modified_ns: file.modified_ns,
        hash,
        tags: both(told.tags, analysed.tags),
        duration_s: features.duration_s,
        preview_start: features.preview_start,
        tempo: features.tempo,
        key: features.key,
        loudness: features.loudness,
        damaged_packets: analysed.damaged_packets,
    };
    let added = library
        .add_track(new, &features.spectrogram, &features.waveform, analysed.cover.as_deref())
        .map_err(|error| error.doing(DOING))?;
    match added {
        Added::Duplicate(_) => count(&counts.duplicates),
        Added::New(id) | Added::Updated(id) => {
            count(&counts.imported);
            if let Some(track) = library.track(id).map_err(|error| error.doing(DOING))? {
                report.partial(Partial::TrackAdded(Arc::new(track)));
            }
        }
    }
    Ok(())
}

/// The first's tags, and the second's where the first has none.
fn both(first: Tags, second: Tags) -> Tags {
    Tags {
        title: first.title.or(second.title),
        artist: first.artist.or(second.artist),
        album: first.album.or(second.album),
        genre: first.genre.or(second.genre),
        year: first.year.or(second.year),
    }
}

fn note_failure(
    context: &Context,
    path: &Path,
    size: u64,
    modified_ns: i64,
    reason: String,
    report: &dyn Report,
) -> Result<(), LibraryError> {
    tracing::info!(path = %path.display(), reason, "not imported");
    context.library.record_failure(path, size, modified_ns, &reason)?;
    report.partial(Partial::FileFailed(FailedFile { path: path.to_path_buf(), reason }));
    Ok(())
}

struct Analysed {
    tags: Tags,
    cover: Option<Vec<u8>>,
    damaged_packets: u32,
    features: Features,
}

enum AnalysisError {
    Cancelled,
    Failed(String),
}

/// Decodes and analyses a file in one pass, block by block.
fn analyse(path: &Path, control: &Control) -> Result<Analysed, AnalysisError> {
    // Told apart here, for "cannot open" would blame the file for a path that leads nowhere.
    if archive::facts(path).is_err() {
        return Err(AnalysisError::Failed("there is no such file, or it may not be read".to_owned()));
    }
    let failed = |error: &dyn std::error::Error| AnalysisError::Failed(chain(error));
    let mut reader = AudioReader::open(path).map_err(|error| failed(&error))?;
    let mut analyser = Analyser::new();
    loop {
        control.checkpoint().map_err(|_| AnalysisError::Cancelled)?;
        match reader.next_block().map_err(|error| failed(&error))? {
            Some(samples) => analyser.push(samples),
            None => break,
        }
    }
    let features = analyser.finish().map_err(|error| failed(&error))?;
    if features.spectrogram.segment_count(SegmentGrid::default()) == 0 {
        return Err(AnalysisError::Failed(format!(
            "it lasts {:.1} s; a track needs 4 s, the length of one segment",
            features.duration_s
        )));
    }
    Ok(Analysed {
        tags: reader.tags().clone(),
        cover: reader.cover().map(<[u8]>::to_vec),
        damaged_packets: reader.damaged_packets(),
        features,
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
