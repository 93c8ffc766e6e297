//! How each style composes and plays.

mod acoustic;
mod electronic;
mod slow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::catalogue::{PieceInfo, Style};

/// Composes and plays a piece: left and right.
pub(super) fn play(piece: &PieceInfo) -> [Vec<f32>; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(0x50_4e_47 + piece.number as u64);
    let variant = piece.variant;
    match piece.style {
        Style::Ambient => slow::ambient(&mut random, variant),
        Style::Piano => acoustic::piano(&mut random, variant),
        Style::DrumAndBass => electronic::drum_and_bass(&mut random, variant),
        Style::HipHop => electronic::hip_hop(&mut random, variant),
        Style::House => electronic::house(&mut random, variant),
        Style::FolkGuitar => acoustic::folk_guitar(&mut random, variant),
        Style::Strings => slow::strings(&mut random, variant),
        Style::Chiptune => electronic::chiptune(&mut random, variant),
    }
}

/// Where in its form a bar lies: an opening, the tune, a break, the tune again, an ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Opening,
    Tune,
    Break,
    Return,
}

/// The form of a piece of `bars` bars; odd variants open without an introduction and break later.
fn part(bar: usize, bars: usize, variant: usize) -> Part {
    let through = bar as f32 / bars as f32;
    let (opening, pause, back) = if variant.is_multiple_of(2) { (0.22, 0.55, 0.68) } else { (0.1, 0.68, 0.82) };
    if through < opening {
        Part::Opening
    } else if through < pause {
        Part::Tune
    } else if through < back {
        Part::Break
    } else {
        Part::Return
    }
}
