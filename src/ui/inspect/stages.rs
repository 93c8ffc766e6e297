//! The stages of a track's way through the network, as matrices to draw. Made once per inspection.

use std::sync::Arc;

use crate::domain::{FRAMES_PER_SECOND, SAMPLE_RATE, SegmentGrid};
use crate::jobs::message::{Flow, Inspection};
use crate::render::Matrix;

/// What the large picture and the last image show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Picture {
    #[default]
    Input,
    Reconstruction,
    /// The absolute difference of the two.
    Error,
}

impl Picture {
    pub const ALL: [Self; 3] = [Self::Input, Self::Reconstruction, Self::Error];

    pub fn title(self) -> &'static str {
        match self {
            Self::Input => "Input",
            Self::Reconstruction => "Reconstruction",
            Self::Error => "Error",
        }
    }

    /// What the picture is, in one line.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Input => "What the network sees: frames × mel bands.",
            Self::Reconstruction => "What the network gives back: the picture it can draw from the encoding alone.",
            Self::Error => "The absolute difference of input and reconstruction: what the encoding threw away.",
        }
    }
}

/// A stage with one row per segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    HiddenIn,
    Encoding,
    HiddenOut,
    Embedding,
}

impl Layer {
    pub fn title(self) -> &'static str {
        match self {
            Self::HiddenIn | Self::HiddenOut => "Hidden",
            Self::Encoding => "Encoding",
            Self::Embedding => "Embedding",
        }
    }

    /// What the layer is, in one line.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::HiddenIn => "The layer before the bottleneck: the first step from picture to code.",
            Self::Encoding => "The bottleneck: everything the network keeps of a segment.",
            Self::HiddenOut => "The layer after the bottleneck: the first step back to a picture.",
            Self::Embedding => "The encoding after phase 2: the point that similarity compares.",
        }
    }
}

/// An inspection as pictures.
#[derive(Debug, Clone)]
pub struct Stages {
    /// The inspection they were made from.
    pub source: Arc<Inspection>,
    pub grid: SegmentGrid,
    /// Frames of the whole span × bands.
    pub input: Matrix,
    pub reconstruction: Matrix,
    pub error: Matrix,
    /// Segments × units.
    hidden_in: Matrix,
    encoding: Matrix,
    hidden_out: Matrix,
    embedding: Matrix,
    /// Segments × segments: how near their points are, as distances below 0.
    alike: Matrix,
}

impl Stages {
    /// `None` where the arrays do not have the shapes that the flow states.
    pub fn new(source: Arc<Inspection>) -> Option<Self> {
        let flow = &source.flow;
        let grid = grid_of(flow);
        let size = flow.segments * flow.frames * flow.bands;
        if flow.input.len() != size || flow.reconstruction.len() != size || size == 0 {
            return None;
        }
        let input = join(flow, grid, &flow.input);
        let reconstruction = join(flow, grid, &flow.reconstruction);
        let error: Vec<f32> = input.iter().zip(&reconstruction).map(|(a, b)| (a - b).abs()).collect();
        let frames = input.len() / flow.bands;
        let stack = |values: &Vec<f32>, units| Matrix::new(flow.segments, units, values.clone());
        Some(Self {
            grid,
            input: Matrix::new(frames, flow.bands, input)?,
            reconstruction: Matrix::new(frames, flow.bands, reconstruction)?,
            error: Matrix::new(frames, flow.bands, error)?,
            hidden_in: stack(&flow.hidden_in, flow.hidden_dims[0])?,
            encoding: stack(&flow.encoding, flow.encoding_dim)?,
            hidden_out: stack(&flow.hidden_out, flow.hidden_dims[1])?,
            embedding: stack(&flow.embedding, flow.embedding_dim)?,
            alike: Matrix::new(flow.segments, flow.segments, nearness(&flow.embedding, flow.embedding_dim))?,
            source,
        })
    }

    pub fn layer(&self, layer: Layer) -> &Matrix {
        match layer {
            Layer::HiddenIn => &self.hidden_in,
            Layer::Encoding => &self.encoding,
            Layer::HiddenOut => &self.hidden_out,
            Layer::Embedding => &self.embedding,
        }
    }

    /// How near any two segments of the track are: segments × segments, distances below 0, so that more is nearer.
    pub fn alike(&self) -> &Matrix {
        &self.alike
    }

