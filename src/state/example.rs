//! The examples of the lab: pairs of curves for which the distances disagree, each in its own way.

use super::Curve;

/// Pairs of curves that set the distances apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Example {
    #[default]
    Alike,
    SameMean,
    Backwards,
    Outlier,
    PartOf,
    Slower,
}

impl Example {
    pub const ALL: [Self; 6] =
        [Self::Alike, Self::SameMean, Self::Backwards, Self::Outlier, Self::PartOf, Self::Slower];

    pub fn title(self) -> &'static str {
        match self {
            Self::Alike => "Side by side",
            Self::SameMean => "Same mean, other way",
            Self::Backwards => "Backwards",
            Self::Outlier => "One moment apart",
            Self::PartOf => "A part of it",
            Self::Slower => "Same way, slower",
        }
    }

    /// What the example shows.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Alike => "One way, moved: all four distances are about as long as the move.",
            Self::SameMean => "The means lie on one another, so the mean distance is nothing, though the ways cross.",
            Self::Backwards => "The same points in the other order: min sees no difference, Fréchet and DTW do.",
            Self::Outlier => "One point strays: Fréchet is as long as that one, the others hardly move.",
            Self::PartOf => "The query lies on a part of the target: min is nothing, until the direction is swapped.",
            Self::Slower => "One walks the way in twice the steps: Fréchet and DTW wait for it.",
        }
    }

    /// Query and target, in a field of 10 × 6.
    pub fn curves(self) -> [Curve; 2] {
        let wave: Curve = vec![[1.0, 2.0], [2.5, 3.4], [4.0, 3.0], [5.5, 1.8], [7.0, 2.2], [8.5, 3.6]];
        let moved = |by: f32| wave.iter().map(|[x, y]| [*x, y + by]).collect::<Curve>();
        match self {
            Self::Alike => [wave.clone(), moved(1.4)],
            Self::SameMean => [
                vec![[1.0, 3.0], [3.0, 3.0], [5.0, 3.0], [7.0, 3.0], [9.0, 3.0]],
                vec![[5.0, 0.6], [5.0, 1.8], [5.0, 3.0], [5.0, 4.2], [5.0, 5.4]],
            ],
            Self::Backwards => [wave.clone(), wave.iter().rev().copied().collect()],
            Self::Outlier => {
                let mut target = moved(0.5);
                target[3] = [5.5, 5.6];
                [wave, target]
            }
            Self::PartOf => [wave[1..4].to_vec(), wave],
            Self::Slower => {
                let between = wave.windows(2).flat_map(|pair| {
                    let middle = [f32::midpoint(pair[0][0], pair[1][0]), f32::midpoint(pair[0][1], pair[1][1])];
                    [pair[0], middle]
                });
                let slow: Curve = between.chain(wave.last().copied()).map(|[x, y]| [x, y + 0.5]).collect();
                [wave, slow]
            }
        }
    }
}
