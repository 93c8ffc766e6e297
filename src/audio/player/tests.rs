use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::audio::engine::{CHANNELS, Engine};

const RATE: u32 = 48_000;

/// Stands in for a device: the test asks the engine for sound itself.
#[derive(Clone, Default)]
struct Bench {
    engine: Arc<Mutex<Option<Engine>>>,
    lost: Arc<Mutex<Option<Sender<String>>>>,
    refuses: Arc<Mutex<bool>>,
}

impl Bench {
    fn player(&self) -> (Player, mpsc::Receiver<PlayerEvent>) {
        let bench = self.clone();
        let open: OpenOutput = Box::new(move |volume, lost| {
            if *bench.refuses.lock().unwrap() {
                return Err("unplugged".to_owned());
            }
            let (engine, handle) = Engine::new(RATE, volume);
            *bench.engine.lock().unwrap() = Some(engine);
            *bench.lost.lock().unwrap() = Some(lost);
            Ok(Output { handle, rate: RATE, _device: Box::new(()) })
        });
        let (events, receiver) = mpsc::sync_channel(4_096);
        (Player::spawn_on(open, move |event| drop(events.send(event))), receiver)
    }

    /// Plays on until `wanted` is told. Gives all events on the way and the left channel's sound.
    fn play_until(
        &self,
        events: &mpsc::Receiver<PlayerEvent>,
        wanted: impl Fn(&PlayerEvent) -> bool,
    ) -> (Vec<PlayerEvent>, Vec<f32>) {
        let (mut told, mut heard) = (Vec::new(), Vec::new());
        let patience = Instant::now() + Duration::from_secs(60);
        while Instant::now() < patience {
            let mut block = [0.0; 240 * CHANNELS];
            if let Some(engine) = self.engine.lock().unwrap().as_mut() {
                engine.render(&mut block);
            }
            heard.extend(block.chunks_exact(CHANNELS).map(|frame| frame[0]));
            while let Ok(event) = events.recv_timeout(Duration::from_millis(5)) {
                let done = wanted(&event);
                told.push(event);
                if done {
                    return (told, heard);
                }
            }
        }
        panic!("not told in a minute, only {told:?}");
    }
}

/// A WAVE file with a sine of 441 Hz, two channels at 44.1 kHz.
fn sine_file(directory: &Path, seconds: u32) -> PathBuf {
    let frames = 44_100 * seconds;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&(36 + 4 * frames).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    bytes.extend_from_slice(&44_100_u32.to_le_bytes());
    bytes.extend_from_slice(&176_400_u32.to_le_bytes());
    bytes.extend_from_slice(b"\x04\0\x10\0data");
    bytes.extend_from_slice(&(4 * frames).to_le_bytes());
    for frame in 0..frames {
        let sample = (16_000.0 * (std::f64::consts::TAU * 441.0 * f64::from(frame) / 44_100.0).sin()) as i16;
        bytes.extend_from_slice(&sample.to_le_bytes());
        bytes.extend_from_slice(&sample.to_le_bytes());
    }
    let path = directory.join(format!("sine-{seconds}.wav"));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn load(player: &Player, token: u64, path: &Path, start_s: f64, end_s: Option<f64>) {
    let item = PlayItem { path: path.to_owned(), start_s, end_s };
    player.send(PlayerCommand::Load { token, item });
}

fn largest_step(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

fn position(event: &PlayerEvent) -> Option<f64> {
    match event {
        PlayerEvent::Position { seconds, .. } => Some(*seconds),
        _ => None,
    }
}

#[test]
fn an_item_starts_moves_on_and_ends_without_a_click() {
    let directory = tempfile::tempdir().unwrap();
    let path = sine_file(directory.path(), 2);
    let bench = Bench::default();
    let (player, events) = bench.player();
    load(&player, 7, &path, 0.5, None);
    let (told, heard) = bench.play_until(&events, |event| *event == PlayerEvent::Ended { token: 7 });
    assert_eq!(told[0], PlayerEvent::Ready);
    assert_eq!(told[1], PlayerEvent::Started { token: 7, duration_s: 2.0 });
    let positions: Vec<f64> = told.iter().filter_map(position).collect();
    assert!(!positions.is_empty() && positions.is_sorted());
    assert!(positions[0] >= 0.5 && positions[positions.len() - 1] <= 2.0, "{positions:?}");
    let sounding = heard.iter().filter(|sample| sample.abs() > 0.0).count();
    assert!((71_000..=72_000).contains(&sounding), "1.5 s of sound has {sounding} samples");
    // 441 Hz at 0.49 moves by 0.0283 a frame at most.
    assert!(largest_step(&heard) < 0.031, "{}", largest_step(&heard));
}

#[test]
fn it_stops_where_it_is_told_and_plays_again_from_its_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = sine_file(directory.path(), 2);
    let bench = Bench::default();
    let (player, events) = bench.player();
    load(&player, 1, &path, 1.0, Some(1.25));
    for _ in 0..2 {
        let (told, heard) = bench.play_until(&events, |event| *event == PlayerEvent::Ended { token: 1 });
        assert!(told.iter().any(|event| matches!(event, PlayerEvent::Started { .. })));
        let sounding = heard.iter().filter(|sample| sample.abs() > 0.0).count();
        assert!((11_700..=12_000).contains(&sounding), "a quarter of a second has {sounding} samples");
        player.send(PlayerCommand::Play);
    }
}

#[test]
fn seeks_pauses_and_loads_do_not_click_and_old_voices_are_not_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (sine_file(directory.path(), 9), sine_file(directory.path(), 8));
    let bench = Bench::default();
    let (player, events) = bench.player();
    let mut sound = Vec::new();
    let mut play_until = |wanted: &dyn Fn(&PlayerEvent) -> bool| {
        let (told, heard) = bench.play_until(&events, wanted);
        sound.extend(heard);
        told
    };
    let after = |wanted: f64| move |event: &PlayerEvent| position(event).is_some_and(|seconds| seconds > wanted);
    load(&player, 1, &first, 0.0, None);
    play_until(&after(0.1));
    for seconds in [1.1, 2.2, 3.3] {
        player.send(PlayerCommand::Seek { seconds });
    }
    play_until(&after(3.35));
    player.send(PlayerCommand::Pause);
    play_until(&|event| *event == PlayerEvent::Paused { token: 1 });
    player.send(PlayerCommand::Seek { seconds: 5.0 });
    let told = play_until(&|event| position(event) == Some(5.0));
    assert!(told.iter().all(|event| matches!(event, PlayerEvent::Position { .. })), "{told:?}");
    player.send(PlayerCommand::Play);
    let told = play_until(&after(5.1));
    assert_eq!(told[0], PlayerEvent::Resumed { token: 1 });
    load(&player, 2, &second, 0.0, None);
    let told = play_until(&|event| matches!(event, PlayerEvent::Started { token: 2, .. }));
    assert!(!told.iter().any(|event| matches!(event, PlayerEvent::Ended { .. })), "{told:?}");
    let told = play_until(&after(0.1));
    assert!(told.iter().all(|event| matches!(event, PlayerEvent::Position { token: 2, .. })), "{told:?}");
    player.send(PlayerCommand::Stop);
    let told = play_until(&|event| *event == PlayerEvent::Ended { token: 2 });
    drop(told);
    // Two voices may sound while one takes over from the other.
    assert!(largest_step(&sound) < 0.062, "{}", largest_step(&sound));
}

