//! The catalogues that are searched: made, or of a library's own embeddings.

use std::path::Path;

use memmap2::Mmap;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use songline::similarity::Curves;

use super::{DIM, POINTS, WIDTH};

/// Trajectories in a mapped file, as a library has them.
pub struct Mapped(Mmap);

impl Curves for Mapped {
    fn points(&self, place: usize) -> &[f32] {
        bytemuck::try_cast_slice(&self.0[place * WIDTH * 4..(place + 1) * WIDTH * 4]).unwrap_or_default()
    }
}

/// How tracks are made.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Clusters of tracks, and within a track half the spread there is between tracks. The widths of the axes are those of
    /// real music's embeddings: of the variance, 43, 74, 91 and 98 % lie on the first 8, 16, 24 and 32 axes; those of the
    /// bundled model's architecture on 739 tracks have 47, 72, 88 and 97 %.
    Clustered,
    /// The same with axes of widths that fall off as slowly as the root of their number: 75 % on the first 32.
    Slow,
    /// Nothing to hold on to: every point of every track is drawn from the same round cloud.
    Worst,
    /// Stretches of given embeddings, each moved a little.
    Corpus,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Clustered => "clustered",
            Self::Slow => "slow",
            Self::Worst => "worst",
            Self::Corpus => "corpus",
        }
    }
}

/// Nearly normal, of variance 1.
fn bell(random: &mut ChaCha8Rng) -> f32 {
    let bits: u64 = random.random();
    let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xFFFF).sum();
    (sum as f32 / 65_535.0 - 2.0) * 1.732_050_8
}

fn make(kind: Kind, place: usize, corpus: &[f32], out: &mut [f32]) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    random.set_stream(place as u64 + 1);
    match kind {
        Kind::Worst => out.iter_mut().for_each(|value| *value = bell(&mut random)),
        Kind::Clustered | Kind::Slow => {
            let width = |k: usize| match kind {
                Kind::Slow => 1.0 / ((k + 1) as f32).sqrt(),
                _ => (-0.5 * (k as f32 / 20.0).powi(2)).exp().max(0.01),
            };
            let mut centre = ChaCha8Rng::seed_from_u64(2);
            centre.set_stream(random.random_range(0..2_000));
            let home: Vec<f32> =
                (0..DIM).map(|k| width(k) * (0.8 * bell(&mut centre) + 0.6 * bell(&mut random))).collect();
            let mut at: Vec<f32> = (0..DIM).map(|_| bell(&mut random)).collect();
            for point in out.chunks_exact_mut(DIM) {
                for (k, ((value, home), at)) in point.iter_mut().zip(&home).zip(&mut at).enumerate() {
                    *at = 0.7 * *at + 0.714 * bell(&mut random);
                    *value = home + 0.5 * width(k) * *at;
                }
            }
        }
        Kind::Corpus => {
            let starts = corpus.len() / DIM - POINTS;
            let start = random.random_range(0..=starts) * DIM;
            out.copy_from_slice(&corpus[start..start + WIDTH]);
            let scale = corpus[..DIM].iter().map(|value| value * value).sum::<f32>().sqrt() / (DIM as f32).sqrt();
            // One shift for the whole track and a smaller one for each point.
            let shift: Vec<f32> = (0..DIM).map(|_| 0.35 * scale * bell(&mut random)).collect();
            for point in out.chunks_exact_mut(DIM) {
                for (value, shift) in point.iter_mut().zip(&shift) {
                    *value += shift + 0.1 * scale * bell(&mut random);
                }
            }
        }
    }
}

/// The points of one track.
pub fn trajectory(kind: Kind, place: usize, corpus: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; WIDTH];
    make(kind, place, corpus, &mut values);
    values
}

/// Writes `tracks` trajectories to a file and maps it.
pub fn mapped(kind: Kind, tracks: usize, corpus: &[f32], folder: &Path) -> std::io::Result<Mapped> {
    use std::io::Write as _;
    let path = folder.join(format!("{}-{tracks}.f32", kind.name()));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    for first in (0..tracks).step_by(8_192) {
        let count = (tracks - first).min(8_192);
        let mut values = vec![0.0_f32; count * WIDTH];
        values.par_chunks_exact_mut(WIDTH).enumerate().for_each(|(index, out)| make(kind, first + index, corpus, out));
        file.write_all(bytemuck::cast_slice(&values))?;
    }
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    let file = {
        drop(file);
        std::fs::File::open(&path)?
    };
    // SAFETY: nobody else writes this temporary file.
    #[expect(unsafe_code, reason = "mapping a file")]
    let map = unsafe { Mmap::map(&file)? };
    std::fs::remove_file(&path)?;
    Ok(Mapped(map))
}
