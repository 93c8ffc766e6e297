//! Exact search: the tracks nearest to one or more queries, with the rules around them.
//!
//! A small library is compared in full under every metric. In a large one the engine of [`exact`](super::exact) finds
//! the same answer under the metric that is asked for, and only the answers are compared under the others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::domain::{Metric, TrackId, Trajectory};

use super::artists::{Artists, Numbers, known};
use super::blend::Blend;
use super::exact::{Ask, Limits, Pool, Share, Skip, Term, find};
use super::index::{Prepared, Scratch};
use super::recommendation::{Recommendation, Recommendations};
use super::weighted::{prepare, pushes, sizes};
use super::{Index, SimilarityError};

/// What a search is asked for.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// The metric that orders the answer.
    pub metric: Metric,
    /// Recommendations wanted at most.
    pub top: usize,
    /// The library tracks the query trajectories belong to: never recommended.
    pub seeds: Vec<TrackId>,
    /// Duplicates and other versions of the seeds, or of a file outside the library, and versions that another track stands
    /// for: left out and reported as folded.
    pub exclude: HashSet<TrackId>,
    /// For each place of [`Index::ids`] whether its track may be recommended, where a filter narrows them down. Places
    /// beyond its end may not.
    pub only: Option<Arc<Vec<bool>>>,
    /// Places one artist may take; 0 is no limit. Tracks without a known artist are not limited.
    pub per_artist: usize,
    /// The artist of each track, as far as known. Compared without regard to case and outer spaces.
    pub artists: Arc<dyn Artists>,
    /// Weights of the blend in the order of [`Metric::SINGLE`]; they need not add up to 1.
    pub blend: [f32; 4],
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            metric: Metric::default(),
            top: 20,
            seeds: Vec::new(),
            exclude: HashSet::new(),
            only: None,
            per_artist: 3,
            artists: Arc::new(HashMap::new()),
            blend: [1.0; 4],
        }
    }
}

/// Where the first good answers go.
pub type OnFirst<'a> = &'a (dyn Fn(Recommendations) + Sync);

/// What is compared with what.
struct Round<'a> {
    queries: Vec<Prepared<'a>>,
    options: &'a SearchOptions,
    folded: Vec<TrackId>,
    targets: Targets,
    start: Instant,
}

/// The places that are compared: all but some.
#[derive(Default)]
struct Targets {
    places: usize,
    /// The query's own tracks and their duplicates.
    skipped: HashSet<u32>,
    /// For each place whether it is left out, where a filter leaves out others as well.
    mask: Vec<bool>,
    /// How many the filter leaves out.
    filtered: usize,
}

impl Targets {
    fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.places).filter(|place| self.has(*place as u32))
    }

    fn has(&self, place: u32) -> bool {
        self.mask.get(place as usize).map_or_else(|| !self.skipped.contains(&place), |skipped| !skipped)
    }

    fn count(&self) -> usize {
        self.places - self.skipped.len() - self.filtered
    }

    fn skip(&self) -> Skip<'_> {
        if self.mask.is_empty() { Skip::Few(&self.skipped) } else { Skip::Many(&self.mask) }
    }
}

impl Index {
    /// The tracks nearest to `queries`, nearest first; equally near tracks in the order of their ids.
    ///
    /// The distance to several queries is the mean of the distances to each, under every metric; the blend is made of
    /// those means, each divided by its median over all tracks but the query's own and their duplicates, or over an even
    /// sample of them where they are more than [`LARGE`](super::LARGE). A filter changes no distance. Without a query nothing is compared and nothing is recommended.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where a query is of another model.
    pub fn search(&self, queries: &[Trajectory], options: &SearchOptions) -> Result<Recommendations, SimilarityError> {
        self.search_first(queries, options, None)
    }

