//! Versions of one recording: found by their sound, folded into one, kept apart, found again after a break.

#[allow(dead_code, reason = "other tests need the rest")]
mod music;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use songline::domain::{Control, DeviceChoice, Filter, Metric, Span, TrackId};
use songline::jobs::message::{JobError, Query, RecommendSpec, Recommendations};
use songline::jobs::{Context, Silent, import, models, recommend, recordings};
use songline::library::Library;

/// Writes what `change` makes of a piece's samples.
fn version(piece: &Path, name: &str, change: impl Fn(&[i16]) -> Vec<i16>) -> PathBuf {
    let bytes = fs::read(piece).unwrap();
    let samples: Vec<i16> = bytes[44..].as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
    let path = piece.with_file_name(name);
    fs::write(&path, music::wav(&change(&samples))).unwrap();
    path
}

struct Stage {
    folder: tempfile::TempDir,
    context: Context,
}

impl Stage {
    /// Six pieces; the first also 12 dB quieter with a trace of noise, and with its first second cut off.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pieces = music::six(folder.path());
        version(&pieces[0], "quiet.wav", |samples| {
            samples.iter().enumerate().map(|(at, sample)| sample / 4 + (at % 7) as i16).collect()
        });
        version(&pieces[0], "late.wav", |samples| samples[22_050..].to_vec());
        let library = Library::open(&folder.path().join("library")).unwrap();
        let stage = Self { context: Context::new(Arc::new(library)), folder };
        stage.import();
        stage
    }

    fn import(&self) {
        let control = Control::default();
        import::import(&self.context, &[self.folder.path().to_path_buf()], false, &control, &Silent).unwrap();
        models::embed(&self.context, None, DeviceChoice::Cpu, &control, &Silent).unwrap();
    }

    fn track(&self, name: &str) -> TrackId {
        let path = self.folder.path().join(name);
        self.context.library.find_by_path(&path).unwrap().unwrap().id
    }

    fn ask(&self, name: &str, versions: bool) -> Recommendations {
        let spec = RecommendSpec {
            query: Query::Tracks(vec![self.track(name)]),
            weights: Vec::new(),
            metric: Metric::Mean,
            top: 20,
            per_artist: 0,
            span: Span::Whole,
            blend: [1.0; 4],
            filter: Filter { versions, ..Filter::default() },
            device: DeviceChoice::Cpu,
        };
        recommend::recommend(&self.context, &spec, &Control::default(), &Silent).unwrap().0
    }

    /// The names of what is recommended for a piece.
    fn found(&self, name: &str, versions: bool) -> Vec<String> {
        let stem = |id| self.context.track(id).unwrap().path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut names: Vec<String> = self.ask(name, versions).items.iter().map(|item| stem(item.track)).collect();
        names.sort();
        names
    }
}

#[test]
fn versions_are_found_folded_and_kept_apart() {
    let stage = Stage::new();
    let found = recordings::find(&stage.context, &Control::default(), &Silent).unwrap();
    assert_eq!((found.compared, found.unreadable), (8, 0));
    let all = recordings::all(&stage.context).unwrap();
    let mut versions: Vec<TrackId> = all[0].versions.iter().map(|version| version.track).collect();
    let mut three = ["piece-0.wav", "quiet.wav", "late.wav"].map(|name| stage.track(name));
    three.sort();
    versions.sort();
    assert_eq!((all.len(), versions), (1, three.to_vec()), "three versions, and no other piece");

    let others = ["piece-1", "piece-2", "piece-3", "piece-4", "piece-5"];
    assert_eq!(stage.found("quiet.wav", false), others, "its own versions are not recommended");
    assert_eq!(stage.ask("quiet.wav", false).folded.len(), 2);
    assert_eq!(stage.found("piece-1.wav", false).len(), 5, "one stands for three");
    assert_eq!(stage.found("piece-1.wav", true).len(), 7);

    let late = stage.track("late.wav");
    recordings::keep_apart(&stage.context, &[late], true).unwrap();
    assert!(stage.found("quiet.wav", false).contains(&"late".to_owned()));
    // What was kept apart by hand stays so, whatever is found later.
    music::write(stage.folder.path(), "new.wav", 31.0, 300.0, 2.0, 0.2);
    version(&stage.folder.path().join("piece-0.wav"), "loud.wav", |samples| {
        samples.iter().map(|sample| sample.saturating_mul(2)).collect()
    });
    stage.import();
    let found = recordings::find(&stage.context, &Control::default(), &Silent).unwrap();
    assert_eq!(found.compared, 2, "only what is new");
    let all = recordings::all(&stage.context).unwrap();
    assert_eq!((all.len(), all[0].versions.len()), (1, 4));
    assert_eq!(all[0].together().count(), 3);
    recordings::keep_apart(&stage.context, &[late], false).unwrap();
    assert!(!stage.found("quiet.wav", false).contains(&"late".to_owned()));
}