    /// The frames of one segment of a picture, row by row.
    pub fn segment_values(&self, picture: Picture, row: usize) -> &[f32] {
        let flow = &self.source.flow;
        let size = flow.frames * flow.bands;
        let all = if picture == Picture::Reconstruction { &flow.reconstruction } else { &flow.input };
        all.get(row * size..(row + 1) * size).unwrap_or_default()
    }

    pub fn picture(&self, picture: Picture) -> &Matrix {
        match picture {
            Picture::Input => &self.input,
            Picture::Reconstruction => &self.reconstruction,
            Picture::Error => &self.error,
        }
    }

    /// Segments shown.
    pub fn segments(&self) -> usize {
        self.source.flow.segments
    }

    /// Where the picture starts, in seconds of the track.
    pub fn start_s(&self) -> f64 {
        self.grid.start_s(self.source.offset)
    }

    /// How long the picture is, in seconds.
    pub fn length_s(&self) -> f64 {
        self.input.rows() as f64 / FRAMES_PER_SECOND as f64
    }

    /// The row of a segment counted in the whole track, moved into the picture.
    pub fn row_of(&self, segment: usize) -> usize {
        segment.saturating_sub(self.source.offset).min(self.segments() - 1)
    }

    /// The segment of the whole track in a row.
    pub fn segment_of(&self, row: usize) -> usize {
        self.source.offset + row
    }

    /// From when to when a row's segment sounds, in seconds of the track.
    pub fn seconds_of(&self, row: usize) -> (f64, f64) {
        let start = self.grid.start_s(self.segment_of(row));
        (start, start + self.grid.length_s())
    }

    /// The row whose middle is nearest to `seconds` of the track.
    pub fn row_at(&self, seconds: f64) -> usize {
        let hop = self.grid.hop as f64 / FRAMES_PER_SECOND as f64;
        let row = ((seconds - self.start_s() - self.grid.length_s() / 2.0) / hop).round();
        (row.max(0.0) as usize).min(self.segments() - 1)
    }

    /// Cosine similarity of input and reconstruction of a row.
    pub fn accuracy(&self, row: usize) -> Option<f32> {
        self.source.flow.accuracy.get(row).copied()
    }

    /// The mean over all rows.
    pub fn mean_accuracy(&self) -> Option<f32> {
        let all = &self.source.flow.accuracy;
        (!all.is_empty()).then(|| all.iter().sum::<f32>() / all.len() as f32)
    }
}

/// The grid the model cut the track by: the published layouts are told apart by the length of their segments.
fn grid_of(flow: &Flow) -> SegmentGrid {
    let three = SegmentGrid::THREE_SECONDS;
    if flow.frames == three.frames { three } else { SegmentGrid { frames: flow.frames, hop: (flow.frames / 2).max(1) } }
}

