//! Decodes one stretch of a file ahead of the engine, on a thread of its own.

use std::path::PathBuf;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::AudioError;
use super::decoder::Decoder;
use super::engine::{Block, CHANNELS};
use super::resample::Resampler;

/// Frames of a block.
const BLOCK_FRAMES: usize = 1_024;
/// Blocks decoded ahead: 1.4 s at 48 kHz.
const BLOCKS_AHEAD: usize = 64;
/// How loud a channel beside left and right is in each of the two, −3 dB.
const SIDE_GAIN: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// What to decode.
pub(super) struct DeckOrder {
    /// The number of the voice that it is for.
    pub(super) voice: u64,
    pub(super) path: PathBuf,
    pub(super) start_s: f64,
    /// The rate of the blocks.
    pub(super) rate: u32,
}

/// What a deck tells of its voice.
#[derive(Debug)]
pub(super) enum DeckReport {
    /// The file is open; its length where its header tells it.
    Opened {
        voice: u64,
        duration_s: Option<f64>,
    },
    Failed {
        voice: u64,
        reason: String,
    },
}

/// The engine's end of a deck.
pub(super) struct DeckFeed {
    pub(super) blocks: Receiver<Block>,
    pub(super) spent: Sender<Block>,
}

/// Begins to decode. Dropping the feed ends it.
///
/// # Errors
/// [`std::io::Error`] where no thread can be started.
pub(super) fn start(order: DeckOrder, reports: Sender<DeckReport>) -> std::io::Result<DeckFeed> {
    let (sender, blocks) = bounded(BLOCKS_AHEAD);
    // Every block that is under way at a time finds room on its way back.
    let (spent, spare) = bounded(2 * BLOCKS_AHEAD);
    thread::Builder::new().name("songline-deck".to_owned()).spawn(move || {
        let voice = order.voice;
        let mut output = DeckOutput { blocks: sender, spare, block: Vec::new() };
        if let Err(error) = decode(&order, &reports, &mut output) {
            // The player hangs up only when it ends itself.
            let _ = reports.send(DeckReport::Failed { voice, reason: error.to_string() });
        }
    })?;
    Ok(DeckFeed { blocks, spent })
}

fn decode(order: &DeckOrder, reports: &Sender<DeckReport>, output: &mut DeckOutput) -> Result<(), AudioError> {
    let mut decoder = Decoder::open_at(&order.path, order.start_s)?;
    let _ = reports.send(DeckReport::Opened { voice: order.voice, duration_s: decoder.duration_s() });
    let mut resampler: Option<Resampler> = None;
    let mut stereo = [Vec::new(), Vec::new()];
    let mut converted = [Vec::new(), Vec::new()];
    while decoder.advance()? {
        let planes: Vec<&[f32]> = decoder.planes().collect();
        mix_to_stereo(&planes, &mut stereo);
        if let Some(old) = resampler.take_if(|resampler| resampler.from() != decoder.rate()) {
            old.finish(&mut converted)?;
        }
        let resampler = match &mut resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(decoder.rate(), order.rate, CHANNELS)?),
        };
        resampler.push(&[&stereo[0], &stereo[1]], &mut converted)?;
        if !output.send(&mut converted) {
            return Ok(());
        }
    }
    if let Some(resampler) = resampler {
        resampler.finish(&mut converted)?;
    }
    if output.send(&mut converted) && !output.block.is_empty() {
        output.flush();
    }
    Ok(())
}

/// Interleaves and cuts into blocks.
struct DeckOutput {
    blocks: Sender<Block>,
    spare: Receiver<Block>,
    block: Block,
}

impl DeckOutput {
    /// Sends all of `planes` and empties them; `false` where nobody listens any more.
    fn send(&mut self, planes: &mut [Vec<f32>; CHANNELS]) -> bool {
        let [left, right] = planes;
        for (left, right) in left.iter().zip(right.iter()) {
            self.block.extend_from_slice(&[*left, *right]);
            if self.block.len() == BLOCK_FRAMES * CHANNELS && !self.flush() {
                return false;
            }
        }
        left.clear();
        right.clear();
        true
    }

    fn flush(&mut self) -> bool {
        let mut spare = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK_FRAMES * CHANNELS));
        spare.clear();
        self.blocks.send(std::mem::replace(&mut self.block, spare)).is_ok()
    }
}

/// Where a channel goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
    Neither,
}

/// Where channel `index` of `count`, in the usual order, goes: front left and right, the centre of three or of five and
/// more, the bass of six and more, which is left out, and then left and right in turn.
fn side(index: usize, count: usize) -> Side {
    let centres = usize::from(count == 3 || count >= 5);
    let basses = usize::from(count >= 6);
    match index {
        0 if count == 1 => Side::Both,
        2 if centres == 1 => Side::Both,
        3 if basses == 1 => Side::Neither,
        0 => Side::Left,
        1 => Side::Right,
        _ if (index - centres - basses).is_multiple_of(2) => Side::Left,
        _ => Side::Right,
    }
}

/// Stereo as it is, mono on both sides, and of more channels a sum scaled so that it cannot clip.
fn mix_to_stereo(planes: &[&[f32]], out: &mut [Vec<f32>; CHANNELS]) {
    let frames = planes.first().map_or(0, |plane| plane.len());
    let mut weights = [0.0_f32; CHANNELS];
    for side in out.iter_mut() {
        side.clear();
        side.resize(frames, 0.0);
    }
    for (index, plane) in planes.iter().enumerate() {
        let gain = if index < CHANNELS { 1.0 } else { SIDE_GAIN };
        let goes_to = side(index, planes.len());
        for (side, here) in [Side::Left, Side::Right].into_iter().enumerate() {
            if goes_to == here || goes_to == Side::Both {
                weights[side] += gain;
                out[side].iter_mut().zip(*plane).for_each(|(sum, sample)| *sum += gain * sample);
            }
        }
    }
    let weight = weights[0].max(weights[1]);
    if weight > 1.0 {
        out.iter_mut().flatten().for_each(|sample| *sample /= weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_go_to_their_sides() {
        use Side::{Both, Left, Neither, Right};
        let sides = |count| (0..count).map(|index| side(index, count)).collect::<Vec<_>>();
        assert_eq!(sides(1), [Both]);
        assert_eq!(sides(2), [Left, Right]);
        assert_eq!(sides(3), [Left, Right, Both]);
        assert_eq!(sides(4), [Left, Right, Left, Right]);
        assert_eq!(sides(5), [Left, Right, Both, Left, Right]);
        assert_eq!(sides(6), [Left, Right, Both, Neither, Left, Right]);
        assert_eq!(sides(8), [Left, Right, Both, Neither, Left, Right, Left, Right]);
    }

    #[test]
    fn stereo_stays_and_surround_does_not_clip() {
        let mut out = [vec![9.0; 5], Vec::new()];
        mix_to_stereo(&[&[0.1, 0.2], &[0.3, 0.4]], &mut out);
        assert_eq!(out, [vec![0.1, 0.2], vec![0.3, 0.4]]);
        mix_to_stereo(&[&[0.5]], &mut out);
        assert_eq!(out, [vec![0.5], vec![0.5]]);
        mix_to_stereo(&[&[1.0_f32] as &[f32]; 6], &mut out);
        assert!(out.iter().flatten().all(|sample| (0.9..=1.0 + 1e-6).contains(sample)), "{out:?}");
        mix_to_stereo(&[], &mut out);
        assert!(out.iter().all(Vec::is_empty));
    }
}
