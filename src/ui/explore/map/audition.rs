//! Hearing what the pointer rests on: a moment of rest plays that segment, leaving it stops.

use crate::domain::TrackId;

/// Seconds for which the pointer rests before something is heard.
const REST_S: f64 = 0.25;

/// A segment of a track, or of the file asked about.
pub type Segment = (Option<TrackId>, usize);

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ask {
    Play(Segment),
    Stop,
}

/// What the pointer rests on, and what is heard of it.
#[derive(Debug, Clone, Default)]
pub struct Audition {
    pub on: bool,
    /// Under the pointer, and since when, in seconds of the window.
    over: Option<(Segment, f64)>,
    heard: Option<Segment>,
}

impl Audition {
    /// Switches it on or off; what it plays stops.
    pub fn toggle(&mut self) -> Option<Ask> {
        *self = Self { on: !self.on, over: None, heard: self.heard };
        self.heard.take().map(|_| Ask::Stop)
    }

    /// Follows the pointer. While it `waits` another look is needed soon, be the pointer still or not.
    pub fn follow(&mut self, now: f64, over: Option<Segment>) -> Option<Ask> {
        if !self.on {
            return None;
        }
        self.over = over.map(|segment| match self.over {
            Some((before, since)) if before == segment => (segment, since),
            _ => (segment, now),
        });
        if self.heard.is_some() && self.heard != over {
            self.heard = None;
            return Some(Ask::Stop);
        }
        let (segment, since) = self.over?;
        if self.heard.is_none() && now - since >= REST_S {
            self.heard = Some(segment);
            return Some(Ask::Play(segment));
        }
        None
    }

    /// Seconds until something is heard if the pointer stays where it is.
    pub fn waits(&self, now: f64) -> Option<f64> {
        let (_, since) = self.over.filter(|_| self.heard.is_none())?;
        Some((REST_S - (now - since)).max(0.0))
    }

    /// Forgets what is heard: something else was asked for by a click.
    pub fn yield_to_click(&mut self) {
        self.heard = None;
        self.over = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resting_plays_and_leaving_stops() {
        let mut audition = Audition::default();
        let (a, b) = ((Some(TrackId(1)), 4), (Some(TrackId(2)), 7));
        assert_eq!(audition.follow(0.0, Some(a)), None, "it is off");
        assert_eq!(audition.toggle(), None);
        assert_eq!(audition.follow(1.0, Some(a)), None);
        assert!(audition.waits(1.1).is_some_and(|rest| (rest - 0.15).abs() < 1e-9));
        assert_eq!(audition.follow(1.2, Some(a)), None, "not yet");
        assert_eq!(audition.follow(1.3, Some(a)), Some(Ask::Play(a)));
        assert_eq!(audition.follow(1.4, Some(a)), None, "once is enough");
        assert_eq!((audition.follow(1.5, Some(b)), audition.follow(1.6, Some(b))), (Some(Ask::Stop), None));
        assert_eq!(audition.follow(1.8, Some(b)), Some(Ask::Play(b)));
        assert_eq!(audition.follow(1.9, None), Some(Ask::Stop));
        assert_eq!(audition.waits(2.0), None);
    }

    #[test]
    fn passing_over_is_not_heard_and_switching_off_stops() {
        let mut audition = Audition::default();
        audition.toggle();
        for step in 0..20 {
            assert_eq!(audition.follow(f64::from(step) * 0.2, Some((None, step as usize))), None);
        }
        assert_eq!(audition.follow(9.0, Some((None, 19))), Some(Ask::Play((None, 19))));
        assert_eq!(audition.toggle(), Some(Ask::Stop));
        assert_eq!(audition.follow(9.5, Some((None, 3))), None);
    }
}
