//! Inference: from a spectrogram to its encoding and embedding.

use std::ops::Range;
use std::path::Path;

use burn::tensor::Tensor;

use super::dense::{Autoencoder, Statistics, embedding_layer};
use super::{Activations, ComputeDevice, Dense, Flow, ModelConfig, ModelError, Network, context, inputs, network};
use crate::domain::{Embedding, Encoding, SegmentGrid, Spectrogram, Trajectory};

/// Segments sent through the network at once: bounds the memory a long track takes.
const CHUNK: usize = 128;

/// A trained network on a device. Share it between threads.
#[derive(Debug)]
pub struct Embedder {
    pub(super) config: ModelConfig,
    pub(super) network: Box<dyn Network>,
    pub(super) device: ComputeDevice,
}

impl Embedder {
    /// Reads the model in `folder` onto a device.
    ///
    /// # Errors
    /// [`ModelError::Io`] and [`ModelError::Damaged`]
    pub fn load(folder: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let config = ModelConfig::read(folder)?;
        let network = network::read(folder, &config, &device.device)?;
        Ok(Self { config, network, device: device.clone() })
    }

    /// A network with the weights that training would start from, had it seen no music yet: what a random projection
    /// of that shape is worth.
    pub fn untrained(config: ModelConfig, seed: u64, device: &ComputeDevice) -> Self {
        let size = config.segment_len();
        // Values lie between 0 and 1, so this is the longest a segment can be.
        let statistics = Statistics { mean: vec![0.0; size], spread: (size as f32).sqrt() };
        let autoencoder = Autoencoder::new(&config, &statistics, seed, &device.device);
        let embedding = embedding_layer(&config, 1.0, seed, &device.device);
        Self { config, network: Box::new(Dense { autoencoder, embedding }), device: device.clone() }
    }

    /// How the model cuts a spectrogram.
    pub fn grid(&self) -> SegmentGrid {
        self.config.grid
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Encoding and embedding of a whole track, a point a segment. A network that listens to the side takes it beside the
    /// middle: [`Spectrogram::beside`].
    ///
    /// # Errors
    /// [`ModelError::Shape`] where the spectrogram is shorter than a segment or of other bands.
    pub fn embed(&self, spectrogram: &Spectrogram) -> Result<(Encoding, Embedding), ModelError> {
        let count = self.count(spectrogram)?;
        let (encodings, mut embeddings) = self.segments(spectrogram, 0..count)?;
        context::hear(&mut embeddings, self.config.embedding, self.config.grid, self.config.context);
        let path = |dim, values| Trajectory::new(dim, values).map_err(|_| ModelError::NonFinite);
        Ok((Encoding(path(self.config.encoding, encodings)?), Embedding(path(self.config.embedding, embeddings)?)))
    }

    /// Every stage of the given segments.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub fn flow(&self, spectrogram: &Spectrogram, segments: Range<usize>) -> Result<Flow, ModelError> {
        let count = self.count(spectrogram)?;
        let segments = segments.start.min(count)..segments.end.min(count);
        let size = self.config.segment_len();
        let mut flow = Flow {
            segments: segments.len(),
            frames: self.config.grid.frames,
            bands: self.config.bands,
            input: Vec::new(),
            hidden_in: Vec::new(),
            encoding: Vec::new(),
            hidden_out: Vec::new(),
            reconstruction: Vec::new(),
            embedding: Vec::new(),
            hidden_dims: [0, 0],
            encoding_dim: self.config.encoding,
            embedding_dim: self.config.embedding,
            accuracy: Vec::new(),
        };
        for start in segments.clone().step_by(CHUNK) {
            let chunk = start..(start + CHUNK).min(segments.end);
            let input = self.input(spectrogram, chunk.clone())?;
            let Activations { hidden_in, encoding, hidden_out, output } = self.network.forward(input);
            let embedding = self.network.embed(encoding.clone());
            flow.hidden_dims = [hidden_in.dims()[1], hidden_out.dims()[1]];
            for index in chunk {
                let segment = spectrogram.segment(self.config.grid, index).unwrap_or(&[]);
                flow.input.extend(inputs::target(segment, &self.config));
            }
            flow.hidden_in.extend(values(hidden_in)?);
            flow.encoding.extend(values(encoding)?);
            flow.hidden_out.extend(values(hidden_out)?);
            flow.reconstruction.extend(values(output)?);
            flow.embedding.extend(values(embedding)?);
        }
        flow.embedding = self.in_context(spectrogram, segments, count, flow.embedding)?;
        let rows = flow.input.chunks_exact(size).zip(flow.reconstruction.chunks_exact(size));
        flow.accuracy = rows.map(|(input, output)| cosine(input, output)).collect();
        Ok(flow)
    }

