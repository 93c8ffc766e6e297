//! What the tracks of a region of the map have in common, and where its name stands.

use std::collections::HashMap;

use super::layout::MapLayout;

/// The least share of a region's tracks that have what it is named by.
const SHARE: f64 = 0.5;
/// How many times that share is, at least, of the share in the whole library.
const LIFT: f64 = 1.5;
/// Fewest tracks that have it.
const FEWEST: usize = 4;
/// How likely it may be that any region of a map gets a name by chance alone.
const CHANCE: f64 = 0.01;
/// Cells along each side of the map in which the fullest place of a region is sought.
const CELLS: usize = 32;

/// What a region is named by, those that say most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionKind {
    Genre,
    Artist,
    Tempo,
    Key,
    /// How it sounds: bright, sparse, driving.
    Heard,
}

/// What one track has of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// Index into [`Property::names`].
    One(u32),
    /// It was looked at and has none of the names.
    Nothing,
    /// It was not looked at, and does not count.
    Unknown,
}

/// One property of the tracks of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    pub kind: RegionKind,
    pub names: Vec<String>,
    /// What each track has, in the order of [`MapLayout::points`].
    pub of: Vec<Has>,
}

/// A region of the map with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub name: String,
    pub kind: RegionKind,
    /// Where the region is fullest, in map coordinates.
    pub position: [f32; 2],
    /// Tracks of the region that have what the name says.
    pub having: usize,
    /// Tracks of the region that were looked at for it.
    pub tracks: usize,
    /// The share of the whole library that has it, 0 to 1.
    pub elsewhere: f32,
}

/// Names the clusters of a finished map by what their tracks have in common, the largest cluster first.
///
/// A cluster gets a name where at least half of its tracks have it, at least 4 of them, and that is at least 1.5 times the
/// share in the whole library, and more than chance explains: the binomial probability of as many or more, with the
/// library's share, is below 0.01 divided by the number of names that were tried for all clusters (Bonferroni). Of
/// several names the first kind in the order of [`RegionKind`] counts, and of one kind the one that most have. Clusters
/// that would bear the same name have another of their names added, where there is one that the others lack. All others
/// stay without a name.
pub fn regions(layout: &MapLayout, properties: &[Property]) -> Vec<Region> {
    let clusters = layout.points.iter().map(|point| usize::from(point.cluster) + 1).max().unwrap_or(0);
    let mut names: Vec<Vec<Candidate<'_>>> = vec![Vec::new(); clusters];
    let counted: Vec<Counts> = properties.iter().map(|property| Counts::new(layout, property, clusters)).collect();
    let tried: usize = counted.iter().map(|counts| counts.tried() * clusters).sum();
    let facts = Factorials::new(layout.points.len());
    for (property, counts) in properties.iter().zip(&counted) {
        for (cluster, names) in names.iter_mut().enumerate() {
            names.extend(counts.candidates(property, cluster, CHANCE / tried.max(1) as f64, &facts));
        }
    }
    for names in &mut names {
        names.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.share().total_cmp(&a.share())).then(a.name.cmp(b.name)));
    }
    let places = fullest(layout, clusters);
    let of = |cluster: usize| {
        let chosen = names[cluster].first()?;
        Some(Region {
            name: told_apart(&names, cluster),
            kind: chosen.kind,
            position: places[cluster]?,
            having: chosen.having,
            tracks: chosen.tracks,
            elsewhere: chosen.elsewhere as f32,
        })
    };
    (0..clusters).filter_map(of).collect()
}

/// The name of a cluster, with another of its names where a different cluster has the same first one.
fn told_apart(names: &[Vec<Candidate<'_>>], cluster: usize) -> String {
    let [first, rest @ ..] = names[cluster].as_slice() else { return String::new() };
    let same: Vec<usize> = (0..names.len())
        .filter(|other| *other != cluster && names[*other].first().is_some_and(|name| name.name == first.name))
        .collect();
    let own = rest.iter().find(|own| same.iter().all(|other| names[*other].iter().all(|name| name.name != own.name)));
    match own.filter(|_| !same.is_empty()) {
        Some(own) => format!("{}, {}", first.name, own.name),
        None => first.name.to_owned(),
    }
}

/// A name that a cluster may bear.
#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    kind: RegionKind,
    name: &'a str,
    having: usize,
    tracks: usize,
    elsewhere: f64,
}

impl Candidate<'_> {
    fn share(&self) -> f64 {
        self.having as f64 / self.tracks.max(1) as f64
    }
}

/// How many tracks have each name of a property.
struct Counts {
    all: HashMap<u32, usize>,
    looked_at: usize,
    /// By cluster: those that have each name, and those that were looked at.
    clusters: Vec<(HashMap<u32, usize>, usize)>,
}

