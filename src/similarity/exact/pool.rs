//! The best tracks so far, and how near a track must be to become one of them.

/// How many tracks are wanted, and how many of one artist at most.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    pub top: usize,
    /// 0 is no limit.
    pub per_artist: usize,
    /// A number for the artist of a place; 0 where none is known.
    pub artists: &'a (dyn Fn(u32) -> u32 + Sync),
}

/// Everything compared in full that is no farther than the last of the best.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// Distance and place, nearest first, equals by place.
    compared: Vec<(f32, u32)>,
    limit: Option<f32>,
}

impl Pool {
    /// A track farther than this cannot be among the best; without a limit any can.
    ///
    /// With artists limited, the limit is the distance of the last of the best k among those that the rule lets through. Another
    /// track that comes in can only bring it down: it adds to its artist's tracks or replaces a farther one.
    pub fn limit(&self) -> f32 {
        self.limit.unwrap_or(f32::INFINITY)
    }

    /// Takes in tracks compared in full.
    pub fn take(&mut self, compared: impl IntoIterator<Item = (f32, u32)>, limits: &Limits<'_>) {
        let limit = self.limit();
        self.compared.extend(compared.into_iter().filter(|(distance, _)| distance.total_cmp(&limit).is_le()));
        self.compared.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (best, _) = self.best(limits);
        self.limit = match best.last() {
            Some((distance, _)) if best.len() == limits.top => Some(*distance),
            None if limits.top == 0 => Some(f32::NEG_INFINITY),
            _ => None,
        };
        if let Some(limit) = self.limit {
            let kept = self.compared.partition_point(|(distance, _)| distance.total_cmp(&limit).is_le());
            self.compared.truncate(kept);
        }
    }

    /// The best, nearest first, with the rank of each among all that were compared; and how many were passed over because
    /// their artist had its places already.
    pub fn ranked(&self, limits: &Limits<'_>) -> (Vec<(f32, u32, u32)>, usize) {
        let mut taken = std::collections::HashMap::<u32, usize>::new();
        let mut best = Vec::new();
        let mut capped = 0;
        for ((distance, place), rank) in self.compared.iter().zip(1..) {
            if best.len() == limits.top {
                break;
            }
            let artist = if limits.per_artist > 0 { (limits.artists)(*place) } else { 0 };
            if artist != 0 {
                let places = taken.entry(artist).or_default();
                if *places == limits.per_artist {
                    capped += 1;
                    continue;
                }
                *places += 1;
            }
            best.push((*distance, *place, rank));
        }
        (best, capped)
    }

    fn best(&self, limits: &Limits<'_>) -> (Vec<(f32, u32)>, usize) {
        let (best, capped) = self.ranked(limits);
        (best.into_iter().map(|(distance, place, _)| (distance, place)).collect(), capped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_last_of_the_best_that_the_artists_leave() {
        let artists = |place: u32| [1, 1, 1, 2, 0, 0][place as usize];
        let limits = Limits { top: 3, per_artist: 1, artists: &artists };
        let mut pool = Pool::default();
        pool.take([(1.0, 0), (2.0, 1), (3.0, 2)], &limits);
        assert_eq!(pool.limit(), f32::INFINITY, "one artist alone fills one place");
        pool.take([(5.0, 3), (4.0, 5)], &limits);
        assert_eq!(pool.limit(), 5.0);
        pool.take([(0.5, 2), (9.0, 4)], &limits);
        let (best, capped) = pool.ranked(&limits);
        assert_eq!(best, [(0.5, 2, 1), (4.0, 5, 5), (5.0, 3, 6)]);
        assert_eq!(capped, 3);
        let none = Limits { top: 0, ..limits };
        let mut pool = Pool::default();
        pool.take([], &none);
        assert_eq!(pool.limit(), f32::NEG_INFINITY);
    }

    #[test]
    fn equals_of_the_last_stay_for_the_order_of_ids_to_decide() {
        let limits = Limits { top: 1, per_artist: 0, artists: &|_| 0 };
        let mut pool = Pool::default();
        pool.take([(1.0, 7)], &limits);
        pool.take([(1.0, 3), (1.0, 9)], &limits);
        assert_eq!(pool.ranked(&limits).0, [(1.0, 3, 1)]);
    }
}
