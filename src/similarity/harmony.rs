//! An order in which tracks mix: neighbours close on the Camelot wheel and in tempo.

use crate::domain::{Key, tempo_gap};

/// What mixing goes by; `None` where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mixable {
    pub key: Option<Key>,
    pub tempo: Option<f32>,
}

/// Steps on the wheel that half an octave of tempo, the farthest there is, is worth.
const TEMPO: f32 = 12.0;
/// What a pair costs of which keys or tempos are not known: as much as an uneasy one.
const UNKNOWN: f32 = 2.0;
/// From this many tracks on the order is not improved beyond the first walk, which takes the square of their number.
const MANY: usize = 1_000;

/// How badly `a` goes over into `b`: steps on the Camelot wheel, and the gap of tempo (half and double count as the same)
/// times [`TEMPO`] steps for half an octave. 0 to about 19; symmetric.
pub fn mixing_cost(a: Mixable, b: Mixable) -> f32 {
    let keys = a.key.zip(b.key).map_or(UNKNOWN, |(a, b)| f32::from(a.wheel_steps(b)));
    let tempos = a.tempo.zip(b.tempo).map_or(UNKNOWN, |(a, b)| tempo_gap(a, b) * 2.0 * TEMPO);
    keys + tempos
}

/// An order of `tracks`, as their places, in which neighbours mix: the first stays the first, and the sum of
/// [`mixing_cost`] over neighbours is no more than in the order given.
///
/// The nearest track follows each in turn; then parts of the order are turned round as long as that helps (2-opt, Croes
/// 1958). The same is tried from the order given, and the better one counts.
pub fn mixing_order(tracks: &[Mixable]) -> Vec<usize> {
    let given: Vec<usize> = (0..tracks.len()).collect();
    let cost = |a: usize, b: usize| mixing_cost(tracks[a], tracks[b]);
    let total = |order: &[usize]| order.windows(2).map(|pair| f64::from(cost(pair[0], pair[1]))).sum::<f64>();
    let mut walked: Vec<usize> = given.iter().take(1).copied().collect();
    let mut rest: Vec<usize> = given.iter().skip(1).copied().collect();
    while let Some(last) = walked.last().copied()
        && let Some(next) = (0..rest.len()).min_by(|a, b| cost(last, rest[*a]).total_cmp(&cost(last, rest[*b])))
    {
        walked.push(rest.remove(next));
    }
    let mut orders = [walked, given];
    if tracks.len() <= MANY {
        orders.iter_mut().for_each(|order| turn_parts(order, &cost));
    }
    let [walked, given] = orders;
    if total(&walked) < total(&given) { walked } else { given }
}

/// Turns parts behind the first round as long as that shortens the way.
fn turn_parts(order: &mut [usize], cost: &impl Fn(usize, usize) -> f32) {
    /// So small a gain may be rounding, which would go on for ever.
    const LEAST: f32 = 1e-3;
    let count = order.len();
    let mut improved = true;
    while improved {
        improved = false;
        for from in 1..count {
            for to in from + 1..count {
                let before = cost(order[from - 1], order[from]);
                let after = cost(order[from - 1], order[to]);
                let (tail_before, tail_after) = match order.get(to + 1) {
                    Some(next) => (cost(order[to], *next), cost(order[from], *next)),
                    None => (0.0, 0.0),
                };
                if after + tail_after + LEAST < before + tail_before {
                    order[from..=to].reverse();
                    improved = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(tracks: &[Mixable], order: &[usize]) -> f32 {
        order.windows(2).map(|pair| mixing_cost(tracks[pair[0]], tracks[pair[1]])).sum()
    }

    #[test]
    fn a_shuffled_round_of_the_wheel_is_put_in_order() {
        // Seven fifths up from C, shuffled; all at one tempo, some of it counted double.
        let fifths = [0_u8, 3, 1, 5, 2, 6, 4];
        let tracks: Vec<Mixable> = fifths
            .iter()
            .map(|step| Mixable {
                key: Key::from_index(step * 7 % 12),
                tempo: Some(if step % 2 == 0 { 120.0 } else { 60.0 }),
            })
            .collect();
        let order = mixing_order(&tracks);
        assert_eq!(order.iter().map(|at| fifths[*at]).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    }

    proptest! {
        #[test]
        fn every_track_stays_the_first_stays_first_and_the_order_is_no_worse(
            tracks in prop::collection::vec((prop::option::of(0..24_u8), prop::option::of(60.0..200.0_f32)), 0..40),
        ) {
            let tracks: Vec<Mixable> = tracks
                .into_iter()
                .map(|(key, tempo)| Mixable { key: key.and_then(Key::from_index), tempo })
                .collect();
            let order = mixing_order(&tracks);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            let given: Vec<usize> = (0..tracks.len()).collect();
            prop_assert_eq!(&sorted, &given);
            prop_assert_eq!(order.first(), given.first());
            prop_assert!(total(&tracks, &order) <= total(&tracks, &given) + 1e-2);
        }
    }
}
