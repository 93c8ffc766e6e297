//! What is told of a network's inside: units, made-up encodings, pictures heard, two tracks in one plane.

use std::path::PathBuf;

use super::WeightPictures;
use crate::domain::{DeviceChoice, SegmentGrid, TrackId, Trajectory};

/// Two tracks as curves in one plane. The first of each pair is the query's.
#[derive(Debug, Clone, PartialEq)]
pub struct PairOutput {
    pub query: Trajectory,
    pub target: Trajectory,
    /// The points in the plane of their largest spread, in the units of the embedding.
    pub positions: [Vec<[f32; 2]>; 2],
    /// Share of the points' variance that the plane shows.
    pub kept: f32,
    /// Segment of the whole track that the first point stands for.
    pub offsets: [usize; 2],
    pub grid: SegmentGrid,
}

/// An encoding that someone made up.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawSpec {
    pub model: String,
    /// N values.
    pub encoding: Vec<f32>,
    pub device: DeviceChoice,
}

/// What a decoder draws of an encoding.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    pub encoding: Vec<f32>,
    /// Frames × bands of `values`.
    pub frames: usize,
    pub bands: usize,
    pub values: Vec<f32>,
}

/// A spectrogram to be heard: frames × bands, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundSpec {
    pub title: String,
    pub frames: usize,
    pub bands: usize,
    pub values: Vec<f32>,
}

/// A spectrogram as sound.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundFile {
    pub title: String,
    pub path: PathBuf,
    pub seconds: f64,
    /// How far the sound's magnitudes are from those wanted, relative to them.
    pub convergence: f32,
}

/// A layer whose units are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitLayer {
    HiddenIn,
    Encoding,
    HiddenOut,
    Embedding,
}

/// A segment with what was measured of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrongSegment {
    pub track: TrackId,
    /// Segment of the whole track.
    pub segment: usize,
    pub value: f32,
}

/// What a unit does over many tracks.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitUse {
    pub mean: f32,
    pub deviation: f32,
    /// Whether it says anything: its values differ between segments.
    pub used: bool,
    /// The segments that drive it highest, one a track, highest first.
    pub strongest: Vec<StrongSegment>,
}

/// The units of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerUse {
    pub layer: UnitLayer,
    pub units: Vec<UnitUse>,
}

/// What the units of a network look for, draw, and do with the library.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitsOutput {
    pub model: String,
    pub weights: Vec<WeightPictures>,
    pub layers: Vec<LayerUse>,
    /// Tracks that were heard, of so many in the library.
    pub tracks: usize,
    pub of: usize,
    pub grid: SegmentGrid,
}
