use super::*;

const RATE: u32 = 48_000;
const FADE: usize = 720;

struct Deck {
    blocks: Sender<Block>,
    played: Arc<AtomicU64>,
    phase: usize,
}

impl Deck {
    /// Feeds `frames` of a sine of 441 Hz at half of full scale.
    fn feed(&mut self, frames: usize) {
        for chunk in (0..frames).collect::<Vec<_>>().chunks(1_024) {
            let mut block = Vec::new();
            for _ in chunk {
                let angle = std::f64::consts::TAU * 441.0 * self.phase as f64 / f64::from(RATE);
                block.extend_from_slice(&[(0.5 * angle.sin()) as f32; CHANNELS]);
                self.phase += 1;
            }
            self.blocks.send(block).unwrap();
        }
    }
}

fn start(handle: &EngineHandle, number: u64, length: Option<u64>, paused: bool) -> Deck {
    let (blocks, feed) = bounded(1_000);
    let (spent, _) = bounded(1_000);
    let voice = Voice::new(number, feed, spent, length, paused);
    let played = voice.played();
    handle.commands.send(EngineCommand::Start(voice)).unwrap();
    // A phase of its own for each voice, so that two that are joined without a fade would jump.
    Deck { blocks, played, phase: number as usize * 37 }
}

/// Renders the left channel in blocks of an odd size.
fn render(engine: &mut Engine, frames: usize) -> Vec<f32> {
    let mut out = Vec::new();
    while out.len() < frames {
        let mut block = vec![9.0; 2 * 101.min(frames - out.len())];
        engine.render(&mut block);
        out.extend(block.chunks_exact(2).map(|frame| frame[0]));
    }
    out
}

fn largest_step(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// A sine of 441 Hz at 0.5 moves by at most 0.0289 a frame; a fade adds 0.5·π/2 / 720 = 0.0011; two voices at once
/// could do both twice.
const STEP_OF_ONE: f32 = 0.031;
const STEP_OF_TWO: f32 = 0.062;

fn first_sound(samples: &[f32]) -> usize {
    samples.iter().position(|&sample| sample != 0.0).unwrap()
}

fn last_sound(samples: &[f32]) -> usize {
    samples.iter().rposition(|&sample| sample != 0.0).unwrap()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn a_voice_fades_in_and_out_and_tells_its_end() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut deck = start(&handle, 1, None, false);
    deck.feed(9_600);
    drop(deck.blocks);
    let out = render(&mut engine, 12_000);
    assert!(first_sound(&out) < 3 && (9_590..9_600).contains(&last_sound(&out)), "{}", last_sound(&out));
    assert!(largest_step(&out) < STEP_OF_ONE, "{}", largest_step(&out));
    assert!(peak(&out[..FADE / 8]) < 0.05 && peak(&out[9_600 - FADE / 8..]) < 0.05);
    assert!(peak(&out[FADE..2 * FADE]) > 0.499 && peak(&out[9_600 - 2 * FADE..9_600 - FADE]) > 0.499);
    assert_eq!(handle.events.try_iter().collect::<Vec<_>>(), [EngineEvent::Started(1), EngineEvent::Ended(1)]);
    assert_eq!(deck.played.load(Ordering::Relaxed), 9_600);
    assert_eq!(handle.retired.try_iter().count(), 1);
}

#[test]
fn it_stops_at_the_place_to_stop_at() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut deck = start(&handle, 1, Some(5_000), false);
    deck.feed(48_000);
    let out = render(&mut engine, 8_000);
    assert!((4_990..5_000).contains(&last_sound(&out)));
    assert!(largest_step(&out) < STEP_OF_ONE);
    assert!(peak(&out[5_000 - FADE / 8..]) < 0.05);
    assert_eq!(handle.events.try_iter().last(), Some(EngineEvent::Ended(1)));
}

#[test]
fn a_pause_fades_and_goes_on_where_it_was() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut deck = start(&handle, 1, None, false);
    deck.feed(48_000);
    let mut out = render(&mut engine, 5_000);
    handle.commands.send(EngineCommand::Pause).unwrap();
    let pause = render(&mut engine, 5_000);
    let silent_after = last_sound(&pause);
    assert!((FADE - 110..FADE + 110).contains(&silent_after), "{silent_after}");
    let played = deck.played.load(Ordering::Relaxed);
    out.extend(pause);
    out.extend(render(&mut engine, 1_000));
    assert_eq!(deck.played.load(Ordering::Relaxed), played);
    handle.commands.send(EngineCommand::Resume).unwrap();
    out.extend(render(&mut engine, 5_000));
    assert_eq!(deck.played.load(Ordering::Relaxed), played + 5_000);
    assert!(largest_step(&out) < STEP_OF_ONE, "{}", largest_step(&out));
    assert_eq!(handle.events.try_iter().collect::<Vec<_>>(), [EngineEvent::Started(1)]);
}

