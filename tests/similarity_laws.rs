//! Laws that hold for any trajectories.

use proptest::prelude::*;
use songline::domain::{Metric, Trajectory};
use songline::similarity::{distance, explain};

const DIM: usize = 3;

fn trajectory() -> impl Strategy<Value = Trajectory> {
    // Small whole numbers make equal distances common, so that ties are tried as well.
    let whole = prop::collection::vec((-3i8..=3).prop_map(f32::from), DIM..=DIM * 12);
    let real = prop::collection::vec(-5.0f32..5.0, DIM..=DIM * 12);
    prop_oneof![whole, real].prop_map(|mut values| {
        values.truncate(values.len() / DIM * DIM);
        Trajectory::new(DIM, values).unwrap()
    })
}

fn changed(trajectory: &Trajectory, change: impl Fn(usize, f32) -> f32) -> Trajectory {
    let values = trajectory.values().iter().enumerate().map(|(i, value)| change(i % DIM, *value)).collect();
    Trajectory::new(DIM, values).unwrap()
}

fn reversed(trajectory: &Trajectory) -> Trajectory {
    let values = trajectory.values().chunks(DIM).rev().flatten().copied().collect();
    Trajectory::new(DIM, values).unwrap()
}

fn hausdorff(a: &Trajectory, b: &Trajectory) -> f32 {
    let directed = |a: &Trajectory, b: &Trajectory| {
        let nearest = |point: &[f32]| {
            b.points()
                .map(|other| point.iter().zip(other).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt())
                .fold(f32::INFINITY, f32::min)
        };
        a.points().map(nearest).fold(0.0, f32::max)
    };
    directed(a, b).max(directed(b, a))
}

const SLACK: f32 = 1e-4;

