//! Pause, resume and cancel: the handle that long work looks at between two steps.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The work was cancelled. What was finished before stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Run,
    Pause,
    Cancel,
}

/// Shared between the one who asks for work and the one who does it. Clones steer the same work.
#[derive(Debug, Clone)]
pub struct Control {
    wish: Arc<(Mutex<Wish>, Condvar)>,
}

impl Default for Control {
    fn default() -> Self {
        Self { wish: Arc::new((Mutex::new(Wish::Run), Condvar::new())) }
    }
}

impl Control {
    /// Asks the work to wait at its next checkpoint. Cancelled work stays cancelled.
    pub fn pause(&self) {
        self.wish_for(Wish::Pause);
    }

    /// Lets paused work go on.
    pub fn resume(&self) {
        self.wish_for(Wish::Run);
    }

    /// Ends the work at its next checkpoint, paused or not. There is no way back.
    pub fn cancel(&self) {
        self.wish_for(Wish::Cancel);
    }

    /// Whether [`Control::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        *self.lock() == Wish::Cancel
    }

    /// Whether the work was asked to wait.
    pub fn is_paused(&self) -> bool {
        *self.lock() == Wish::Pause
    }

    /// Called by the work between two steps: returns at once while it may run, waits while it is paused.
    ///
    /// # Errors
    /// [`Cancelled`] as soon as the work is cancelled.
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        let (_, changed) = &*self.wish;
        let mut wish = self.lock();
        loop {
            match *wish {
                Wish::Run => return Ok(()),
                Wish::Cancel => return Err(Cancelled),
                Wish::Pause => wish = changed.wait(wish).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn wish_for(&self, new: Wish) {
        let mut wish = self.lock();
        if *wish != Wish::Cancel {
            *wish = new;
        }
        self.wish.1.notify_all();
    }

    // A panic while the lock is held cannot leave a half-written `Wish`, so a poisoned lock is still good.
    fn lock(&self) -> std::sync::MutexGuard<'_, Wish> {
        self.wish.0.lock().unwrap_or_else(PoisonError::into_inner)
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
}
