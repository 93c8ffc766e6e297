//! The log-mel spectrogram of a track.

use super::SegmentGrid;

/// A log-mel spectrogram, scaled to 0..1, row by row: `frames` × `bands`, so that a segment is one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    frames: usize,
    bands: usize,
    values: Vec<f32>,
}

/// Why a spectrogram was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpectrogramError {
    /// The values do not fill `frames` × `bands`.
    #[error("{len} values cannot fill {frames} frames of {bands} mel bands")]
    Shape { frames: usize, bands: usize, len: usize },
    /// A value is infinite or not a number.
    #[error("the spectrogram has a non-finite value in frame {frame}")]
    NonFinite { frame: usize },
}

impl Spectrogram {
    /// Takes `values` of shape `frames` × `bands`, row by row. A first frame that alone is not finite is trimmed.
    ///
    /// # Errors
    /// [`SpectrogramError`] where the shape is wrong or a later value is not finite.
    pub fn new(frames: usize, bands: usize, mut values: Vec<f32>) -> Result<Self, SpectrogramError> {
        if bands == 0 || values.len() != frames * bands {
            return Err(SpectrogramError::Shape { frames, bands, len: values.len() });
        }
        let mut frames = frames;
        let bad = |values: &[f32]| values.iter().position(|value| !value.is_finite());
        if let Some(index) = bad(&values) {
            if let Some(later) = bad(&values[bands.min(values.len())..]) {
                return Err(SpectrogramError::NonFinite { frame: later / bands + 1 });
            }
            debug_assert!(index < bands);
            values.drain(..bands);
            frames -= 1;
        }
        Ok(Self { frames, bands, values })
    }

    /// Every frame with the bands of `other` after its own.
    ///
    /// # Errors
    /// [`SpectrogramError::Shape`] where the other has another number of frames.
    pub fn beside(&self, other: &Self) -> Result<Self, SpectrogramError> {
        let bands = self.bands + other.bands;
        if other.frames != self.frames {
            return Err(SpectrogramError::Shape {
                frames: self.frames,
                bands,
                len: self.values.len() + other.values.len(),
            });
        }
        let frames = self.values.chunks_exact(self.bands).zip(other.values.chunks_exact(other.bands));
        let values = frames.flat_map(|(own, beside)| own.iter().chain(beside).copied()).collect();
        Ok(Self { frames: self.frames, bands, values })
    }

    /// Frames, 50 a second.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Mel bands of a frame, low to high.
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// All values, frame by frame.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Segment `index` of `grid` as a slice of `grid.frames` × `bands` values; `None` past the end.
    pub fn segment(&self, grid: SegmentGrid, index: usize) -> Option<&[f32]> {
        let frames = grid.frames_of(index);
        self.values.get(frames.start * self.bands..frames.end * self.bands)
    }

    /// Segments of `grid` that fit.
    pub fn segment_count(&self, grid: SegmentGrid) -> usize {
        grid.count(self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stand_beside_each_other() {
        let one = Spectrogram::new(2, 1, vec![0.1, 0.2]).unwrap();
        let two = Spectrogram::new(2, 2, vec![0.3, 0.4, 0.5, 0.6]).unwrap();
        let both = one.beside(&two).unwrap();
        assert_eq!((both.frames(), both.bands(), both.values()), (2, 3, &[0.1, 0.3, 0.4, 0.2, 0.5, 0.6][..]));
        assert!(one.beside(&Spectrogram::new(1, 2, vec![0.3, 0.4]).unwrap()).is_err());
    }

    #[test]
    fn only_a_bad_first_frame_is_trimmed() {
        let mut values = vec![0.5; 6];
        values[1] = f32::NAN;
        assert_eq!(Spectrogram::new(3, 2, values.clone()).unwrap().frames(), 2);
        values[4] = f32::INFINITY;
        assert_eq!(Spectrogram::new(3, 2, values), Err(SpectrogramError::NonFinite { frame: 2 }));
        assert!(matches!(Spectrogram::new(3, 2, vec![0.0; 5]), Err(SpectrogramError::Shape { .. })));
    }
}
