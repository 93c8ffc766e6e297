//! Altered versions of tracks, looked for among the originals.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::super::failure::{RoomError, chain};
use super::super::message::{EvaluateSpec, JobError};
use super::super::{Context, Report};
use super::DOING;
use super::systems::System;
use crate::audio::AudioReader;
use crate::domain::{Control, PREVIEW_SEGMENTS, Progress, SegmentGrid, Span, Spectrogram, Track, TrackId};
use crate::dsp::{Analyser, DspError, log_mel};
use crate::evaluate::{Alteration, Collection, Found, NotRun, Score, nearest, robustness};

/// Tracks that are altered at most.
const TRACKS: usize = 60;
/// Longer tracks are not altered: their samples are held whole.
const LONGEST_S: f64 = 600.0;
/// Tracks in hand at once.
const BLOCK: usize = 6;

/// How altered tracks were found.
pub(super) struct Looked {
    pub tracks: usize,
    /// For each system, for each of its metrics.
    pub scores: Vec<Vec<Vec<Score>>>,
    pub not_run: Vec<NotRun>,
}

/// An altered track after its analysis.
struct Altered {
    place: usize,
    alteration: Alteration,
    spectrogram: Spectrogram,
    preview_start: usize,
}

/// Alters up to 60 tracks, drawn by the seed, whose files are still there, and looks for each version among all originals.
/// `typical` has for each system and metric the distance that tracks typically have.
#[expect(clippy::too_many_arguments, reason = "one call, and each is another thing of the evaluation under way")]
pub(super) fn look_for(
    context: &Context,
    spec: &EvaluateSpec,
    collection: &Collection,
    known: &HashMap<TrackId, &Track>,
    systems: &[System],
    typical: &[&[f64]],
    control: &Control,
    report: &dyn Report,
) -> Result<Looked, JobError> {
    let (encoder, mut not_run) = match Encoder::find() {
        Some(encoder) => (Some(encoder), Vec::new()),
        None => (None, vec![mp3_not_run("neither ffmpeg nor lame is on the PATH".to_owned())]),
    };
    let chosen = chosen(context, spec, collection, known)?;
    let mut found: Vec<Vec<Vec<Found>>> =
        systems.iter().map(|system| vec![Vec::new(); system.representation.metrics().len()]).collect();
    let recordings = collection.groups();
    let total = Some(chosen.len() as u64);
    let mut tracks = 0;
    let mut complaints: Vec<(bool, String)> = Vec::new();
    for (block, part) in chosen.chunks(BLOCK).enumerate() {
        control.checkpoint()?;
        let heard: Vec<Result<_, (bool, String)>> = part
            .par_iter()
            .flat_map_iter(|(place, path)| {
                let segments = known.get(&collection.tracks[*place]).map_or(0, |track| track.segments);
                // Where there is but one 30-second view, or none is taken, the rest of the analysis is spared.
                let short = spec.span == Span::Whole || segments <= PREVIEW_SEGMENTS;
                versions(*place, path, short, spec.seed, encoder.as_ref())
            })
            .collect();
        let mut heard_tracks: Vec<usize> = Vec::new();
        for version in heard {
            let altered = match version {
                Ok(altered) => altered,
                Err(complaint) => {
                    complaints.push(complaint);
                    continue;
                }
            };
            control.checkpoint()?;
            heard_tracks.push(altered.place);
            let Some(original) = known.get(&collection.tracks[altered.place]) else { continue };
            let track = Track {
                preview_start: altered.preview_start,
                segments: altered.spectrogram.segment_count(SegmentGrid::default()),
                ..(*original).clone()
            };
            for ((system, found), typical) in systems.iter().zip(&mut found).zip(typical) {
                let query = system.describe(&track, &altered.spectrogram, spec.span);
                let rows = query.and_then(|query| system.representation.distances_from(&query)).unwrap_or_default();
                for ((row, found), typical) in rows.iter().zip(found).zip(*typical) {
                    let of_track = Found::of(altered.place, altered.alteration, row, &recordings, *typical);
                    if !of_track.first {
                        let nearest = nearest(row).and_then(|place| known.get(collection.tracks.get(place)?));
                        tracing::debug!(
                            system = system.name,
                            alteration = altered.alteration.name(),
                            track = %original.path.display(),
                            nearest = %nearest.map(|track| track.path.display().to_string()).unwrap_or_default(),
                            "another track is nearer than the original"
                        );
                    }
                    found.push(of_track);
                }
            }
        }
        heard_tracks.dedup();
        tracks += heard_tracks.len();
        report.progress(Progress::new("Looking for altered tracks", (block * BLOCK + part.len()) as u64, total));
    }
    not_run.extend(complained(&complaints));
    not_run.extend(systems.iter().filter(|system| system.listens_to_the_side()).map(|system| NotRun {
        what: format!("altered tracks by {}", system.name),
        why: "it listens to left and right, and altered tracks have one channel".to_owned(),
    }));
    if chosen.is_empty() {
        let why = format!("none of the tracks' files is there and shorter than {:.0} minutes", LONGEST_S / 60.0);
        not_run.push(NotRun { what: "robustness".to_owned(), why });
    }
    let of_system = |found: &Vec<Vec<Found>>| -> Vec<Vec<Score>> {
        found.iter().map(|found| robustness(found, collection, spec.seed)).collect()
    };
    Ok(Looked { tracks, scores: found.iter().map(of_system).collect(), not_run })
}