    /// The same; in a large library `on_first` hears of good answers as soon as there are some, which may not be the
    /// nearest yet.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn search_first(
        &self,
        queries: &[Trajectory],
        options: &SearchOptions,
        on_first: Option<OnFirst<'_>>,
    ) -> Result<Recommendations, SimilarityError> {
        self.search_weighted(queries, &[], options, on_first)
    }

    /// The same with a weight for each query, 1 where there is none: negative ones push away. [`weighted`](super::weighted)
    /// says what distance that makes.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn search_weighted(
        &self,
        queries: &[Trajectory],
        weights: &[f32],
        options: &SearchOptions,
        on_first: Option<OnFirst<'_>>,
    ) -> Result<Recommendations, SimilarityError> {
        let start = Instant::now();
        queries.iter().try_for_each(|query| self.check(query))?;
        let queries = prepare(queries, weights);
        let (folded, mut targets) = self.targets(options);
        if queries.is_empty() {
            targets = Targets::default();
        }
        let round = Round { queries, options, folded, targets, start };
        if self.parts().is_empty() || round.targets.count() == 0 || pushes(&round.queries) {
            return Ok(self.compare_all(&round));
        }
        Ok(self.compare_few(&round, on_first))
    }

    /// A first answer from tracks that are known to be near, each with its distance under the metric asked for. It may miss
    /// tracks that are nearer than the last of it, but no distance is wrong where those given are right.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn first_of(
        &self,
        queries: &[Trajectory],
        options: &SearchOptions,
        known: &[(f32, TrackId)],
    ) -> Result<Recommendations, SimilarityError> {
        let start = Instant::now();
        queries.iter().try_for_each(|query| self.check(query))?;
        let queries = prepare(queries, &[]);
        let (folded, targets) = self.targets(options);
        let round = Round { queries, options, folded, targets, start };
        let numbers = Numbers::new(&*options.artists, self.ids());
        let artists = |place| numbers.of(place);
        let limits = Limits { top: options.top, per_artist: options.per_artist, artists: &artists };
        let mut pool = Pool::default();
        let places = known.iter().filter_map(|(distance, track)| Some((*distance, self.place(*track)? as u32)));
        pool.take(places.filter(|(_, place)| round.targets.has(*place)), &limits);
        let (items, capped) = self.items(&round, &pool, &limits, None);
        Ok(round.answer(items, capped, Vec::new(), false))
    }

    /// Compares every target under every metric.
    fn compare_all(&self, round: &Round<'_>) -> Recommendations {
        let options = round.options;
        let targets: Vec<usize> = round.targets.places().collect();
        let single = self.single_distances(&round.queries, &targets);
        let blend = if self.sample_step() == 1 && round.targets.filtered == 0 && !pushes(&round.queries) {
            Blend::new(options.blend, &single)
        } else {
            self.blend(round)
        };
        let distances: Vec<[f32; 5]> =
            single.par_iter().map(|row| [row[0], row[1], row[2], row[3], blend.of(row)]).collect();
        let orders: Vec<Vec<u32>> =
            (0..Metric::ALL.len()).into_par_iter().map(|metric| order(&distances, metric)).collect();
        let wanted = column(options.metric);
        let id_of = |row: u32| self.ids()[targets[row as usize]];
        let (chosen, capped) = choose(&orders[wanted], id_of, options);
        let items = chosen
            .iter()
            .zip(ranks(&chosen, &orders, targets.len()))
            .map(|(row, ranks)| {
                let distances = distances[*row as usize];
                Recommendation { track: id_of(*row), distance: distances[wanted], distances, ranks }
            })
            .collect();
        round.answer(items, capped, Vec::new(), true)
    }

    /// Lets the engine find the answer, and compares the answers under the other metrics.
    fn compare_few(&self, round: &Round<'_>, on_first: Option<OnFirst<'_>>) -> Recommendations {
        let options = round.options;
        // The medians cost more than a whole search by another metric, so only a search by the blend has them.
        let blend = (options.metric == Metric::Blend).then(|| self.blend(round));
        let metrics = blend.as_ref().map_or_else(|| vec![(options.metric, 1.0, 1.0)], Blend::terms);
        let terms = round
            .queries
            .iter()
            .flat_map(|query| {
                metrics.iter().map(move |(metric, weight, scale)| Term {
                    query: query.trajectory,
                    metric: *metric,
                    weight: weight * query.share,
                    scale: *scale,
                })
            })
            .collect();
        let exact = |place: u32| {
            let mut scratch = Scratch::default();
            match &blend {
                Some(blend) => blend.of(&self.singles(&round.queries, place as usize, &mut scratch)),
                None => self.single(options.metric, &round.queries, place as usize, &mut scratch),
            }
        };
        let numbers = Numbers::new(&*options.artists, self.ids());
        let artists = |place| numbers.of(place);
        let limits = Limits { top: options.top, per_artist: options.per_artist, artists: &artists };
        let tell = |pool: &Pool| {
            if let Some(on_first) = on_first {
                let (items, capped) = self.items(round, pool, &limits, blend.as_ref());
                on_first(round.answer(items, capped, Vec::new(), false));
            }
        };
        let first: Option<super::exact::First<'_>> = on_first.is_some().then_some(&tell);
        let found = find(self.parts(), &Ask { terms }, &limits, round.targets.skip(), &exact, self.engine(), first);
        let (items, capped) = self.items(round, &found.pool, &limits, blend.as_ref());
        round.answer(items, capped, found.stages, true)
    }

    fn blend(&self, round: &Round<'_>) -> Blend {
        let sample = self.sample_distances(&sizes(&round.queries), &|place| round.targets.skipped.contains(&place));
        Blend::new(round.options.blend, &sample)
    }

    /// The best of a pool with their distances under every metric.
    fn items(
        &self,
        round: &Round<'_>,
        pool: &Pool,
        limits: &Limits<'_>,
        blend: Option<&Blend>,
    ) -> (Vec<Recommendation>, usize) {
        let (best, capped) = pool.ranked(limits);
        let places: Vec<usize> = best.iter().map(|(_, place, _)| *place as usize).collect();
        let wanted = column(round.options.metric);
        let items =
            best.iter().zip(self.single_distances(&round.queries, &places)).map(|((distance, place, rank), row)| {
                let mut ranks = [0; 5];
                ranks[wanted] = *rank;
                Recommendation {
                    track: self.ids()[*place as usize],
                    distance: *distance,
                    distances: [row[0], row[1], row[2], row[3], blend.map_or(f32::NAN, |blend| blend.of(&row))],
                    ranks,
                }
            });
        (items.collect(), capped)
    }

    /// The tracks folded away, in the order of the ids, and what is left to compare.
    fn targets(&self, options: &SearchOptions) -> (Vec<TrackId>, Targets) {
        let mut skipped = HashSet::new();
        let mut folded = Vec::new();
        for id in &options.exclude {
            if let Some(place) = self.place(*id) {
                skipped.insert(place as u32);
                if !options.seeds.contains(id) {
                    folded.push(*id);
                }
            }
        }
        folded.sort_unstable();
        skipped.extend(options.seeds.iter().filter_map(|id| self.place(*id)).map(|place| place as u32));
        let (mut mask, mut filtered) = (Vec::new(), 0);
        if let Some(only) = &options.only {
            mask = (0..self.len()).map(|place| !only.get(place).copied().unwrap_or(false)).collect();
            let both = skipped.iter().filter(|place| mask[**place as usize]).count();
            filtered = mask.iter().filter(|skipped| **skipped).count() - both;
            skipped.iter().for_each(|place| mask[*place as usize] = true);
        }
        (folded, Targets { places: self.len(), skipped, mask, filtered })
    }
}

