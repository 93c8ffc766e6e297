//! A window without a screen: the views drawn over a made-up library, and what they ask for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use songline::domain::{ContentHash, Key, Metric, Progress, SegmentGrid, Tags, Track, TrackId, Waveform};
use songline::jobs::message::{
    Explanation, ExplanationOutput, JobCommand, JobEvent, JobId, JobOutput, JobSpec, LibrarySnapshot, MapLayout,
    MapPoint, MapSettings, Meeting, ModelSummary, PlacedTrajectory, Recommendation, Recommendations, Region,
    RegionKind, Sketch,
};
use songline::settings::Settings;
use songline::state::{AppCommand, AppState, Effect, Session};
use songline::ui::Ui;

/// The views with their state, and all they asked for.
pub struct Window {
    pub state: AppState,
    views: Option<Ui>,
    pub asked: Vec<AppCommand>,
    pub effects: Vec<Effect>,
}

impl Window {
    /// A window over `tracks` made-up tracks whose model has embedded them all.
    pub fn new(settings: Settings, tracks: usize) -> Self {
        let mut window = Self::before_reading(settings);
        window.answer(JobOutput::Library(Box::new(library(tracks))));
        window
    }

    /// A window whose library was not read yet.
    pub fn before_reading(settings: Settings) -> Self {
        let mut state = AppState::new(settings, Session::default());
        let effects = state.start();
        Self { state, views: None, asked: Vec::new(), effects }
    }

    /// One frame.
    pub fn frame(&mut self, ui: &mut egui::Ui) {
        let views = self.views.get_or_insert_with(|| Ui::new(ui.ctx()));
        for command in views.show(ui, &self.state) {
            self.asked.push(command.clone());
            self.effects.extend(self.state.apply(command));
        }
    }

    /// Does what a view would ask for.
    pub fn ask(&mut self, command: AppCommand) {
        let effects = self.state.apply(command);
        self.effects.extend(effects);
    }

    /// The newest job that fits, as it was started.
    pub fn job(&self, fits: impl Fn(&JobSpec) -> bool) -> JobId {
        let started = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Job(JobCommand::Start { id, spec }) if fits(spec) => Some(*id),
            _ => None,
        });
        started.expect("no such job was started")
    }

    pub fn progress(&mut self, id: JobId, progress: Progress) {
        let effects = self.state.on_job(JobEvent::Progress { id, progress });
        self.effects.extend(effects);
    }

    /// Ends a job with its result.
    pub fn finish(&mut self, id: JobId, output: JobOutput) {
        let effects = self.state.on_job(JobEvent::Finished { id, result: Ok(output) });
        self.effects.extend(effects);
    }

    /// Answers the newest job that gives `output`.
    pub fn answer(&mut self, output: JobOutput) {
        let id = self.job(|spec| answers(spec, &output));
        self.finish(id, output);
    }

    /// Answers the map and, with a track selected, recommendations and their ways over the map.
    pub fn answer_all(&mut self, recommended: usize) {
        let layout = layout(&self.state);
        self.answer(JobOutput::Mapped(Arc::new(layout)));
        if self.state.selected().is_some() {
            self.answer_results(recommended);
        }
    }

    /// Answers the newest search, and places the ways of what was found.
    pub fn answer_results(&mut self, recommended: usize) {
        if let Some(selected) = self.state.selected() {
            self.answer(JobOutput::Recommended {
                recommendations: Arc::new(recommendations(&self.state, selected, recommended)),
                file: None,
            });
            let ways = ways(&self.state);
            self.answer(JobOutput::Placed(ways));
        }
    }
}

fn answers(spec: &JobSpec, output: &JobOutput) -> bool {
    matches!(
        (spec, output),
        (JobSpec::ReadLibrary, JobOutput::Library(_))
            | (JobSpec::BuildMap { .. }, JobOutput::Mapped(_))
            | (JobSpec::Recommend(_), JobOutput::Recommended { .. })
            | (JobSpec::PlaceTrajectories { .. }, JobOutput::Placed(_))
            | (JobSpec::Explain(_), JobOutput::Explained(_))
            | (JobSpec::ReadSketch { .. }, JobOutput::Sketch(_))
            | (JobSpec::PlanListening(_), JobOutput::ListeningPlanned(_))
            | (JobSpec::ReadListening { .. }, JobOutput::Listening { .. })
            | (JobSpec::KeepAnswers(_), JobOutput::Kept)
            | (JobSpec::LearnBlend { .. }, JobOutput::Lesson(_))
            | (JobSpec::Study(_), JobOutput::Studied { .. })
            | (JobSpec::ReadStudies, JobOutput::Studies(_))
            | (JobSpec::ReadPlaylists, JobOutput::Playlists(_))
            | (JobSpec::KeepPlaylists(_), JobOutput::PlaylistsKept)
            | (JobSpec::ReadPlaylistFile { .. }, JobOutput::PlaylistRead(_))
            | (JobSpec::CopyFiles { .. }, JobOutput::Copied(_))
            | (JobSpec::Walk(_), JobOutput::Walked(_))
    )
}

