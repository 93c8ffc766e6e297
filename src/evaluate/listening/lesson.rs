//! What ratings teach the blend: weights under which tracks that sound alike to listeners are near.
//!
//! Of two recommendations for one query in one sitting, the one that was rated more similar (the mean of vibe and style)
//! should be the nearer one. The weights w ≥ 0 minimise the pairwise logistic loss (RankNet, Burges et al. 2005)
//!
//! Σ ln(1 + exp(−θ · (d_worse − d_better))) + λ/2 · |θ|², θ = s·w,
//!
//! by projected gradient descent; every round counts by its number of rated recommendations. The ridge keeps metrics that
//! say the same at equal weights. What the weights are worth is told by queries that they were not learnt from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::bootstrap::interval_of_mean;
use super::results::Estimate;
use crate::domain::{ListeningRecord, Standing, TrackId};

/// Rated recommendations that four weights are learnt from at least: ten for each.
pub const LEAST_RATINGS: usize = 40;
/// Queries they are spread over at least.
pub const LEAST_QUERIES: usize = 8;

/// λ: about a tenth of the curvature that the loss has where the distances of a pair differ by a half.
const RIDGE: f64 = 0.005;
const STEPS: usize = 2_000;
/// Parts of the cross-validation at most; fewer queries are left out one by one.
const PARTS: usize = 10;
const SEED: u64 = 1;

/// Weights learnt from ratings, and what they are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lesson {
    /// The model whose distances were weighed.
    pub model: String,
    /// Weights of mean, min, Fréchet and DTW; not negative, of sum 1.
    pub weights: [f32; 4],
    /// The weights they are compared with, of sum 1.
    pub before: [f32; 4],
    /// Rated recommendations.
    pub ratings: usize,
    pub queries: usize,
    /// Pairs of recommendations for one query that were rated differently.
    pub pairs: usize,
    /// Share of pairs in the right order, on queries that the weights were not learnt from.
    pub learnt: f64,
    pub current: f64,
    /// How much larger the first share is than the second.
    pub gain: Estimate,
}

/// What can be said of a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval of the gain is above 0.
    Helps,
    /// It holds 0.
    Unclear,
    /// It is below 0.
    Harms,
}

impl Lesson {
    pub fn verdict(&self) -> Verdict {
        match (self.gain.low, self.gain.high) {
            (low, _) if low > 0.0 => Verdict::Helps,
            (_, high) if high < 0.0 => Verdict::Harms,
            _ => Verdict::Unclear,
        }
    }
}

/// What ratings come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lessons {
    /// There are too few: so many are there, on so many queries.
    TooFew {
        model: String,
        ratings: usize,
        queries: usize,
    },
    /// No weighing of the distances puts the ratings into an order.
    Nothing {
        model: String,
        ratings: usize,
        queries: usize,
    },
    Learnt(Lesson),
}

/// A recommendation with its distances and how similar it was found.
#[derive(Debug, Clone, Copy)]
struct Rated {
    distances: [f64; 4],
    rating: f64,
}

/// Two recommendations of one round: by how much the worse one is farther under each metric, and how much the pair counts.
#[derive(Debug, Clone, Copy)]
struct Pair {
    query: TrackId,
    farther: [f64; 4],
    counts: f64,
}