fn mp3_not_run(why: String) -> NotRun {
    NotRun { what: Alteration::Mp3.name().to_owned(), why }
}

/// What went wrong, once each: with the first reason and how often. A complaint tells whether MP3 alone failed.
fn complained(complaints: &[(bool, String)]) -> Vec<NotRun> {
    let of = |mp3: bool| -> Option<NotRun> {
        let mut reasons = complaints.iter().filter(|(of_mp3, _)| *of_mp3 == mp3);
        let (_, first) = reasons.next()?;
        let why = match reasons.count() {
            0 => first.clone(),
            more => format!("{first}; and {more} more"),
        };
        let what = if mp3 { format!("{} of some tracks", Alteration::Mp3.name()) } else { "some tracks".to_owned() };
        Some(NotRun { what, why })
    };
    [of(true), of(false)].into_iter().flatten().collect()
}

/// The tracks to alter: place in the collection and a file that is there.
fn chosen(
    context: &Context,
    spec: &EvaluateSpec,
    collection: &Collection,
    known: &HashMap<TrackId, &Track>,
) -> Result<Vec<(usize, PathBuf)>, JobError> {
    let mut places: Vec<usize> = (0..collection.len()).collect();
    places.shuffle(&mut ChaCha8Rng::seed_from_u64(spec.seed));
    let mut chosen = Vec::new();
    for place in places {
        let id = collection.tracks[place];
        if chosen.len() == TRACKS || known.get(&id).is_none_or(|track| track.duration_s > LONGEST_S) {
            continue;
        }
        let path = context.library.existing_path(id).map_err(|error| error.doing(DOING))?;
        chosen.extend(path.map(|path| (place, path)));
    }
    chosen.sort_unstable();
    Ok(chosen)
}

/// Every version of one track.
fn versions(
    place: usize,
    path: &Path,
    short: bool,
    seed: u64,
    encoder: Option<&Encoder>,
) -> Vec<Result<Altered, (bool, String)>> {
    let samples = match samples(path) {
        Ok(samples) => samples,
        Err(reason) => return vec![Err((false, reason))],
    };
    let version = |alteration: Alteration| -> Option<Result<Altered, (bool, String)>> {
        let altered = match (alteration, encoder) {
            (Alteration::Mp3, None) => return None,
            (Alteration::Mp3, Some(encoder)) => match encoder.again(path, samples.len()) {
                Ok(samples) => samples,
                Err(reason) => return Some(Err((true, reason))),
            },
            _ => alteration.apply(&samples, seed.wrapping_add(place as u64)),
        };
        let analysed = analyse(&altered, short).map_err(|error| (false, chain(&error)));
        Some(analysed.map(|(spectrogram, preview_start)| Altered { place, alteration, spectrogram, preview_start }))
    };
    Alteration::ALL.into_iter().filter_map(version).collect()
}

/// The spectrogram, and where the 30-second view starts: at the start of a `short` track.
fn analyse(samples: &[f32], short: bool) -> Result<(Spectrogram, usize), DspError> {
    if short {
        return Ok((log_mel(samples)?, 0));
    }
    let mut analyser = Analyser::new();
    analyser.push(samples);
    let features = analyser.finish()?;
    Ok((features.spectrogram, features.preview_start))
}

/// The mono samples of a file, all at once.
fn samples(path: &Path) -> Result<Vec<f32>, String> {
    let failed = |error: crate::audio::AudioError| format!("{}: {}", chain(&error), path.display());
    let mut reader = AudioReader::open(path).map_err(failed)?;
    let mut samples = Vec::new();
    while let Some(block) = reader.next_block().map_err(failed)? {
        samples.extend_from_slice(block);
    }
    Ok(samples)
}

/// A program that encodes MP3.
struct Encoder {
    program: PathBuf,
    is_ffmpeg: bool,
}

impl Encoder {
    fn find() -> Option<Self> {
        let folders = std::env::var_os("PATH")?;
        let find = |name: &str| {
            let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            std::env::split_paths(&folders).map(|folder| folder.join(&name)).find(|path| path.is_file())
        };
        let ffmpeg = find("ffmpeg").map(|program| Self { program, is_ffmpeg: true });
        ffmpeg.or_else(|| find("lame").map(|program| Self { program, is_ffmpeg: false }))
    }

    /// The file encoded at 64 kbit/s in as many channels as it has, and decoded again; as many samples as before, for not
    /// every encoder writes down how much it pads.
    fn again(&self, path: &Path, length: usize) -> Result<Vec<f32>, String> {
        let failed = |error: std::io::Error| format!("{error}: {}", self.program.display());
        let folder = tempfile::tempdir().map_err(failed)?;
        let out = folder.path().join("again.mp3");
        let mut command = Command::new(&self.program);
        if self.is_ffmpeg {
            command.args(["-v", "error", "-nostdin", "-y", "-i"]).arg(path);
            command.args(["-map", "0:a:0", "-codec:a", "libmp3lame", "-b:a", "64k"]).arg(&out);
        } else {
            command.args(["--quiet", "-b", "64", "--cbr"]).arg(path).arg(&out);
        }
        let ended = command.stdin(Stdio::null()).output().map_err(failed)?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            let said = said.lines().last().unwrap_or("it does not say why").trim().to_owned();
            return Err(format!("{} failed on {}: {said}", self.program.display(), path.display()));
        }
        let mut samples = samples(&out)?;
        samples.resize(length, 0.0);
        Ok(samples)
    }
}