impl Counts {
    fn new(layout: &MapLayout, property: &Property, clusters: usize) -> Self {
        let mut counts = Self { all: HashMap::new(), looked_at: 0, clusters: vec![(HashMap::new(), 0); clusters] };
        for (point, has) in layout.points.iter().zip(&property.of) {
            let (names, looked_at) = &mut counts.clusters[usize::from(point.cluster)];
            if *has != Has::Unknown {
                *looked_at += 1;
                counts.looked_at += 1;
            }
            if let Has::One(name) = has {
                *names.entry(*name).or_default() += 1;
                *counts.all.entry(*name).or_default() += 1;
            }
        }
        counts
    }

    /// Names that could be given at all.
    fn tried(&self) -> usize {
        self.all.values().filter(|count| **count >= FEWEST).count()
    }

    fn candidates<'a>(
        &self,
        property: &'a Property,
        cluster: usize,
        chance: f64,
        facts: &Factorials,
    ) -> Vec<Candidate<'a>> {
        let (names, tracks) = &self.clusters[cluster];
        let fits = |(name, having): (&u32, &usize)| {
            let elsewhere = *self.all.get(name)? as f64 / self.looked_at as f64;
            let name = property.names.get(*name as usize)?;
            let candidate = Candidate { kind: property.kind, name, having: *having, tracks: *tracks, elsewhere };
            let stands_out = *having >= FEWEST
                && candidate.share() >= SHARE
                && candidate.share() >= LIFT * elsewhere
                && facts.at_least(*having, *tracks, elsewhere) < chance;
            stands_out.then_some(candidate)
        };
        names.iter().filter_map(fits).collect()
    }
}

/// Logarithms of factorials.
struct Factorials(Vec<f64>);

impl Factorials {
    fn new(most: usize) -> Self {
        let mut sum = 0.0;
        let rest = (1..=most).map(|number| {
            sum += (number as f64).ln();
            sum
        });
        Self(std::iter::once(0.0).chain(rest).collect())
    }

    /// The probability that at least `having` of `tracks` have what a share `p` of all has.
    fn at_least(&self, having: usize, tracks: usize, p: f64) -> f64 {
        if p >= 1.0 {
            return 1.0;
        }
        let (yes, no) = (p.ln(), (-p).ln_1p());
        let one = |k: usize| {
            let ways = self.0[tracks] - self.0[k] - self.0[tracks - k];
            (ways + k as f64 * yes + (tracks - k) as f64 * no).exp()
        };
        (having..=tracks).map(one).sum()
    }
}