#[test]
fn what_cannot_be_read_now_is_looked_at_again() {
    let stage = Stage::new();
    let (here, away) = (stage.folder.path().join("quiet.wav"), stage.folder.path().join("away"));
    fs::rename(&here, &away).unwrap();
    let found = recordings::find(&stage.context, &Control::default(), &Silent).unwrap();
    assert_eq!((found.unreadable, found.compared), (1, 7));
    assert_eq!(recordings::all(&stage.context).unwrap()[0].versions.len(), 2);
    fs::rename(&away, &here).unwrap();
    let found = recordings::find(&stage.context, &Control::default(), &Silent).unwrap();
    assert_eq!((found.unreadable, found.compared), (0, 1));
    assert_eq!(recordings::all(&stage.context).unwrap()[0].versions.len(), 3);

    let control = Control::default();
    control.cancel();
    assert_eq!(recordings::find(&stage.context, &control, &Silent), Err(JobError::Cancelled));
}

/// Needs the corpus and ffmpeg.
#[test]
fn other_encodes_of_real_music_are_versions_and_other_music_is_not() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/clips");
    let ffmpeg = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !corpus.is_dir() || !ffmpeg {
        eprintln!("skipped: there is no corpus or no ffmpeg");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut clips: Vec<PathBuf> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    clips.sort();
    // Two clips of one recording beside each other, and so on: what is told apart is not told by its kind.
    let clips: Vec<PathBuf> = clips.into_iter().take(12).collect();
    let encodes: [(&str, &[&str]); 3] = [
        ("mp3", &["-b:a", "64k"]),
        ("ogg", &["-filter:a", "volume=-12dB", "-c:a", "libvorbis", "-q:a", "4"]),
        ("m4a", &["-ss", "1", "-c:a", "aac", "-b:a", "128k"]),
    ];
    for (index, clip) in clips.iter().enumerate() {
        fs::copy(clip, folder.path().join(format!("{index}-original.mp3"))).unwrap();
        let (extension, options) = encodes[index % 3];
        let made = Command::new("ffmpeg")
            .args(["-loglevel", "error", "-i"])
            .arg(clip)
            .args(["-map_metadata", "-1"])
            .args(options)
            .arg(folder.path().join(format!("{index}-other.{extension}")))
            .status();
        assert!(made.unwrap().success());
    }
    let library = Library::open(&folder.path().join("library")).unwrap();
    let stage = Stage { context: Context::new(Arc::new(library)), folder };
    stage.import();
    recordings::find(&stage.context, &Control::default(), &Silent).unwrap();
    let all = recordings::all(&stage.context).unwrap();
    let index = |id| {
        let name = stage.context.track(id).unwrap().path.file_stem().unwrap().to_string_lossy().into_owned();
        name.split('-').next().unwrap().to_owned()
    };
    for recording in &all {
        let first = index(recording.versions[0].track);
        assert!(recording.versions.iter().all(|version| index(version.track) == first), "{recording:?}");
    }
    assert_eq!(all.len(), clips.len(), "every encode was found");
}