/// Fixed pseudo-random numbers from 0 to 1 (SplitMix64).
fn random(seed: u64) -> f32 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1 << 24) as f32
}

const GENRES: [&str; 10] =
    ["Ambient", "Techno", "Drum and bass", "Jazz", "Folk", "Baroque", "Hip hop", "House", "Dub", "Rock"];
const FIRST: [&str; 12] =
    ["Amber", "Slow", "Northern", "Glass", "Paper", "Quiet", "Electric", "Hollow", "Distant", "Salt", "Second", "Blue"];
const LAST: [&str; 11] =
    ["Harbour", "Signal", "Garden", "Machine", "River", "Lantern", "Orbit", "Season", "Window", "Static", "Field"];

fn genre_of(index: usize) -> usize {
    let weighted = (random(index as u64) * random(index as u64 + 9_000) * 14.0) as usize;
    weighted.min(GENRES.len() - 1)
}

/// A made-up track; the third has a very long title.
pub fn track(index: usize) -> Track {
    let r = |salt: u64| random(index as u64 * 31 + salt);
    let title = match index {
        2 => "Variations on a Theme Nobody Remembers, for Prepared Piano and Two Broken Tape Machines".to_owned(),
        _ => format!("{} {}", FIRST[index % FIRST.len()], LAST[(index * 7 / 3) % LAST.len()]),
    };
    let duration_s = 64.0 + f64::from(r(1)) * 300.0;
    Track {
        id: TrackId(index as i64 + 1),
        hash: ContentHash([index as u8; 32]),
        sound: ContentHash([index as u8; 32]),
        path: PathBuf::from(format!("/music/{index}.flac")),
        tags: Tags {
            title: Some(title),
            artist: (index % 17 != 5).then(|| format!("{} Ensemble", LAST[(index / 5) % LAST.len()])),
            album: Some(format!("{} Hours", FIRST[(index / 9) % FIRST.len()])),
            genre: (index % 23 != 7).then(|| GENRES[genre_of(index)].to_owned()),
            year: Some(1970 + (index % 50) as i32),
        },
        duration_s,
        segments: (duration_s / 2.0) as usize - 1,
        preview_start: 6,
        tempo: (index % 11 != 3).then(|| 70.0 + r(2) * 110.0),
        key: Key::from_index((r(3) * 26.0) as u8),
        loudness: Some(-14.0),
        damaged_packets: 0,
        added_at: 1_700_000_000 + index as i64,
    }
}

pub fn library(tracks: usize) -> LibrarySnapshot {
    LibrarySnapshot {
        hidden: Vec::new(),
        recordings: Vec::new(),
        root: PathBuf::from("/home/ada/.local/share/songline/library"),
        unwritable: false,
        features: Vec::new(),
        origins: Vec::new(),
        terms_accepted: false,
        left: Vec::new(),
        folders: Vec::new(),
        tracks: (0..tracks).map(|index| Arc::new(track(index))).collect(),
        failures: Vec::new(),
        models: vec![ModelSummary {
            name: "base-128".into(),
            architecture: "dense".into(),
            encoding: 128,
            embedding: 64,
            bundled: true,
            active: true,
            created_at: 0,
            encoding_accuracy: Some(0.94),
            triplet_accuracy: Some(0.97),
            retrieval: None,
            embedded: tracks,
            grid: SegmentGrid::default(),
        }],
    }
}

fn place(index: usize) -> [f32; 2] {
    let genre = genre_of(index) as f32;
    let (angle, far) = (genre * 2.4, 14.0 + genre * 2.5);
    let spread = |salt: u64| {
        let sum: f32 = (0..6).map(|part| random(index as u64 * 57 + salt + part)).sum();
        (sum - 3.0) * 6.5
    };
    [angle.cos() * far + spread(100), angle.sin() * far + spread(200)]
}

