//! The mixing of the player: voices, fades, positions. It renders into a buffer and knows of no device.
//!
//! It runs in the audio callback, so it never blocks, never decodes, and neither allocates nor frees memory: samples
//! come ready from bounded channels, and what is used up goes back through others to be freed elsewhere.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

/// Every start and every stop of a voice fades over this long, so that no sound begins or ends with a click.
pub(super) const FADE_S: f64 = 0.015;
/// A change of volume takes this long from silent to full.
const VOLUME_RAMP_S: f64 = 0.05;
/// How long a voice goes on for the sake of its successor's first samples.
const HANDOVER_S: f64 = 0.08;
/// Voices that sound at the same time: the current one, and those that fade out.
const MOST_VOICES: usize = 8;
/// Blocks that a voice takes out of its feed ahead of need.
const BLOCKS_AHEAD: usize = 8;
/// Channels of every block and of what is rendered.
pub(super) const CHANNELS: usize = 2;

/// Interleaved stereo at the engine's rate.
pub(super) type Block = Vec<f32>;

/// What the engine is told.
pub(super) enum EngineCommand {
    /// Plays a voice in place of the others, which fade out as soon as it sounds.
    Start(Voice),
    Pause,
    Resume,
    /// Fades all voices out for good.
    Stop,
    SetVolume(f32),
}

/// What the engine tells. The number is the voice's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EngineEvent {
    Started(u64),
    /// All of the voice was played. One that is stopped does not end.
    Ended(u64),
}

/// The other end of an [`Engine`].
pub(super) struct EngineHandle {
    pub(super) commands: Sender<EngineCommand>,
    pub(super) events: Receiver<EngineEvent>,
    /// Voices that are done, to be freed outside the audio callback.
    pub(super) retired: Receiver<Voice>,
}

/// What a voice is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Play,
    Pause,
    Stop,
}

/// One stretch of one file on its way to the ear.
pub(super) struct Voice {
    number: u64,
    feed: Receiver<Block>,
    spent: Sender<Block>,
    queue: VecDeque<Block>,
    /// Frames of the first block in the queue that were played.
    offset: usize,
    /// Frames in the queue that were not.
    held: usize,
    /// Nothing more will come from the feed.
    complete: bool,
    /// Frames until the place to stop at.
    remaining: u64,
    wish: Wish,
    /// How far the fade is: 0 is silent, the length of the fade is full.
    level: usize,
    started: bool,
    played: Arc<AtomicU64>,
}

impl Voice {
    /// A voice that plays what comes from `feed`, at most `length` frames of it, and gives used blocks back to `spent`.
    /// `feed` tells the end by hanging up.
    pub(super) fn new(
        number: u64,
        feed: Receiver<Block>,
        spent: Sender<Block>,
        length: Option<u64>,
        paused: bool,
    ) -> Self {
        Self {
            number,
            feed,
            spent,
            queue: VecDeque::with_capacity(BLOCKS_AHEAD),
            offset: 0,
            held: 0,
            complete: false,
            remaining: length.unwrap_or(u64::MAX),
            wish: if paused { Wish::Pause } else { Wish::Play },
            level: 0,
            started: false,
            played: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Frames played so far, kept up to date by the engine.
    pub(super) fn played(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.played)
    }

    fn refill(&mut self) {
        while self.queue.len() < BLOCKS_AHEAD {
            match self.feed.try_recv() {
                Ok(block) if block.len() >= CHANNELS => {
                    self.held += block.len() / CHANNELS;
                    self.queue.push_back(block);
                }
                Ok(empty) => drop(self.spent.try_send(empty)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.complete = true;
                    return;
                }
            }
        }
    }

    /// Frames that can be played without waiting.
    fn left(&self) -> u64 {
        (self.held as u64).min(self.remaining)
    }

    /// Whether what is left is all there will ever be.
    fn is_last(&self) -> bool {
        self.complete || self.held as u64 >= self.remaining
    }

    fn is_over(&self) -> bool {
        match self.wish {
            Wish::Stop => self.level == 0,
            Wish::Play | Wish::Pause => self.left() == 0 && self.is_last(),
        }
    }

    fn is_silent(&self) -> bool {
        self.level == 0
    }

    /// A silent voice begins once it holds enough for a fade in and out, or all there is.
    fn may_begin(&self, fade: usize) -> bool {
        self.wish == Wish::Play && self.left() > 0 && (self.is_last() || self.left() > 2 * fade as u64)
    }

    /// Adds the voice to `out` and tells whether it sounded.
    fn render(&mut self, out: &mut [f32], fade: &[f32]) -> bool {
        let full = fade.len() - 1;
        let mut sounded = false;
        for frame in out.chunks_exact_mut(CHANNELS) {
            if self.is_silent() && !self.may_begin(full) {
                break;
            }
            // The fade out takes as many frames as the level is high, so it has to begin when no more than those are
            // left: before the end, before the place to stop at, and before a feed that lags runs dry.
            let rise = self.wish == Wish::Play && self.left() > self.level as u64;
            self.level = if rise { (self.level + 1).min(full) } else { self.level.saturating_sub(1) };
            let gain = fade[self.level];
            let Some(samples) = self.next_frame() else { break };
            for (out, sample) in frame.iter_mut().zip(samples) {
                *out += gain * sample;
            }
            sounded = true;
        }
        sounded
    }

    fn next_frame(&mut self) -> Option<[f32; CHANNELS]> {
        let block = self.queue.front()?;
        let start = self.offset * CHANNELS;
        let frame = [*block.get(start)?, *block.get(start + 1)?];
        self.offset += 1;
        self.held = self.held.saturating_sub(1);
        self.remaining = self.remaining.saturating_sub(1);
        self.played.fetch_add(1, Ordering::Relaxed);
        if (self.offset + 1) * CHANNELS > block.len() {
            self.offset = 0;
            if let Some(block) = self.queue.pop_front() {
                // The channel back has room for every block of the feed, so nothing is freed here.
                let _ = self.spent.try_send(block);
            }
        }
        Some(frame)
    }
}

/// Mixes voices into interleaved stereo.
pub(super) struct Engine {
    voices: Vec<Voice>,
    commands: Receiver<EngineCommand>,
    events: Sender<EngineEvent>,
    retired: Sender<Voice>,
    /// The gain at each step of a fade: half a period of a cosine, whose slope is 0 at both ends.
    fade: Vec<f32>,
    volume: f32,
    volume_goal: f32,
    volume_step: f32,
    handover: usize,
    handover_left: usize,
}

impl Engine {
    /// An engine for `rate` frames a second.
    pub(super) fn new(rate: u32, volume: f32) -> (Self, EngineHandle) {
        let (command_sender, commands) = bounded(64);
        let (events, event_receiver) = bounded(256);
        let (retired, retired_receiver) = bounded(256);
        let frames = |seconds: f64| ((seconds * f64::from(rate)).round() as usize).max(1);
        let steps = frames(FADE_S);
        let gain = |step: usize| (0.5 - 0.5 * (std::f64::consts::PI * step as f64 / steps as f64).cos()) as f32;
        let engine = Self {
            voices: Vec::with_capacity(MOST_VOICES),
            commands,
            events,
            retired,
            fade: (0..=steps).map(gain).collect(),
            volume,
            volume_goal: volume,
            volume_step: 1.0 / frames(VOLUME_RAMP_S) as f32,
            handover: frames(HANDOVER_S),
            handover_left: 0,
        };
        (engine, EngineHandle { commands: command_sender, events: event_receiver, retired: retired_receiver })
    }