    /// Encodings and points of some segments, each by itself.
    fn segments(&self, spectrogram: &Spectrogram, segments: Range<usize>) -> Result<(Vec<f32>, Vec<f32>), ModelError> {
        let (mut encodings, mut points) = (Vec::new(), Vec::new());
        for start in segments.clone().step_by(CHUNK) {
            let input = self.input(spectrogram, start..(start + CHUNK).min(segments.end))?;
            let encoding = self.network.encode(input);
            points.extend(values(self.network.embed(encoding.clone()))?);
            encodings.extend(values(encoding)?);
        }
        Ok((encodings, points))
    }

    /// The points of some segments of a track of `count`, given by itself each, in the context of those around them.
    fn in_context(
        &self,
        spectrogram: &Spectrogram,
        segments: Range<usize>,
        count: usize,
        points: Vec<f32>,
    ) -> Result<Vec<f32>, ModelError> {
        let (dim, weight) = (self.config.embedding, self.config.context);
        if weight <= 0.0 {
            return Ok(points);
        }
        let reach = context::reach(self.config.grid);
        let first = segments.start.saturating_sub(reach);
        let (_, mut around) = self.segments(spectrogram, first..segments.start)?;
        around.extend(points);
        around.extend(self.segments(spectrogram, segments.end..(segments.end + reach).min(count))?.1);
        context::hear(&mut around, dim, self.config.grid, weight);
        Ok(around[(segments.start - first) * dim..(segments.end - first) * dim].to_vec())
    }

    fn count(&self, spectrogram: &Spectrogram) -> Result<usize, ModelError> {
        let count = spectrogram.segment_count(self.config.grid);
        if count == 0 || spectrogram.bands() != self.config.source_bands() {
            return Err(ModelError::Shape {
                frames: spectrogram.frames(),
                bands: spectrogram.bands(),
                needed: self.config.grid.frames,
                model_bands: self.config.source_bands(),
            });
        }
        Ok(count)
    }

    fn input(&self, spectrogram: &Spectrogram, segments: Range<usize>) -> Result<Tensor<2>, ModelError> {
        let rows = segments.len();
        let mut values = Vec::with_capacity(rows * self.config.source_len());
        for index in segments {
            let segment = spectrogram.segment(self.config.grid, index).ok_or(ModelError::Shape {
                frames: spectrogram.frames(),
                bands: spectrogram.bands(),
                needed: self.config.grid.frames_of(index).end,
                model_bands: self.config.source_bands(),
            })?;
            values.extend_from_slice(segment);
        }
        Ok(inputs::tensor(values, &self.config, &self.device.device))
    }
}

/// Reads a tensor back, row by row.
pub(super) fn values(tensor: Tensor<2>) -> Result<Vec<f32>, ModelError> {
    let data = tensor.try_into_data().map_err(|error| ModelError::Device(format!("{error:?}")))?;
    data.try_to_vec::<f32>().map_err(|error| ModelError::Device(format!("{error:?}")))
}

/// Cosine similarity; 0 where either side is silence.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let (mut dot, mut aa, mut bb) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (f64::from(*x), f64::from(*y));
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    if aa > 0.0 && bb > 0.0 { (dot / (aa * bb).sqrt()) as f32 } else { 0.0 }
}
