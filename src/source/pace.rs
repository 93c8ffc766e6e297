//! How often a service may be asked, and until when it wants to be left alone.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::{Cancelled, Control};

/// The longest rest that a host is believed: a clock that was set back must not silence a service for years.
const LONGEST_REST: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How long a waiting caller may overlook that it was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// At most so many requests within so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: usize,
    pub within: Duration,
}

impl Limit {
    pub const fn new(requests: usize, seconds: u64) -> Self {
        Self { requests, within: Duration::from_secs(seconds) }
    }
}

/// The one queue in front of a service: every request of the program takes its turn here.
#[derive(Debug)]
pub struct Pace {
    limit: Limit,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the last requests were made, oldest first; never more than the limit.
    asked: VecDeque<Instant>,
    not_before: Option<SystemTime>,
}

/// What came of asking for a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Granted,
    /// The service asked to be left alone until then.
    NotBefore(SystemTime),
}

impl Pace {
    pub fn new(limit: Limit) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// Waits for as long as the limit says, and takes a turn; does not wait for a rest that the service asked for.
    ///
    /// # Errors
    /// [`Cancelled`] at once when `control` is cancelled.
    pub fn turn(&self, control: &Control) -> Result<Turn, Cancelled> {
        loop {
            control.checkpoint()?;
            let wait = {
                let mut state = self.lock();
                if let Some(until) = rest(state.not_before, SystemTime::now()) {
                    return Ok(Turn::NotBefore(until));
                }
                let now = Instant::now();
                match free_in(&state.asked, self.limit, now) {
                    Duration::ZERO => {
                        if state.asked.len() >= self.limit.requests {
                            state.asked.pop_front();
                        }
                        state.asked.push_back(now);
                        return Ok(Turn::Granted);
                    }
                    wait => wait,
                }
            };
            std::thread::sleep(wait.min(LOOK_EVERY));
        }
    }

    /// Leaves the service alone for `rest` from now on, or longer where it asked for that before.
    pub fn leave_alone(&self, rest: Duration) -> SystemTime {
        let until = SystemTime::now() + rest.min(LONGEST_REST);
        let mut state = self.lock();
        let until = state.not_before.map_or(until, |before| before.max(until));
        state.not_before = Some(until);
        until
    }

    /// When the service may be asked again; `None` where that is now.
    pub fn not_before(&self) -> Option<SystemTime> {
        rest(self.lock().not_before, SystemTime::now())
    }

    /// Takes over what was kept from an earlier run, in seconds since the Unix epoch; a longer rest stays.
    pub fn restore(&self, not_before: Option<i64>) {
        let at = not_before.and_then(|at| u64::try_from(at).ok()).map(|at| UNIX_EPOCH + Duration::from_secs(at));
        let mut state = self.lock();
        state.not_before = state.not_before.max(at);
    }

    // Plain values: a panic leaves nothing half-written.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until `until`, for as long as `control` lets.
///
/// # Errors
/// [`Cancelled`] at once when `control` is cancelled.
pub fn wait_until(until: SystemTime, control: &Control) -> Result<(), Cancelled> {
    loop {
        control.checkpoint()?;
        match until.duration_since(SystemTime::now()) {
            Ok(rest) if !rest.is_zero() => std::thread::sleep(rest.min(LOOK_EVERY)),
            _ => return Ok(()),
        }
    }
}

/// Until when to rest; `None` where that is over, or so far away that the clock was set back since.
fn rest(not_before: Option<SystemTime>, now: SystemTime) -> Option<SystemTime> {
    not_before.filter(|until| until.duration_since(now).is_ok_and(|left| !left.is_zero() && left <= LONGEST_REST))
}

/// How long until one more request keeps the limit.
fn free_in(asked: &VecDeque<Instant>, limit: Limit, now: Instant) -> Duration {
    if asked.len() < limit.requests {
        return Duration::ZERO;
    }
    asked.front().map_or(Duration::ZERO, |first| limit.within.saturating_sub(now.saturating_duration_since(*first)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_stretch_of_time_ever_has_more_requests_than_the_limit(
            gaps in proptest::collection::vec(0_u64..400, 1..60), requests in 1_usize..6, within in 1_u64..900,
        ) {
            let limit = Limit { requests, within: Duration::from_millis(within) };
            let start = Instant::now();
            let (mut now, mut asked, mut all) = (start, VecDeque::new(), Vec::new());
            for gap in gaps {
                now += Duration::from_millis(gap);
                now += free_in(&asked, limit, now);
                prop_assert_eq!(free_in(&asked, limit, now), Duration::ZERO);
                if asked.len() >= requests {
                    asked.pop_front();
                }
                asked.push_back(now);
                all.push(now);
            }
            for some in all.windows(requests + 1) {
                prop_assert!(some[requests] - some[0] >= limit.within);
            }
        }
    }

    #[test]
    fn a_rest_is_kept_until_it_is_over_and_the_longer_one_counts() {
        let pace = Pace::new(Limit::new(10, 1));
        let control = Control::default();
        assert_eq!(pace.turn(&control), Ok(Turn::Granted));
        let until = pace.leave_alone(Duration::from_secs(3_600));
        assert_eq!(pace.leave_alone(Duration::from_secs(1)), until);
        assert_eq!(pace.turn(&control), Ok(Turn::NotBefore(until)));
        pace.restore(Some(0));
        assert_eq!(pace.not_before(), Some(until), "a longer rest stays");
        let pace = Pace::new(Limit::new(10, 1));
        pace.restore(Some(0));
        assert_eq!((pace.not_before(), pace.turn(&control)), (None, Ok(Turn::Granted)));
        // Ten years ahead: the clock was set back.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        pace.restore(Some(now + 315_360_000));
        assert_eq!(pace.not_before(), None);
    }

    #[test]
    fn a_cancelled_wait_ends() {
        let pace = Pace::new(Limit::new(1, 3_600));
        let control = Control::default();
        pace.turn(&control).unwrap();
        let other = control.clone();
        let waiting = std::thread::spawn(move || {
            let waited = pace.turn(&other);
            (waited, wait_until(SystemTime::now() + Duration::from_secs(3_600), &other))
        });
        control.cancel();
        assert_eq!(waiting.join().unwrap(), (Err(Cancelled), Err(Cancelled)));
    }
}
