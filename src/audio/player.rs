//! The player: commands in, events out, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, never, select, tick};

use super::deck::{self, DeckOrder, DeckReport};
use super::engine::{EngineCommand, EngineEvent, Voice};
use super::message::{PlayItem, PlaybackState, PlayerCommand, PlayerEvent};
use super::output::{OpenOutput, Output, open_device};

/// Commands that wait while a device opens.
const MOST_COMMANDS: usize = 256;
/// Positions are told this often.
const TICK: Duration = Duration::from_millis(40);
/// How long a device that does not ask for sound may hold up a command.
const PATIENCE: Duration = Duration::from_millis(100);

/// Plays one item at a time. Dropping it stops the sound.
pub struct Player {
    commands: Sender<PlayerCommand>,
}

impl Player {
    /// Starts the player's thread, which opens the audio device and tells [`PlayerEvent::Ready`] or
    /// [`PlayerEvent::NoDevice`]. `on_event` runs on that thread and should return at once.
    pub fn spawn(on_event: impl Fn(PlayerEvent) + Send + 'static) -> Self {
        Self::spawn_on(Box::new(open_device), on_event)
    }

    fn spawn_on(open: OpenOutput, on_event: impl Fn(PlayerEvent) + Send + 'static) -> Self {
        let (commands, receiver) = bounded(MOST_COMMANDS);
        let thread = thread::Builder::new().name("songline-player".to_owned());
        if let Err(error) = thread.spawn(move || Operator::new(open, on_event).run(&receiver)) {
            // Commands then go nowhere, as they do without a device.
            tracing::error!(%error, "the player cannot start its thread");
        }
        Self { commands }
    }

    /// Hands over a command and returns at once.
    pub fn send(&self, command: PlayerCommand) {
        if let Err(TrySendError::Full(command)) = self.commands.try_send(command) {
            tracing::warn!(?command, "the player is busy; a command was dropped");
        }
    }
}

/// The item loaded last.
struct Current {
    token: u64,
    item: PlayItem,
    voice: u64,
    /// Frames that the voice has played, and where in the file its first one is.
    played: Arc<AtomicU64>,
    start_s: f64,
    duration_s: f64,
    announced: bool,
    state: PlaybackState,
}

/// The player's thread.
struct Operator<F> {
    open: OpenOutput,
    on_event: F,
    output: Option<Output>,
    current: Option<Current>,
    volume: f32,
    next_voice: u64,
    reports: (Sender<DeckReport>, Receiver<DeckReport>),
    lost: (Sender<String>, Receiver<String>),
}

impl<F: Fn(PlayerEvent)> Operator<F> {
    fn new(open: OpenOutput, on_event: F) -> Self {
        Self {
            open,
            on_event,
            output: None,
            current: None,
            volume: 1.0,
            next_voice: 0,
            reports: bounded(64),
            lost: bounded(1),
        }
    }

    fn run(mut self, commands: &Receiver<PlayerCommand>) {
        if self.open_output() {
            (self.on_event)(PlayerEvent::Ready);
        }
        let ticks = tick(TICK);
        let reports = self.reports.1.clone();
        loop {
            let lost = self.lost.1.clone();
            let (events, retired) = match &self.output {
                Some(output) => (output.handle.events.clone(), output.handle.retired.clone()),
                None => (never(), never()),
            };
            select! {
                recv(commands) -> command => match command {
                    Ok(command) => self.obey_all(command, commands),
                    Err(_) => return self.fall_silent(),
                },
                recv(events) -> event => if let Ok(event) = event { self.hear(event) },
                recv(reports) -> report => if let Ok(report) = report { self.read(report) },
                recv(lost) -> reason => if let Ok(reason) = reason { self.lose_output(&reason) },
                recv(retired) -> voice => drop(voice),
                recv(ticks) -> _ => self.tell_position(),
            }
        }
    }

    /// Of seeks in a row only the last one counts: a drag over the waveform sends many.
    fn obey_all(&mut self, first: PlayerCommand, commands: &Receiver<PlayerCommand>) {
        let mut command = first;
        while let Ok(next) = commands.try_recv() {
            let superseded = matches!((&command, &next), (PlayerCommand::Seek { .. }, PlayerCommand::Seek { .. }));
            let now = std::mem::replace(&mut command, next);
            if !superseded {
                self.obey(now);
            }
        }
        self.obey(command);
    }

    fn obey(&mut self, command: PlayerCommand) {
        match command {
            PlayerCommand::Load { token, item } => self.load(token, item),
            PlayerCommand::Play => self.play(),
            PlayerCommand::Pause => self.pause(),
            PlayerCommand::Stop => self.stop(),
            PlayerCommand::Seek { seconds } => self.seek(seconds),
            PlayerCommand::SetVolume(volume) => {
                self.volume = if volume.is_finite() { volume.clamp(0.0, 1.0) } else { 0.0 };
                self.command(EngineCommand::SetVolume(self.volume));
            }
        }
    }

    fn load(&mut self, token: u64, item: PlayItem) {
        if self.output.is_none() && !self.open_output() {
            self.current = None;
            return;
        }
        let start_s = if item.start_s.is_finite() { item.start_s.max(0.0) } else { 0.0 };
        self.current = Some(Current {
            token,
            item,
            voice: 0,
            played: Arc::default(),
            start_s,
            duration_s: 0.0,
            announced: false,
            state: PlaybackState::Loading,
        });
        self.start_voice(start_s);
    }

