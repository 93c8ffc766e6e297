//! A cap on bytes a second, shared by all connections of a download.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{Cancelled, Control};

/// Waiting that can be cancelled looks this often.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Hands out the time at which each piece may go on.
#[derive(Debug)]
pub(super) struct Rate {
    bytes_a_second: Option<u64>,
    free_at: Mutex<Option<Instant>>,
}

impl Rate {
    pub(super) fn new(bytes_a_second: Option<u64>) -> Self {
        Self { bytes_a_second: bytes_a_second.filter(|rate| *rate > 0), free_at: Mutex::new(None) }
    }

    /// Waits until `bytes` more bytes keep the cap.
    pub(super) fn pass(&self, bytes: usize, control: &Control) -> Result<(), Cancelled> {
        let Some(rate) = self.bytes_a_second else { return control.checkpoint() };
        let now = Instant::now();
        let until = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let until = free_at.map_or(now, |free_at| free_at.max(now));
            *free_at = Some(until + Duration::from_secs_f64(bytes as f64 / rate as f64));
            until
        };
        pause(until.saturating_duration_since(now), control)
    }
}

/// Waits for `time`; a paused control waits longer, a cancelled one ends it at once.
pub(super) fn pause(time: Duration, control: &Control) -> Result<(), Cancelled> {
    let until = Instant::now() + time;
    loop {
        control.checkpoint()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(LOOK_EVERY));
    }
}