pub fn layout(state: &AppState) -> MapLayout {
    let point = |track: &Arc<Track>| {
        let [x, y] = place(track.id.0 as usize - 1);
        let cluster = genre_of(track.id.0 as usize - 1) as u16;
        let lost = (track.id.0 <= 180).then(|| random(track.id.0 as u64 + 40_000));
        MapPoint { track: track.id, x, y, approximate: track.id.0 > 180, cluster, lost }
    };
    let region = |name: &str, genre: usize| {
        let (angle, far) = (genre as f32 * 2.4, 14.0 + genre as f32 * 2.5);
        let position = [angle.cos() * far, angle.sin() * far];
        Region { name: name.into(), kind: RegionKind::Genre, position, having: 18, tracks: 20, elsewhere: 0.1 }
    };
    MapLayout {
        model: "base-128".into(),
        settings: MapSettings::default(),
        method: "t-SNE (exact)".into(),
        kl: Some(0.412),
        recall_10: Some(0.62),
        points: state.library.tracks.iter().map(point).collect(),
        regions: vec![region("Techno", 1), region("jazz", 3)],
    }
}

/// The nearest on the map, as if that were the distance of their sound.
pub fn recommendations(state: &AppState, query: TrackId, count: usize) -> Recommendations {
    let centre = place(query.0 as usize - 1);
    let mut all: Vec<(f32, TrackId)> = state
        .library
        .tracks
        .iter()
        .filter(|track| track.id != query)
        .map(|track| {
            let [x, y] = place(track.id.0 as usize - 1);
            let taste = 0.3 + random(track.id.0 as u64 + 77) * 1.7;
            ((x - centre[0]).hypot(y - centre[1]) * 0.021 * taste, track.id)
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let items = all.iter().take(count).enumerate().map(|(index, (distance, track))| {
        let near = |salt: u64| 1 + (index as f32 * (0.4 + random(track.0 as u64 + salt) * 1.8)) as u32;
        Recommendation {
            track: *track,
            distance: *distance,
            distances: [*distance, distance * 0.7, distance * 1.6, distance * 1.1, distance * 0.9],
            ranks: [index as u32 + 1, near(1), near(2), near(3), near(4)],
        }
    });
    Recommendations {
        seeds: vec![query],
        metric: Metric::Mean,
        items: items.collect(),
        compared: all.len(),
        filtered: 0,
        folded: vec![TrackId(199)],
        capped: 4,
        exact: true,
        stages: Vec::new(),
        took: Duration::from_micros(1_240),
    }
}

pub fn ways(state: &AppState) -> Vec<PlacedTrajectory> {
    let Some(results) = &state.query.results else { return Vec::new() };
    let tracks = results.seeds.iter().copied().chain(results.items.iter().take(5).map(|item| item.track));
    let way = |track: TrackId| {
        let [x, y] = place(track.0 as usize - 1);
        let positions = (0..14).map(|step| {
            let angle = step as f32 * 0.42 + track.0 as f32;
            let far = 2.0 + step as f32 * 0.5;
            [x + angle.cos() * far, y + angle.sin() * far]
        });
        let meeting = (track != results.seeds[0]).then_some(Meeting { first: 9, own: 12, distance: 0.2 });
        PlacedTrajectory { track: Some(track), offset: 6, positions: positions.collect(), meeting }
    };
    tracks.map(way).collect()
}

pub fn explanation(target: TrackId) -> ExplanationOutput {
    let n = 14;
    let distance = |row: usize, column: usize| {
        let wave = ((row as f32 * 0.9).sin() - (column as f32 * 0.8 + 0.4).sin()).abs();
        0.08 + wave * 0.22 + (row as f32 - column as f32).abs() * 0.03
    };
    let matrix: Vec<f32> = (0..n * n).map(|cell| distance(cell / n, cell % n)).collect();
    let path: Vec<(usize, usize)> = (0..n)
        .map(|step| (step, step))
        .flat_map(|(a, b)| if a == 5 { vec![(a, b), (a, b + 1)] } else { vec![(a, b)] })
        .collect();
    let best =
        path.iter().copied().min_by(|a, b| matrix[a.0 * n + a.1].total_cmp(&matrix[b.0 * n + b.1])).unwrap_or((0, 0));
    let explanation = Explanation {
        query_segments: n,
        target_segments: n,
        best_distance: matrix[best.0 * n + best.1],
        matrix,
        path,
        best,
    };
    ExplanationOutput { explanation, target, query_offset: 6, target_offset: 6, grid: SegmentGrid::default() }
}

pub fn sketch(track: TrackId) -> Sketch {
    let peaks = (0..1_000).map(|index| {
        let swell = ((index as f32 / 140.0).sin().abs() * 0.6 + 0.3) * 255.0;
        (swell * (0.5 + random(index) * 0.5)) as u8
    });
    Sketch { track, waveform: Waveform { peaks: peaks.collect() }, cover: None }
}
