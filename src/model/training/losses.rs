//! What a contrastive encoder learns by, each from the distances of the points of a batch to one another: as many rows after
//! one another of each recording, or of each artist. Rows with the same label are never pushed apart.

use burn::tensor::{Device, Tensor, TensorData};

use crate::model::{ContrastSpec, Loss};

/// What `loss` makes of points, a single value, and their squared distances, rows × rows. `labels` has one of each group of
/// rows.
pub(super) fn of(loss: Loss, spec: &ContrastSpec, points: Tensor<2>, labels: &[usize]) -> (Tensor<1>, Tensor<2>) {
    let squared = squared_distances(points);
    let masks = Masks::of(squared.dims()[0], labels, &squared.device());
    let value = match loss {
        Loss::NtXent => nt_xent(squared.clone(), &masks, spec.temperature),
        Loss::BatchHard => batch_hard(squared.clone(), &masks, spec.margin),
        Loss::Pairs => pairs(squared.clone(), &masks, spec.margin),
    };
    (value, squared)
}

/// For each pair (i, p) of rows of one recording: −log(exp(sᵢₚ/τ) / (exp(sᵢₚ/τ) + Σₙ exp(sᵢₙ/τ))), with s = −d²/2, for unit
/// points their cosine less 1, τ the temperature and n over the rows of all other labels (NT-Xent: Chen et al. 2020;
/// several positives as in Khosla et al. 2020, without the other positives below the line).
fn nt_xent(squared: Tensor<2>, masks: &Masks, temperature: f64) -> Tensor<1> {
    let similarity = squared.mul_scalar(-0.5 / temperature);
    let powers = similarity.clone().exp();
    let others = (powers.clone() * masks.negatives.clone()).sum_dim(1);
    let each = (powers + others).log() - similarity;
    (each * masks.positives.clone()).sum().div_scalar(masks.positive_pairs)
}

/// max(farthest positive − nearest negative + margin, 0), by Euclidean distance, on average over the rows (Hermans et al.
/// 2017).
fn batch_hard(squared: Tensor<2>, masks: &Masks, margin: f64) -> Tensor<1> {
    // The small number keeps the root's slope finite where two points meet.
    let distance = squared.add_scalar(1e-9).sqrt();
    let farthest = (distance.clone() * masks.positives.clone()).max_dim(1);
    // Farther than any two points of the unit sphere.
    let nearest = (distance + masks.negatives.clone().neg().add_scalar(1.0).mul_scalar(1e3)).min_dim(1);
    (farthest - nearest).add_scalar(margin).clamp_min(0.0).mean()
}

/// Half the mean of d² over pairs of one recording and of max(margin − d, 0)² over all others (Hadsell et al. 2006, with
/// as much weight on either kind however many there are).
fn pairs(squared: Tensor<2>, masks: &Masks, margin: f64) -> Tensor<1> {
    let missing = squared.clone().add_scalar(1e-9).sqrt().neg().add_scalar(margin).clamp_min(0.0).square();
    let together = (squared * masks.positives.clone()).sum().div_scalar(masks.positive_pairs);
    let apart = (missing * masks.negatives.clone()).sum().div_scalar(masks.negative_pairs);
    (together + apart).mul_scalar(0.5)
}

/// Squared Euclidean distances of all rows to one another.
fn squared_distances(points: Tensor<2>) -> Tensor<2> {
    let squares = points.clone().square().sum_dim(1);
    let products = points.clone().matmul(points.transpose());
    // Rounding may bring a distance of nothing below it.
    (squares.clone() + squares.transpose() - products.mul_scalar(2.0)).clamp_min(0.0)
}

/// rows × rows each: 1 where two different rows are of one group, and where their labels differ.
struct Masks {
    positives: Tensor<2>,
    negatives: Tensor<2>,
    positive_pairs: f64,
    negative_pairs: f64,
}