    fn play(&mut self) {
        let Some(current) = &mut self.current else { return };
        match current.state {
            PlaybackState::Paused => {
                current.state = if current.announced { PlaybackState::Playing } else { PlaybackState::Loading };
                let token = current.token;
                self.command(EngineCommand::Resume);
                (self.on_event)(PlayerEvent::Resumed { token });
            }
            PlaybackState::Stopped => {
                let (token, item) = (current.token, current.item.clone());
                self.load(token, item);
            }
            PlaybackState::Loading | PlaybackState::Playing => {}
        }
    }

    fn pause(&mut self) {
        let Some(current) = &mut self.current else { return };
        if matches!(current.state, PlaybackState::Loading | PlaybackState::Playing) {
            current.state = PlaybackState::Paused;
            let token = current.token;
            self.command(EngineCommand::Pause);
            (self.on_event)(PlayerEvent::Paused { token });
        }
    }

    fn stop(&mut self) {
        self.command(EngineCommand::Stop);
        if let Some(current) = &mut self.current
            && current.state != PlaybackState::Stopped
        {
            current.state = PlaybackState::Stopped;
            (self.on_event)(PlayerEvent::Ended { token: current.token });
        }
    }

    fn seek(&mut self, seconds: f64) {
        if !seconds.is_finite() || self.current.is_none() || (self.output.is_none() && !self.open_output()) {
            return;
        }
        let Some(current) = &mut self.current else { return };
        let seconds = seconds.max(0.0);
        if current.state == PlaybackState::Stopped {
            (current.state, current.announced) = (PlaybackState::Loading, false);
        }
        let token = current.token;
        self.start_voice(seconds);
        (self.on_event)(PlayerEvent::Position { token, seconds });
    }

    /// Decodes the current item from `start_s` on and hands its sound to the engine.
    fn start_voice(&mut self, start_s: f64) {
        let (Some(current), Some(output)) = (&mut self.current, &self.output) else { return };
        self.next_voice += 1;
        let voice = self.next_voice;
        let order = DeckOrder { voice, path: current.item.path.clone(), start_s, rate: output.rate };
        let feed = match deck::start(order, self.reports.0.clone()) {
            Ok(feed) => feed,
            Err(error) => {
                let reason = error.to_string();
                current.voice = voice;
                return self.read(DeckReport::Failed { voice, reason });
            }
        };
        let length_s = current.item.end_s.map(|end_s| (end_s - start_s).max(0.0));
        let length = length_s.map(|seconds| (seconds * f64::from(output.rate)).round() as u64);
        let paused = current.state == PlaybackState::Paused;
        let voice = Voice::new(voice, feed.blocks, feed.spent, length, paused);
        (current.voice, current.played, current.start_s) = (self.next_voice, voice.played(), start_s);
        self.command(EngineCommand::Start(voice));
    }

    fn hear(&mut self, event: EngineEvent) {
        // The deck told the length before its first sample, but the channels are read in any order.
        while let Ok(report) = self.reports.1.try_recv() {
            self.read(report);
        }
        let Some(current) = &mut self.current else { return };
        match event {
            EngineEvent::Started(voice) if voice == current.voice => {
                if current.state == PlaybackState::Loading {
                    current.state = PlaybackState::Playing;
                }
                if !current.announced {
                    current.announced = true;
                    let (token, duration_s) = (current.token, current.duration_s);
                    (self.on_event)(PlayerEvent::Started { token, duration_s });
                }
            }
            EngineEvent::Ended(voice) if voice == current.voice && current.state != PlaybackState::Stopped => {
                current.state = PlaybackState::Stopped;
                (self.on_event)(PlayerEvent::Ended { token: current.token });
            }
            // A voice of before: what it has to say is of no interest any more.
            EngineEvent::Started(_) | EngineEvent::Ended(_) => {}
        }
    }

    fn read(&mut self, report: DeckReport) {
        match report {
            DeckReport::Opened { voice, duration_s } => {
                if let Some(current) = self.current.as_mut().filter(|current| current.voice == voice) {
                    current.duration_s = duration_s.unwrap_or(0.0);
                }
            }
            DeckReport::Failed { voice, reason } => {
                if let Some(current) = self.current.take_if(|current| current.voice == voice) {
                    self.command(EngineCommand::Stop);
                    (self.on_event)(PlayerEvent::Failed { token: current.token, reason });
                }
            }
        }
    }

    fn tell_position(&self) {
        if let (Some(current), Some(output)) = (&self.current, &self.output)
            && current.state == PlaybackState::Playing
        {
            let seconds = current.start_s + current.played.load(Ordering::Relaxed) as f64 / f64::from(output.rate);
            (self.on_event)(PlayerEvent::Position { token: current.token, seconds });
        }
    }

    fn open_output(&mut self) -> bool {
        // Whatever an earlier device had to say is about that one.
        self.lost = bounded(1);
        match (self.open)(self.volume, self.lost.0.clone()) {
            Ok(output) => self.output = Some(output),
            Err(reason) => {
                tracing::info!(%reason, "no audio device");
                (self.on_event)(PlayerEvent::NoDevice { reason });
            }
        }
        self.output.is_some()
    }

    fn lose_output(&mut self, reason: &str) {
        self.output = None;
        if let Some(current) = self.current.take()
            && current.state != PlaybackState::Stopped
        {
            (self.on_event)(PlayerEvent::Failed { token: current.token, reason: reason.to_owned() });
        }
        (self.on_event)(PlayerEvent::NoDevice { reason: reason.to_owned() });
    }

    fn command(&mut self, command: EngineCommand) {
        let Some(output) = &self.output else { return };
        if output.handle.commands.send_timeout(command, PATIENCE).is_err() {
            self.lose_output("the audio device does not respond");
        }
    }

    /// Lets the last sound fade before the device closes.
    fn fall_silent(mut self) {
        if self.output.is_some() {
            self.command(EngineCommand::Stop);
            thread::sleep(PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests;