proptest! {
    #[test]
    fn zero_on_itself_and_never_negative(a in trajectory(), b in trajectory()) {
        for metric in Metric::ALL {
            prop_assert_eq!(distance(metric, &a, &a), 0.0);
            prop_assert!(distance(metric, &a, &b) >= 0.0);
        }
    }

    #[test]
    fn symmetric_but_for_min_and_with_it_the_blend(a in trajectory(), b in trajectory()) {
        for metric in [Metric::Mean, Metric::Frechet, Metric::Dtw] {
            prop_assert_eq!(distance(metric, &a, &b), distance(metric, &b, &a), "{}", metric.name());
        }
    }

    #[test]
    fn frechet_is_at_least_hausdorff_and_that_at_least_min(a in trajectory(), b in trajectory()) {
        let frechet = distance(Metric::Frechet, &a, &b);
        let hausdorff = hausdorff(&a, &b);
        prop_assert!(frechet >= hausdorff - SLACK);
        prop_assert!(hausdorff >= distance(Metric::Min, &a, &b) - SLACK);
        let ends = |x: &Trajectory, y: &Trajectory, i: usize, j: usize| {
            x.point(i).iter().zip(y.point(j)).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt()
        };
        prop_assert!(frechet >= ends(&a, &b, 0, 0) - SLACK);
        prop_assert!(frechet >= ends(&a, &b, a.len() - 1, b.len() - 1) - SLACK);
    }

    #[test]
    fn dtw_lies_between_bounds_from_min_and_frechet(a in trajectory(), b in trajectory()) {
        let (m, n) = (a.len() as f32, b.len() as f32);
        let (longest, shortest) = (m + n - 1.0, m.max(n));
        let dtw = distance(Metric::Dtw, &a, &b);
        // Every point of the query is on the path, and the path of the Fréchet coupling costs no less in sum.
        prop_assert!(dtw * longest >= m * distance(Metric::Min, &a, &b) - SLACK);
        prop_assert!(dtw * shortest <= longest * distance(Metric::Frechet, &a, &b) + SLACK);
    }

    #[test]
    fn mean_and_frechet_keep_the_triangle_inequality(a in trajectory(), b in trajectory(), c in trajectory()) {
        for metric in [Metric::Mean, Metric::Frechet] {
            let direct = distance(metric, &a, &c);
            prop_assert!(direct <= distance(metric, &a, &b) + distance(metric, &b, &c) + SLACK, "{}", metric.name());
        }
    }

    #[test]
    fn moving_both_changes_nothing_and_scaling_both_scales(a in trajectory(), b in trajectory(), by in -8i8..8) {
        let move_by = |axis: usize, value: f32| value + f32::from(by) * (axis as f32 + 1.0);
        for metric in [Metric::Mean, Metric::Min, Metric::Frechet] {
            let still = distance(metric, &a, &b);
            let moved = distance(metric, &changed(&a, move_by), &changed(&b, move_by));
            prop_assert!((moved - still).abs() <= SLACK * (1.0 + still), "{} {moved} {still}", metric.name());
        }
        for metric in Metric::ALL {
            let doubled = distance(metric, &changed(&a, |_, v| 2.0 * v), &changed(&b, |_, v| 2.0 * v));
            prop_assert_eq!(doubled, 2.0 * distance(metric, &a, &b), "{}", metric.name());
        }
    }

    #[test]
    fn frechet_does_not_feel_the_direction_of_time(a in trajectory(), b in trajectory()) {
        let backwards = distance(Metric::Frechet, &reversed(&a), &reversed(&b));
        prop_assert_eq!(backwards, distance(Metric::Frechet, &a, &b));
    }

    #[test]
    fn standing_still_costs_frechet_nothing(a in trajectory(), b in trajectory(), at in 0usize..12) {
        let at = at % a.len();
        let mut values = a.values().to_vec();
        values.splice(at * DIM..at * DIM, a.point(at).to_vec());
        let longer = Trajectory::new(DIM, values).unwrap();
        prop_assert_eq!(distance(Metric::Frechet, &longer, &b), distance(Metric::Frechet, &a, &b));
        prop_assert_eq!(distance(Metric::Dtw, &longer, &a), 0.0);
    }

    #[test]
    fn a_warping_path_goes_from_corner_to_corner_in_single_steps(a in trajectory(), b in trajectory()) {
        let why = explain(&a, &b);
        prop_assert_eq!(why.path.first(), Some(&(0, 0)));
        prop_assert_eq!(why.path.last(), Some(&(a.len() - 1, b.len() - 1)));
        for pair in why.path.windows(2) {
            let step = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            prop_assert!([(0, 1), (1, 0), (1, 1)].contains(&step), "{step:?}");
        }
        let sum: f32 = why.path.iter().map(|(i, j)| why.matrix[i * b.len() + j]).sum();
        let dtw = distance(Metric::Dtw, &a, &b);
        prop_assert!((sum / why.path.len() as f32 - dtw).abs() <= SLACK * (1.0 + dtw));
    }
}

#[test]
fn min_is_not_symmetric_and_dtw_breaks_the_triangle() {
    let path = |values: &[f32]| Trajectory::new(1, values.to_vec()).unwrap();
    let (near, wide) = (path(&[0.0]), path(&[0.0, 10.0]));
    assert_eq!(distance(Metric::Min, &near, &wide), 0.0);
    assert_eq!(distance(Metric::Min, &wide, &near), 5.0);

    let (a, b, c) = (path(&[0.0, 0.0, 1.0]), path(&[0.0, 1.0, 2.0]), path(&[1.0, 2.0, 2.0]));
    let dtw = |x, y| distance(Metric::Dtw, x, y);
    assert!(dtw(&a, &c) > dtw(&a, &b) + dtw(&b, &c) + 0.1);
}

#[test]
fn other_dimensions_are_infinitely_far() {
    let a = Trajectory::new(2, vec![0.0; 4]).unwrap();
    let b = Trajectory::new(4, vec![0.0; 4]).unwrap();
    for metric in Metric::ALL {
        assert_eq!(distance(metric, &a, &b), f32::INFINITY);
    }
    assert!(explain(&a, &b).matrix.iter().all(|distance| *distance == f32::INFINITY));
}
