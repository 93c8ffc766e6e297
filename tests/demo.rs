//! The demo pieces: the same every time, of the right length, never clipped, never silent, and tagged.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use songline::audio::AudioReader;
use songline::domain::Control;
use songline::source::demo::{PIECES, compose_all, pieces, render};

/// Samples of a second.
const SECOND: usize = 44_100;

#[test]
fn one_piece_of_each_style_is_sound_and_always_the_same() {
    for first in (0..PIECES).step_by(8) {
        let sides = render(first);
        assert_eq!(sides, render(first), "piece {first} differs from itself");
        for side in &sides {
            assert_eq!(side.len(), 30 * SECOND);
            assert!(side.iter().all(|value| value.abs() <= 0.89), "piece {first} is clipped, or no number");
            for (second, part) in side.chunks(2 * SECOND).enumerate() {
                let energy = part.iter().map(|value| value * value).sum::<f32>() / part.len() as f32;
                assert!(energy.sqrt() > 1e-3, "piece {first} is silent from {} s on", second * 2);
            }
        }
        assert_ne!(sides[0], sides[1], "piece {first} is not stereo");
    }
}

#[test]
fn titles_and_files_are_unique_and_each_style_has_several_artists() {
    let pieces = pieces();
    assert_eq!(pieces.len(), PIECES);
    assert_eq!(pieces.iter().map(|piece| piece.title).collect::<HashSet<_>>().len(), PIECES);
    assert_eq!(pieces.iter().map(|piece| &piece.file_name).collect::<HashSet<_>>().len(), PIECES);
    for style in pieces.chunks(8) {
        assert!(style.iter().all(|piece| piece.style == style[0].style));
        assert!(style.iter().map(|piece| piece.artist).collect::<HashSet<_>>().len() >= 3);
    }
}

#[test]
fn a_cancelled_composition_keeps_what_it_finished_and_its_tags_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let control = Control::default();
    let done = AtomicUsize::new(0);
    let result = compose_all(folder.path(), &control, &|_, _| {
        done.fetch_add(1, Ordering::SeqCst);
        control.cancel();
    });
    assert!(result.is_err());
    let written: Vec<_> = pieces().into_iter().filter(|piece| folder.path().join(&piece.file_name).exists()).collect();
    assert_eq!(written.len(), done.load(Ordering::SeqCst));
    let piece = &written[0];
    let reader = AudioReader::open(&folder.path().join(&piece.file_name)).unwrap();
    let tags = reader.tags();
    assert_eq!(tags.title.as_deref(), Some(piece.title));
    assert_eq!(tags.artist.as_deref(), Some(piece.artist));
    assert_eq!(tags.genre.as_deref(), Some(piece.style.name()));
    assert_eq!(tags.year, Some(piece.year));
}