/// The mean place of each cluster's tracks around the cell that, with its neighbours, has most of them.
fn fullest(layout: &MapLayout, clusters: usize) -> Vec<Option<[f32; 2]>> {
    let bounds = |axis: usize| {
        let values = layout.points.iter().map(|point| [point.x, point.y][axis]);
        let (low, high) =
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        (low, (high - low).max(f32::MIN_POSITIVE))
    };
    let ((left, width), (bottom, height)) = (bounds(0), bounds(1));
    let cell = |value: f32, low: f32, size: f32| (((value - low) / size * CELLS as f32) as usize).min(CELLS - 1);
    let cells: Vec<(usize, usize)> =
        layout.points.iter().map(|point| (cell(point.x, left, width), cell(point.y, bottom, height))).collect();
    let near = |a: (usize, usize), b: (usize, usize)| a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1;
    let place = |cluster: usize| {
        let own = || layout.points.iter().zip(&cells).filter(move |(point, _)| usize::from(point.cluster) == cluster);
        let mut counts = vec![0_usize; CELLS * CELLS];
        own().for_each(|(_, (x, y))| counts[y * CELLS + x] += 1);
        let around = |x: usize, y: usize| {
            let rows = y.saturating_sub(1)..=(y + 1).min(CELLS - 1);
            let columns = || x.saturating_sub(1)..=(x + 1).min(CELLS - 1);
            rows.flat_map(|row| columns().map(move |column| row * CELLS + column)).map(|at| counts[at]).sum::<usize>()
        };
        let best = (0..CELLS * CELLS)
            .filter(|at| counts[*at] > 0)
            .max_by_key(|at| (around(at % CELLS, at / CELLS), std::cmp::Reverse(*at)))?;
        let best = (best % CELLS, best / CELLS);
        let members: Vec<[f32; 2]> =
            own().filter(|(_, at)| near(**at, best)).map(|(point, _)| [point.x, point.y]).collect();
        let mean = |axis: usize| members.iter().map(|at| at[axis]).sum::<f32>() / members.len().max(1) as f32;
        Some([mean(0), mean(1)])
    };
    (0..clusters).map(place).collect()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::domain::TrackId;
    use crate::map::{MapPoint, MapSettings};

    /// A map of `count` tracks in `clusters` clusters, each around a place of its own.
    fn layout(count: usize, clusters: usize) -> MapLayout {
        let point = |index: usize| {
            let cluster = index % clusters;
            let [x, y] = [cluster as f32 * 10.0 + (index % 7) as f32 * 0.1, (index % 5) as f32 * 0.1];
            let cluster = cluster as u16;
            MapPoint { track: TrackId(index as i64), x, y, approximate: false, cluster, lost: None }
        };
        MapLayout {
            model: "m".into(),
            settings: MapSettings::default(),
            method: "t-SNE (exact)".into(),
            kl: None,
            recall_10: None,
            points: (0..count).map(point).collect(),
            regions: Vec::new(),
        }
    }

    fn property(kind: RegionKind, names: &[&str], of: impl Iterator<Item = Has>) -> Property {
        Property { kind, names: names.iter().map(|name| (*name).to_owned()).collect(), of: of.collect() }
    }

    #[test]
    fn two_obvious_groups_get_their_names_where_they_are() {
        let map = layout(40, 2);
        // Every tenth track is of the other genre.
        let genre = (0..40_u32).map(|index| Has::One(if index % 10 == 3 { 1 - index % 2 } else { index % 2 }));
        let found = regions(&map, &[property(RegionKind::Genre, &["Dub", "Folk"], genre)]);
        let names: Vec<&str> = found.iter().map(|region| region.name.as_str()).collect();
        assert_eq!(names, ["Dub", "Folk"]);
        assert!(found[0].position[0] < 1.0 && found[1].position[0] > 9.0, "{found:?}");
        assert_eq!((found[0].having, found[0].tracks), (20, 20));
        assert_eq!((found[1].having, found[1].tracks), (16, 20));
        assert!((found[1].elsewhere - 0.4).abs() < 1e-6);
    }

    #[test]
    fn what_is_everywhere_names_nothing() {
        let map = layout(60, 4);
        let one = property(RegionKind::Genre, &["Ambient"], (0..60).map(|_| Has::One(0)));
        assert_eq!(regions(&map, &[one]), []);
        assert_eq!(regions(&layout(0, 1), &[]), []);
    }

    #[test]
    fn chance_names_nothing() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let mut named = 0;
        for _ in 0..200 {
            let map = layout(96, 8);
            let kinds = [RegionKind::Genre, RegionKind::Artist, RegionKind::Tempo, RegionKind::Heard];
            let properties =
                kinds.map(|kind| property(kind, &names, (0..96).map(|_| Has::One(rng.random_range(0..8)))));
            named += regions(&map, &properties).len();
        }
        assert!(named <= 6, "{named} of 1,600 regions were named by chance");
    }

    #[test]
    fn a_genre_says_more_than_how_it_sounds_and_few_tracks_say_nothing() {
        let map = layout(40, 2);
        let half = |_: ()| (0..40_u32).map(|index| if index % 2 == 0 { Has::One(0) } else { Has::Nothing });
        let heard = property(RegionKind::Heard, &["bright"], half(()));
        let genre = property(RegionKind::Genre, &["Dub"], half(()));
        let found = regions(&map, &[heard.clone(), genre]);
        assert_eq!(
            found.iter().map(|region| (&*region.name, region.kind)).collect::<Vec<_>>(),
            [("Dub", RegionKind::Genre)]
        );
        assert_eq!(regions(&map, std::slice::from_ref(&heard))[0].name, "bright");
        // Three of three tracks that were looked at are not enough.
        let few = (0..40).map(|index| match (index < 6, index % 2) {
            (false, _) => Has::Unknown,
            (true, 0) => Has::One(0),
            (true, _) => Has::Nothing,
        });
        assert_eq!(regions(&map, &[property(RegionKind::Heard, &["bright"], few)]), []);
    }

    #[test]
    fn regions_of_one_name_are_told_apart() {
        let map = layout(80, 4);
        let genre = (0..80).map(|index| if index % 4 < 2 { Has::One(0) } else { Has::Nothing });
        let heard = (0..80).map(|index| if index % 4 == 0 { Has::One(0) } else { Has::Nothing });
        let found = regions(
            &map,
            &[property(RegionKind::Genre, &["Dub"], genre), property(RegionKind::Heard, &["bright"], heard)],
        );
        let names: Vec<&str> = found.iter().map(|region| region.name.as_str()).collect();
        assert_eq!(names, ["Dub, bright", "Dub"]);
    }

    #[test]
    fn the_binomial_tail_is_right() {
        // scipy.stats.binom.sf(k - 1, n, p): (4, 5, 0.25) 0.015625, (12, 20, 0.5) 0.2517223, (0, 7, 0.3) 1.
        let facts = Factorials::new(20);
        assert!((facts.at_least(4, 5, 0.25) - 0.015_625).abs() < 1e-9);
        assert!((facts.at_least(12, 20, 0.5) - 0.251_722_3).abs() < 1e-6);
        assert!((facts.at_least(0, 7, 0.3) - 1.0).abs() < 1e-9);
    }
}
