//! Interplay: which parts of the spectrum move together. Correlations along time of every two parts, of how loud they are and of
//! how they change over a fiftieth and over a twelfth of a second: drums that strike all bands at once, a bass below a melody, a pad
//! that breathes as a whole. Loudness, equalising and pitch hardly touch them.

use burn::tensor::{Tensor, TensorData};

use super::frames::{averaged, change};
use crate::domain::MEL_BANDS;

/// Parts of the spectrum, of as many mel bands each.
const PARTS: usize = 10;
const PAIRS: usize = PARTS * (PARTS - 1) / 2;
/// Frames over which parts change; 0 stands for the parts themselves.
const CHANGES: [usize; 3] = [0, 1, 4];
/// Added to the power of a part, of which there are up to a few hundred: a part that holds still goes with nothing.
const STILL: f32 = 1e-6;

/// Values of a segment: the pairs of parts, for each of the changes.
pub(super) const VALUES: usize = CHANGES.len() * PAIRS;

/// rows × frames × bands → rows × [`VALUES`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    let parts = averaged(segments, PARTS);
    let moved = |over: usize| match over {
        0 => parts.clone(),
        over => change(parts.clone(), over),
    };
    Tensor::cat(CHANGES.map(|over| correlations(moved(over))).to_vec(), 1)
}

/// The correlations along time of every two parts: rows × frames × parts → rows × pairs.
fn correlations(parts: Tensor<3>) -> Tensor<2> {
    let rows = parts.dims()[0];
    let device = parts.device();
    let moves = parts.clone() - parts.mean_dim(1);
    let lengths = moves.clone().square().sum_dim(1).add_scalar(STILL).sqrt();
    let along = moves / lengths;
    let all = along.clone().swap_dims(1, 2).matmul(along).reshape([rows, PARTS * PARTS]);
    let pairs: Vec<i64> =
        (0..PARTS).flat_map(|part| (part + 1..PARTS).map(move |other| (part * PARTS + other) as i64)).collect();
    all.select(1, Tensor::from_data(TensorData::new(pairs, [PAIRS]), &device))
}

const _: () = assert!(MEL_BANDS.is_multiple_of(PARTS), "every part has as many bands");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    /// Values of 40 frames whose part `p` moves as `of(p, frame)`.
    fn interplay(of: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        let flat = (0..40 * MEL_BANDS).map(|at| of(at % MEL_BANDS / (MEL_BANDS / PARTS), at / MEL_BANDS)).collect();
        values(measure(Tensor::from_data(TensorData::new::<f32, _>(flat, [1, 40, MEL_BANDS]), &device))).unwrap()
    }

    #[test]
    fn correlations_are_those_of_numpy() {
        // Part 0 rises, part 1 falls, part 2 swells every eight frames, part 3 does so a fourth of a turn later; the rest hold.
        let turn = |frame: usize| std::f32::consts::TAU * frame as f32 / 8.0;
        let found = interplay(|part, frame| match part {
            0 => frame as f32 / 40.0,
            1 => 1.0 - frame as f32 / 40.0,
            2 => 0.5 + 0.2 * turn(frame).sin(),
            3 => 0.5 + 0.2 * turn(frame).cos(),
            _ => 0.5,
        });
        assert_eq!(found.len(), VALUES);
        // Pairs come in the order 01, 02, …, 09, 12, 13, …
        let [rise_fall, rise_swell, swells, still] = [0, 1, 17, 44];
        assert!((found[rise_fall] + 1.0).abs() < 1e-4, "{}", found[rise_fall]);
        // numpy.corrcoef(numpy.arange(40), numpy.sin(2 * numpy.pi * numpy.arange(40) / 8))[0, 1]
        assert!((found[rise_swell] + 0.147_87).abs() < 1e-4, "{}", found[rise_swell]);
        assert!(found[swells].abs() < 1e-4, "a fourth of a turn apart over whole turns: {}", found[swells]);
        assert!(found[still].abs() < 1e-6);
    }

    #[test]
    fn how_loud_a_part_is_does_not_matter() {
        let noise =
            |part: usize, frame: usize| ((part * 37 + frame * frame * 13 + frame * part * 5) % 17) as f32 / 17.0;
        let (plain, other) =
            (interplay(noise), interplay(|part, frame| 0.3 + 0.1 * part as f32 + 0.5 * noise(part, frame)));
        for (index, (a, b)) in plain.iter().zip(&other).enumerate() {
            assert!((a - b).abs() < 1e-3, "{index}: {a} {b}");
        }
        assert!(plain.iter().any(|value| value.abs() > 0.1));
    }
}