#[test]
fn a_file_that_cannot_be_played_fails_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let garbage = directory.path().join("garbage.mp3");
    std::fs::write(&garbage, [0x55; 5_000]).unwrap();
    let bench = Bench::default();
    let (player, events) = bench.player();
    for (token, path) in [(1, garbage), (2, directory.path().join("missing.flac"))] {
        load(&player, token, &path, 0.0, None);
        let (told, _) = bench.play_until(&events, |event| matches!(event, PlayerEvent::Failed { .. }));
        let Some(PlayerEvent::Failed { token: failed, reason }) = told.last() else { unreachable!() };
        assert_eq!(*failed, token);
        assert!(!reason.is_empty());
    }
    load(&player, 3, &sine_file(directory.path(), 1), f64::NAN, None);
    bench.play_until(&events, |event| *event == PlayerEvent::Ended { token: 3 });
}

#[test]
fn without_a_device_it_says_so_and_tries_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = sine_file(directory.path(), 1);
    let bench = Bench::default();
    *bench.refuses.lock().unwrap() = true;
    let (player, events) = bench.player();
    let no_device = |event: &PlayerEvent| *event == PlayerEvent::NoDevice { reason: "unplugged".to_owned() };
    assert_eq!(bench.play_until(&events, no_device).0.len(), 1);
    for command in
        [PlayerCommand::Play, PlayerCommand::Pause, PlayerCommand::Seek { seconds: 1.0 }, PlayerCommand::Stop]
    {
        player.send(command);
    }
    load(&player, 1, &path, 0.0, None);
    assert_eq!(bench.play_until(&events, no_device).0.len(), 1);
    *bench.refuses.lock().unwrap() = false;
    load(&player, 2, &path, 0.0, None);
    bench.play_until(&events, |event| *event == PlayerEvent::Ended { token: 2 });
}

#[test]
fn a_device_that_goes_away_fails_the_item_and_a_load_opens_another() {
    let directory = tempfile::tempdir().unwrap();
    let path = sine_file(directory.path(), 3);
    let bench = Bench::default();
    let (player, events) = bench.player();
    load(&player, 1, &path, 0.0, None);
    bench.play_until(&events, |event| matches!(event, PlayerEvent::Position { .. }));
    bench.lost.lock().unwrap().as_ref().unwrap().send("pulled out".to_owned()).unwrap();
    let (told, _) = bench.play_until(&events, |event| matches!(event, PlayerEvent::NoDevice { .. }));
    assert!(told.contains(&PlayerEvent::Failed { token: 1, reason: "pulled out".to_owned() }), "{told:?}");
    load(&player, 2, &path, 2.5, None);
    bench.play_until(&events, |event| *event == PlayerEvent::Ended { token: 2 });
}
