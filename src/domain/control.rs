//! Pause, resume and cancel: the handle that long work looks at between two steps.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The work was cancelled. What was finished before stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

#[derive(Debug, Clone, Copy, Default)]
struct Wishes {
    /// By the one who asked for the work.
    paused: bool,
    /// By the one who shares out the processor: other work comes first.
    held: bool,
    cancelled: bool,
    /// How often work that rests was asked to go on at once.
    nudges: u32,
}

/// Shared between the one who asks for work and the one who does it. Clones steer the same work.
#[derive(Debug, Clone, Default)]
pub struct Control {
    wishes: Arc<(Mutex<Wishes>, Condvar)>,
}

impl Control {
    /// Asks the work to wait at its next checkpoint. Cancelled work stays cancelled.
    pub fn pause(&self) {
        self.wish(|wishes| wishes.paused = true);
    }

    /// Lets paused work go on, and ends a [`Control::rest`].
    pub fn resume(&self) {
        self.wish(|wishes| {
            wishes.paused = false;
            wishes.nudges = wishes.nudges.wrapping_add(1);
        });
    }

    /// Makes the work step aside at its next checkpoint while `held`. It is paused besides where it was paused.
    pub fn hold(&self, held: bool) {
        self.wish(|wishes| wishes.held = held);
    }

    /// Ends the work at its next checkpoint, paused or not. There is no way back.
    pub fn cancel(&self) {
        self.wish(|wishes| wishes.cancelled = true);
    }

    /// Whether [`Control::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// Whether the work was asked to wait.
    pub fn is_paused(&self) -> bool {
        let wishes = self.lock();
        wishes.paused && !wishes.cancelled
    }

    /// Called by the work between two steps: returns at once while it may run, waits while it is paused or held. Never
    /// called on a thread of the pool that all work shares, nor under a lock that other work needs: whoever it makes way
    /// for would wait for it.
    ///
    /// # Errors
    /// [`Cancelled`] as soon as the work is cancelled.
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        // The threads of a pool of one's own have names.
        let shared = rayon::current_thread_index().is_some() && std::thread::current().name().is_none();
        debug_assert!(!shared, "work may not wait on a thread that other work needs");
        let (_, changed) = &*self.wishes;
        let mut wishes = self.lock();
        loop {
            if wishes.cancelled {
                return Err(Cancelled);
            }
            if !wishes.paused && !wishes.held {
                return Ok(());
            }
            wishes = changed.wait(wishes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for `time`, by a clock that nobody can set, or until [`Control::resume`].
    ///
    /// # Errors
    /// [`Cancelled`] as soon as the work is cancelled.
    pub fn rest(&self, time: Duration) -> Result<(), Cancelled> {
        let (_, changed) = &*self.wishes;
        let begun = Instant::now();
        let mut wishes = self.lock();
        let nudges = wishes.nudges;
        loop {
            if wishes.cancelled {
                return Err(Cancelled);
            }
            let left = time.saturating_sub(begun.elapsed());
            if left.is_zero() || wishes.nudges != nudges {
                return Ok(());
            }
            wishes = changed.wait_timeout(wishes, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.lock());
        self.wishes.1.notify_all();
    }

    // A panic while the lock is held cannot leave half a wish, so a poisoned lock is still good.
    fn lock(&self) -> std::sync::MutexGuard<'_, Wishes> {
        self.wishes.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paused_work_waits_and_cancel_wakes_it() {
        let control = Control::default();
        control.pause();
        let worker = control.clone();
        let thread = std::thread::spawn(move || worker.checkpoint());
        control.cancel();
        assert_eq!(thread.join().unwrap(), Err(Cancelled));
        control.resume();
        assert!(control.is_cancelled(), "cancelled work stays cancelled");
    }

    #[test]
    fn held_work_waits_whether_or_not_it_is_paused() {
        let control = Control::default();
        control.hold(true);
        control.pause();
        control.resume();
        let worker = control.clone();
        let thread = std::thread::spawn(move || worker.checkpoint());
        control.hold(false);
        assert_eq!(thread.join().unwrap(), Ok(()));
    }

    #[test]
    fn a_rest_ends_early_when_work_is_asked_to_go_on_or_cancelled() {
        for (end, expected) in
            [(Control::resume as fn(&Control), Ok(())), (Control::cancel as fn(&Control), Err(Cancelled))]
        {
            let control = Control::default();
            let worker = control.clone();
            let (started, begun) = std::sync::mpsc::sync_channel(1);
            let thread = std::thread::spawn(move || {
                started.send(()).unwrap();
                worker.rest(Duration::from_secs(3_600))
            });
            begun.recv().unwrap();
            // The rest may begin after the first of these.
            while !thread.is_finished() {
                end(&control);
                std::thread::yield_now();
            }
            assert_eq!(thread.join().unwrap(), expected);
        }
        assert_eq!(Control::default().rest(Duration::ZERO), Ok(()));
    }
}