    /// Renders the next frames of interleaved stereo.
    pub(super) fn render(&mut self, out: &mut [f32]) {
        out.fill(0.0);
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        self.voices.iter_mut().for_each(|voice| voice.refill());
        self.hand_over(out.len() / CHANNELS);
        for voice in &mut self.voices {
            if voice.render(out, &self.fade) && !voice.started {
                voice.started = true;
                let _ = self.events.try_send(EngineEvent::Started(voice.number));
            }
        }
        self.retire();
        for frame in out.chunks_exact_mut(CHANNELS) {
            let change = (self.volume_goal - self.volume).clamp(-self.volume_step, self.volume_step);
            self.volume += change;
            frame.iter_mut().for_each(|sample| *sample = (*sample * self.volume).clamp(-1.0, 1.0));
        }
    }

    fn obey(&mut self, command: EngineCommand) {
        match command {
            EngineCommand::Start(voice) => {
                if self.voices.len() == MOST_VOICES {
                    let oldest = self.voices.remove(0);
                    let _ = self.retired.try_send(oldest);
                }
                self.handover_left = if voice.wish == Wish::Play { self.handover } else { 0 };
                self.voices.push(voice);
            }
            EngineCommand::Pause => self.current_wishes(Wish::Play, Wish::Pause),
            EngineCommand::Resume => self.current_wishes(Wish::Pause, Wish::Play),
            EngineCommand::Stop => self.voices.iter_mut().for_each(|voice| voice.wish = Wish::Stop),
            EngineCommand::SetVolume(volume) => {
                self.volume_goal = if volume.is_finite() { volume.clamp(0.0, 1.0) } else { 0.0 };
            }
        }
    }

    fn current_wishes(&mut self, from: Wish, to: Wish) {
        if let Some(voice) = self.voices.last_mut().filter(|voice| voice.wish == from) {
            voice.wish = to;
        }
        // A pause while the successor is still silent is meant for what is heard.
        if to == Wish::Pause {
            self.handover_left = 0;
        }
    }

    /// Stops all voices but the last one when that one is ready, or has kept the others waiting for too long.
    fn hand_over(&mut self, frames: usize) {
        let fade = self.fade.len() - 1;
        let Some((current, others)) = self.voices.split_last_mut() else { return };
        if current.may_begin(fade) || !current.is_silent() || self.handover_left == 0 {
            others.iter_mut().for_each(|voice| voice.wish = Wish::Stop);
        }
        self.handover_left = self.handover_left.saturating_sub(frames);
    }

    fn retire(&mut self) {
        let mut index = 0;
        while index < self.voices.len() {
            if self.voices[index].is_over() {
                let voice = self.voices.remove(index);
                if voice.wish != Wish::Stop {
                    let _ = self.events.try_send(EngineEvent::Ended(voice.number));
                }
                let _ = self.retired.try_send(voice);
            } else {
                index += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