/// Joins segments to one picture; where they overlap, to their mean.
fn join(flow: &Flow, grid: SegmentGrid, segments: &[f32]) -> Vec<f32> {
    let frames = flow.segments.saturating_sub(1) * grid.hop + flow.frames;
    let mut sums = vec![0.0; frames * flow.bands];
    let mut counts = vec![0.0_f32; frames];
    for (row, segment) in segments.chunks_exact(flow.frames * flow.bands).enumerate() {
        let start = row * grid.hop;
        for (frame, values) in segment.chunks_exact(flow.bands).enumerate() {
            counts[start + frame] += 1.0;
            let sums = &mut sums[(start + frame) * flow.bands..(start + frame + 1) * flow.bands];
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
    for (values, count) in sums.chunks_exact_mut(flow.bands).zip(counts) {
        values.iter_mut().for_each(|value| *value /= count.max(1.0));
    }
    sums
}

/// Distances below 0 of every point to every point.
fn nearness(values: &[f32], dim: usize) -> Vec<f32> {
    let points = || values.chunks_exact(dim.max(1));
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
    points().flat_map(|a| points().map(move |b| -distance(a, b))).collect()
}

/// The centre of mel band `band` of `bands`, in Hz: bands evenly spaced from 0 Hz to half the sample rate on Slaney's
/// mel scale (Auditory Toolbox, 1998), which is linear up to 1 kHz and logarithmic above.
pub fn band_centre_hz(band: usize, bands: usize) -> f64 {
    const LINEAR: f64 = 200.0 / 3.0;
    const BREAK_HZ: f64 = 1_000.0;
    let log_step = 6.4_f64.ln() / 27.0;
    let break_mel = BREAK_HZ / LINEAR;
    let top = break_mel + (f64::from(SAMPLE_RATE) / 2.0 / BREAK_HZ).ln() / log_step;
    let mel = top * (band + 1) as f64 / (bands + 1) as f64;
    if mel < break_mel { mel * LINEAR } else { BREAK_HZ * ((mel - break_mel) * log_step).exp() }
}

/// A frequency for people: "440 Hz", "3.2 kHz".
pub fn hertz(hz: f64) -> String {
    if hz < 1_000.0 { format!("{hz:.0} Hz") } else { format!("{:.1} kHz", hz / 1_000.0) }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::domain::TrackId;
    use crate::jobs::message::Subject;

    fn flow(segments: usize, frames: usize) -> Flow {
        let bands = 2;
        let hop = frames / 2;
        let value = |i: usize| {
            let (row, rest) = (i / (frames * bands), i % (frames * bands));
            (row * hop * bands + rest) as f32
        };
        let input: Vec<f32> = (0..segments * frames * bands).map(value).collect();
        Flow {
            segments,
            frames,
            bands,
            reconstruction: input.iter().map(|value| value + 0.5).collect(),
            input,
            hidden_in: vec![0.0; segments * 3],
            encoding: vec![0.0; segments * 3],
            hidden_out: vec![0.0; segments * 3],
            embedding: vec![0.0; segments * 2],
            hidden_dims: [3, 3],
            encoding_dim: 3,
            embedding_dim: 2,
            accuracy: vec![0.5, 1.0, 0.75],
        }
    }

    fn stages(offset: usize) -> Stages {
        let inspection =
            Inspection { subject: Subject::Track(TrackId(1)), model: "m".into(), offset, flow: flow(3, 200) };
        Stages::new(Arc::new(inspection)).unwrap()
    }

    #[test]
    fn overlapping_segments_join_to_the_picture_they_were_cut_from() {
        let stages = stages(5);
        assert_eq!((stages.input.rows(), stages.input.columns()), (400, 2));
        let expected: Vec<f32> = (0..800).map(|i| i as f32).collect();
        assert_eq!(stages.input.values(), expected);
        assert!(stages.error.values().iter().all(|error| *error == 0.5));
    }

    #[test]
    fn near_segments_are_alike() {
        assert_eq!(nearness(&[0.0, 0.0, 3.0, 4.0], 2), [0.0, -5.0, -5.0, 0.0]);
        let stages = stages(0);
        assert_eq!((stages.alike().rows(), stages.alike().columns()), (3, 3));
        assert_eq!(stages.segment_values(Picture::Reconstruction, 1)[0], 100.0 * 2.0 + 0.5);
    }

    #[test]
    fn rows_segments_and_seconds_agree() {
        let stages = stages(5);
        assert_eq!(stages.start_s(), 10.0);
        assert_eq!(stages.length_s(), 8.0);
        assert_eq!(stages.seconds_of(2), (14.0, 18.0));
        assert_eq!((0..3).map(|row| stages.row_of(stages.segment_of(row))).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((stages.row_of(0), stages.row_of(99)), (0, 2));
        assert_eq!((stages.row_at(0.0), stages.row_at(12.0), stages.row_at(14.2), stages.row_at(99.0)), (0, 0, 1, 2));
        assert_eq!(stages.mean_accuracy(), Some(0.75));
    }

    #[test]
    fn arrays_that_do_not_fit_their_shape_are_refused() {
        let mut flow = flow(3, 200);
        flow.encoding.pop();
        let inspection = Inspection { subject: Subject::Track(TrackId(1)), model: "m".into(), offset: 0, flow };
        assert!(Stages::new(Arc::new(inspection)).is_none());
    }

    /// `librosa.mel_frequencies(62, fmin=0, fmax=11025)[1:-1]`, librosa 0.11.
    #[test]
    fn band_centres_are_those_of_slaney() {
        let golden = [
            (0, 54.547_1),
            (1, 109.094_2),
            (14, 818.206_5),
            (15, 872.753_6),
            (20, 1_161.880_1),
            (30, 2_039.227_3),
            (45, 4_741.569_4),
            (59, 10_421.930_3),
        ];
        for (band, hz) in golden {
            assert_relative_eq!(band_centre_hz(band, 60), hz, epsilon = 0.001);
        }
    }
}