/// Learns from all ratings of recommendations whose distances under `model` are known; `before` are the weights in use.
pub fn learn(records: &[ListeningRecord], model: &str, before: [f32; 4]) -> Lessons {
    let rounds = rounds(records, model);
    let ratings = rounds.values().map(Vec::len).sum();
    let mut asked: Vec<TrackId> = rounds.keys().map(|(_, _, query)| *query).collect();
    asked.sort_unstable();
    asked.dedup();
    let queries = asked.len();
    let model = model.to_owned();
    if ratings < LEAST_RATINGS || queries < LEAST_QUERIES {
        return Lessons::TooFew { model, ratings, queries };
    }
    let pairs: Vec<Pair> = rounds.iter().flat_map(|((_, _, query), rated)| pairs(*query, rated)).collect();
    let Some(weights) = fitted(&pairs) else { return Lessons::Nothing { model, ratings, queries } };
    let before = normalised(before.map(f64::from)).unwrap_or([0.25; 4]);
    // Queries are dealt out in turn, so that the parts are of equal size; a part never shares a query with the rest.
    let part_of = |query: TrackId| asked.binary_search(&query).unwrap_or(0) % PARTS.min(queries);
    let mut outcomes: Vec<(usize, f64, f64)> = Vec::with_capacity(pairs.len());
    for part in 0..PARTS.min(queries) {
        let (kept, rest): (Vec<Pair>, Vec<Pair>) = pairs.iter().partition(|pair| part_of(pair.query) == part);
        let learnt = fitted(&rest).unwrap_or([0.25; 4]);
        outcomes.extend(kept.iter().map(|pair| {
            let group = asked.binary_search(&pair.query).unwrap_or(0);
            (group, right(&learnt, pair), right(&before, pair))
        }));
    }
    let mean =
        |of: &dyn Fn(&(usize, f64, f64)) -> f64| outcomes.iter().map(of).sum::<f64>() / outcomes.len().max(1) as f64;
    let gains: Vec<(usize, f64)> = outcomes.iter().map(|(group, learnt, now)| (*group, learnt - now)).collect();
    let (low, high) = interval_of_mean(&gains, SEED).unwrap_or((0.0, 0.0));
    Lessons::Learnt(Lesson {
        model,
        weights: weights.map(|weight| weight as f32),
        before: before.map(|weight| weight as f32),
        ratings,
        queries,
        pairs: pairs.len(),
        learnt: mean(&|outcome| outcome.1),
        current: mean(&|outcome| outcome.2),
        gain: Estimate { value: mean(&|outcome| outcome.1 - outcome.2), low, high, count: outcomes.len() },
    })
}

/// The rated recommendations of each round.
fn rounds(records: &[ListeningRecord], model: &str) -> BTreeMap<(i64, usize, TrackId), Vec<Rated>> {
    let mut rounds: BTreeMap<_, Vec<Rated>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.response.standing == Standing::Answered) {
        let distances = record.distances.iter().find(|distances| distances.model == model);
        if let Some((distances, rating)) = distances.zip(record.response.answers.similarity()) {
            let distances = distances.values.map(f64::from);
            rounds.entry((record.session, record.round, record.query)).or_default().push(Rated { distances, rating });
        }
    }
    rounds
}

fn pairs(query: TrackId, rated: &[Rated]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (at, one) in rated.iter().enumerate() {
        for other in &rated[at + 1..] {
            let (better, worse) = match one.rating.total_cmp(&other.rating) {
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Greater => (one, other),
                std::cmp::Ordering::Less => (other, one),
            };
            let farther = std::array::from_fn(|metric| worse.distances[metric] - better.distances[metric]);
            pairs.push(Pair { query, farther, counts: 1.0 });
        }
    }
    // n recommendations make up to n(n − 1)/2 pairs, but are not that many observations.
    let counts = rated.len() as f64 / pairs.len().max(1) as f64;
    pairs.iter_mut().for_each(|pair| pair.counts = counts);
    pairs
}

/// The weights of the least loss, of sum 1; `None` where no metric puts more pairs right than wrong.
fn fitted(pairs: &[Pair]) -> Option<[f64; 4]> {
    let total: f64 = pairs.iter().map(|pair| pair.counts).sum();
    if total <= 0.0 {
        return None;
    }
    // The gradient changes by at most a quarter of the squared differences, and the ridge.
    let square = |pair: &Pair| pair.counts * dot(&pair.farther, &pair.farther);
    let steepness = pairs.iter().map(square).sum::<f64>() / total / 4.0 + RIDGE;
    let mut theta = [0.0; 4];
    for _ in 0..STEPS {
        let mut gradient = theta.map(|value| RIDGE * value);
        for pair in pairs {
            let wrong = 1.0 / (1.0 + dot(&theta, &pair.farther).exp());
            for (slope, farther) in gradient.iter_mut().zip(pair.farther) {
                *slope -= pair.counts / total * wrong * farther;
            }
        }
        theta = std::array::from_fn(|metric| (theta[metric] - gradient[metric] / steepness).max(0.0));
    }
    normalised(theta)
}

fn normalised(weights: [f64; 4]) -> Option<[f64; 4]> {
    let sum: f64 = weights.iter().sum();
    (sum > 1e-9 && sum.is_finite()).then(|| weights.map(|weight| weight / sum))
}

/// 1 where the worse one of the pair is the farther one, 0 where it is the nearer one.
fn right(weights: &[f64; 4], pair: &Pair) -> f64 {
    match dot(weights, &pair.farther) {
        farther if farther > 0.0 => 1.0,
        farther if farther < 0.0 => 0.0,
        _ => 0.5,
    }
}