#[test]
fn a_successor_takes_over_without_a_gap_and_without_a_click() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut first = start(&handle, 1, None, false);
    first.feed(48_000);
    let mut out = render(&mut engine, 5_000);
    let mut second = start(&handle, 2, None, false);
    // The file is still being opened: the first voice goes on.
    out.extend(render(&mut engine, 1_500));
    second.feed(48_000);
    out.extend(render(&mut engine, 5_000));
    assert!(largest_step(&out) < STEP_OF_TWO, "{}", largest_step(&out));
    for (index, window) in out[FADE..].windows(480).enumerate() {
        assert!(peak(window) > 0.05, "a gap of 10 ms at frame {}", FADE + index);
    }
    assert_eq!(first.played.load(Ordering::Relaxed) as usize, 6_500 + FADE);
    assert_eq!(handle.events.try_iter().collect::<Vec<_>>(), [EngineEvent::Started(1), EngineEvent::Started(2)]);
    assert_eq!(handle.retired.try_iter().map(|voice| voice.number).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_successor_that_keeps_waiting_does_not_keep_the_old_sound() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut first = start(&handle, 1, None, false);
    first.feed(48_000);
    render(&mut engine, 5_000);
    let _second = start(&handle, 2, None, false);
    let out = render(&mut engine, 20_000);
    let limit = (HANDOVER_S * f64::from(RATE)) as usize + FADE + 202;
    assert!(last_sound(&out) < limit, "{}", last_sound(&out));
    assert!(largest_step(&out) < STEP_OF_ONE);
}

#[test]
fn a_paused_successor_silences_at_once_and_waits() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut first = start(&handle, 1, None, false);
    first.feed(48_000);
    render(&mut engine, 5_000);
    let mut second = start(&handle, 2, None, true);
    second.feed(48_000);
    let out = render(&mut engine, 5_000);
    assert!(last_sound(&out) < FADE + 110);
    assert_eq!(second.played.load(Ordering::Relaxed), 0);
    handle.commands.send(EngineCommand::Resume).unwrap();
    assert!(first_sound(&render(&mut engine, 1_000)) < 3);
}

#[test]
fn a_feed_that_runs_dry_fades_and_comes_back() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut deck = start(&handle, 1, None, false);
    deck.feed(3_000);
    let mut out = render(&mut engine, 6_000);
    assert!((2_990..3_000).contains(&last_sound(&out)));
    deck.feed(4_000);
    drop(deck.blocks);
    out.extend(render(&mut engine, 6_000));
    assert!(largest_step(&out) < STEP_OF_ONE, "{}", largest_step(&out));
    assert_eq!(deck.played.load(Ordering::Relaxed), 7_000);
    assert_eq!(handle.events.try_iter().collect::<Vec<_>>(), [EngineEvent::Started(1), EngineEvent::Ended(1)]);
}

#[test]
fn stop_fades_everything_and_volume_slides() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut deck = start(&handle, 1, None, false);
    deck.feed(48_000);
    let mut out = render(&mut engine, 3_000);
    handle.commands.send(EngineCommand::SetVolume(0.2)).unwrap();
    out.extend(render(&mut engine, 6_000));
    assert!((peak(&out[7_000..]) - 0.1).abs() < 0.001);
    handle.commands.send(EngineCommand::SetVolume(f32::NAN)).unwrap();
    out.extend(render(&mut engine, 6_000));
    assert_eq!(peak(&out[14_000..]), 0.0);
    handle.commands.send(EngineCommand::SetVolume(7.0)).unwrap();
    out.extend(render(&mut engine, 6_000));
    handle.commands.send(EngineCommand::Stop).unwrap();
    let tail = render(&mut engine, 3_000);
    assert!(last_sound(&tail) <= FADE);
    out.extend(tail);
    assert!(largest_step(&out) < STEP_OF_ONE, "{}", largest_step(&out));
    assert!(peak(&out) <= 1.0);
    assert_eq!(handle.events.try_iter().collect::<Vec<_>>(), [EngineEvent::Started(1)]);
}

#[test]
fn more_voices_than_there_is_room_for_are_survived() {
    let (mut engine, handle) = Engine::new(RATE, 1.0);
    let mut decks = Vec::new();
    for number in 1..=30 {
        let mut deck = start(&handle, number, None, false);
        deck.feed(4_000);
        decks.push(deck);
        render(&mut engine, 20);
    }
    let out = render(&mut engine, 2_000);
    assert!(peak(&out) > 0.3);
    assert_eq!(handle.retired.try_iter().count(), 29);
}