impl Round<'_> {
    fn answer(&self, items: Vec<Recommendation>, capped: usize, stages: Vec<Share>, exact: bool) -> Recommendations {
        let took: Duration = self.start.elapsed();
        Recommendations {
            seeds: self.options.seeds.clone(),
            metric: self.options.metric,
            items,
            compared: self.targets.count(),
            filtered: self.targets.filtered,
            folded: self.folded.clone(),
            capped,
            exact,
            stages,
            took,
        }
    }
}

fn column(metric: Metric) -> usize {
    match metric {
        Metric::Mean => 0,
        Metric::Min => 1,
        Metric::Frechet => 2,
        Metric::Dtw => 3,
        Metric::Blend => 4,
    }
}

/// The rows of `distances` from the nearest to the farthest under one metric. Rows are in the order of the ids, so
/// equal distances stay in that order.
fn order(distances: &[[f32; 5]], metric: usize) -> Vec<u32> {
    let mut keys: Vec<(f32, u32)> = distances.iter().map(|row| row[metric]).zip(0..).collect();
    keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    keys.into_iter().map(|(_, row)| row).collect()
}

/// Takes rows in their order until `top` are taken, and counts those passed over because their artist had its places
/// already.
fn choose(order: &[u32], id_of: impl Fn(u32) -> TrackId, options: &SearchOptions) -> (Vec<u32>, usize) {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut chosen = Vec::new();
    let mut capped = 0;
    for row in order {
        if chosen.len() == options.top {
            break;
        }
        if options.per_artist > 0
            && let Some(artist) = known(&*options.artists, id_of(*row))
        {
            let places = taken.entry(artist).or_default();
            if *places == options.per_artist {
                capped += 1;
                continue;
            }
            *places += 1;
        }
        chosen.push(*row);
    }
    (chosen, capped)
}

/// Ranks from 1 of the chosen rows under each metric, among all `count` rows.
fn ranks(chosen: &[u32], orders: &[Vec<u32>], count: usize) -> Vec<[u32; 5]> {
    let mut ranks = vec![[0; 5]; chosen.len()];
    let mut rank_of = vec![0; count];
    for (metric, order) in orders.iter().enumerate() {
        for (rank, row) in (1..).zip(order) {
            rank_of[*row as usize] = rank;
        }
        for (ranks, row) in ranks.iter_mut().zip(chosen) {
            ranks[metric] = rank_of[*row as usize];
        }
    }
    ranks
}