fn dot(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::domain::{Answers, ContentHash, Question, Response, ScaledDistances};

    /// Ratings that follow from the distances by `taste`, plus `noise`; rounds of six.
    fn ratings(queries: i64, taste: [f32; 4], noise: f32) -> Vec<ListeningRecord> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut records = Vec::new();
        for query in 0..queries {
            for position in 1..=6 {
                let values: [f32; 4] = std::array::from_fn(|_| random.random_range(0.2..1.4));
                let far: f32 = taste.iter().zip(values).map(|(weight, value)| weight * value).sum();
                let heard = far + noise * random.random_range(-1.0..1.0);
                let rating = (5.0 - 4.0 * (heard - 0.2) / 1.2).round().clamp(1.0, 5.0) as u8;
                let mut answers = Answers::default();
                answers.set(Question::Vibe, Some(rating));
                records.push(ListeningRecord {
                    session: 1,
                    listener: "Ada".to_owned(),
                    seed: 1,
                    blend: [1.0; 4],
                    round: query as usize + 1,
                    position,
                    query: TrackId(query + 1),
                    track: TrackId(500 + position as i64),
                    response: Response { answers, standing: Standing::Answered },
                    answered_at: Some(0),
                    credits: Vec::new(),
                    distances: vec![ScaledDistances { model: "m".to_owned(), weights: ContentHash([0; 32]), values }],
                });
            }
        }
        records
    }

    fn lesson(lessons: Lessons) -> Lesson {
        match lessons {
            Lessons::Learnt(lesson) => lesson,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_weights_that_listeners_had_in_mind_are_found() {
        let found = lesson(learn(&ratings(40, [0.0, 0.7, 0.0, 0.3], 0.05), "m", [1.0; 4]));
        assert!((found.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((found.weights[1] - 0.7).abs() < 0.08 && (found.weights[3] - 0.3).abs() < 0.08, "{:?}", found.weights);
        assert_eq!((found.ratings, found.queries, found.before), (240, 40, [0.25; 4]));
        assert!(found.learnt > 0.9 && found.learnt > found.current + 0.1, "{found:?}");
        assert_eq!(found.verdict(), Verdict::Helps);
    }

    #[test]
    fn what_helps_nobody_is_not_called_a_help() {
        // The weights in use are those in mind: nothing is to be gained.
        let taste = [0.25; 4];
        let found = lesson(learn(&ratings(20, taste, 0.1), "m", taste));
        assert_ne!(found.verdict(), Verdict::Helps, "{found:?}");
        // Answers by dice.
        let mut dice = ratings(20, taste, 0.0);
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for record in &mut dice {
            record.response.answers.set(Question::Vibe, Some(random.random_range(1..=5)));
        }
        match learn(&dice, "m", [1.0; 4]) {
            Lessons::Learnt(found) => assert_ne!(found.verdict(), Verdict::Helps, "{found:?}"),
            other => assert!(matches!(other, Lessons::Nothing { .. })),
        }
    }

    #[test]
    fn taste_for_what_is_far_teaches_nothing() {
        let mut records = ratings(20, [0.25; 4], 0.0);
        for record in &mut records {
            let turned = record.response.answers.get(Question::Vibe).map(|answer| 6 - answer);
            record.response.answers.set(Question::Vibe, turned);
        }
        assert!(matches!(learn(&records, "m", [1.0; 4]), Lessons::Nothing { ratings: 120, queries: 20, .. }));
    }

    #[test]
    fn few_ratings_and_other_models_teach_nothing() {
        let records = ratings(7, [0.25; 4], 0.0);
        let few = Lessons::TooFew { model: "m".to_owned(), ratings: 42, queries: 7 };
        assert_eq!(learn(&records, "m", [1.0; 4]), few, "many ratings of few queries are few");
        let none = Lessons::TooFew { model: "other".to_owned(), ratings: 0, queries: 0 };
        assert_eq!(learn(&records, "other", [1.0; 4]), none);
        let mut skipped = ratings(20, [0.25; 4], 0.0);
        skipped.iter_mut().for_each(|record| record.response.standing = Standing::Skipped);
        assert!(matches!(learn(&skipped, "m", [1.0; 4]), Lessons::TooFew { ratings: 0, .. }));
    }
}