impl Masks {
    fn of(rows: usize, labels: &[usize], device: &Device) -> Self {
        let group = rows / labels.len().max(1);
        let apart = |i: usize, j: usize| labels[i / group] != labels[j / group];
        let negatives = (0..rows * rows).filter(|at| apart(at / rows, at % rows)).count();
        let table = |is: &dyn Fn(usize, usize) -> bool| {
            let values: Vec<f32> = (0..rows * rows).map(|at| f32::from(u8::from(is(at / rows, at % rows)))).collect();
            Tensor::from_data(TensorData::new(values, [rows, rows]), device)
        };
        Self {
            positives: table(&|i, j| i != j && i / group == j / group),
            negatives: table(&apart),
            positive_pairs: (rows * (group - 1)).max(1) as f64,
            negative_pairs: negatives.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;
    use crate::model::training::phase_one::scalar;

    fn points(values: &[[f32; 2]]) -> Tensor<2> {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        let flat: Vec<f32> = values.iter().flatten().copied().collect();
        Tensor::from_data(TensorData::new(flat, [values.len(), 2]), &device)
    }

    fn value(loss: Loss, rows: &[[f32; 2]], temperature: f64, margin: f64) -> f64 {
        let spec = ContrastSpec { temperature, margin, ..ContrastSpec::default() };
        f64::from(scalar(of(loss, &spec, points(rows), &[0, 1]).0).unwrap())
    }

    // Two recordings of two rows each: the first lie together; the second are √2 apart, one of them with the first.
    const ROWS: [[f32; 2]; 4] = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]];

    #[test]
    fn nt_xent_is_what_its_formula_gives() {
        let pair = |positive: f64, negatives: [f64; 2]| {
            let power = |s: f64| (s / 0.5).exp();
            -(power(positive) / (power(positive) + negatives.map(power).iter().sum::<f64>())).ln()
        };
        let expected = (pair(1.0, [0.0, 1.0]) * 2.0 + pair(0.0, [0.0, 0.0]) + pair(0.0, [1.0, 1.0])) / 4.0;
        assert!((value(Loss::NtXent, &ROWS, 0.5, 1.0) - expected).abs() < 1e-5);
    }

    #[test]
    fn batch_hard_takes_the_worst_of_both_sides() {
        let root = 2.0_f64.sqrt();
        // Farthest positive and nearest negative of each row.
        let hardest = [(0.0, 0.0), (0.0, 0.0), (root, root), (root, 0.0)];
        let expected = hardest.map(|(p, n): (f64, f64)| (p - n + 0.3).max(0.0)).iter().sum::<f64>() / 4.0;
        assert!((value(Loss::BatchHard, &ROWS, 0.1, 0.3) - expected).abs() < 1e-3);
    }

    #[test]
    fn pairs_weigh_both_kinds_alike() {
        // d² of the pairs of one recording: 0, 0, 2, 2. Others: rows 0 and 1 are √2 from row 2 and 0 from row 3.
        let together = (0.0 + 0.0 + 2.0 + 2.0) / 4.0;
        let missing = |d: f64| (1.5 - d).max(0.0).powi(2);
        let apart = (4.0 * missing(2.0_f64.sqrt()) + 4.0 * missing(0.0)) / 8.0;
        assert!((value(Loss::Pairs, &ROWS, 0.1, 1.5) - 0.5 * (together + apart)).abs() < 1e-3);
    }

    #[test]
    fn rows_of_one_label_are_not_pushed_apart() {
        let spec = ContrastSpec::default();
        let value = |labels: &[usize]| scalar(of(Loss::NtXent, &spec, points(&ROWS), labels).0).unwrap();
        // Without negatives every positive pair is all there is: −log 1.
        assert!(value(&[0, 0]).abs() < 1e-6 && value(&[0, 1]) > 0.1);
    }

    #[test]
    fn distances_are_euclidean_off_the_sphere_too() {
        let (_, squared) = of(Loss::NtXent, &ContrastSpec::default(), points(&[[0.0, 0.0], [2.0, 0.0]]), &[0, 1]);
        assert_eq!(values(squared).unwrap(), [0.0, 4.0, 4.0, 0.0]);
    }
}
