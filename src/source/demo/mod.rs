//! The demo library: pieces of 30 s in eight styles that Songline composes and plays itself, so that a first start
//! needs no music, no network and no account. A piece is decided by its place in the catalogue alone.

mod catalogue;
mod drums;
mod instruments;
mod mix;
mod styles;
mod theory;

use std::fs;
use std::io::Write;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoderBuilder};

pub use catalogue::{PIECES, PieceInfo, Style, pieces};

use super::SourceError;
use crate::domain::Control;

/// Rises whenever a piece sounds otherwise than before, so that it is written anew.
const EDITION: u32 = 1;
/// Quality of the encoder, −0.2 to 1: about 112 kbit/s.
const QUALITY: f32 = 0.35;
/// Samples handed to the encoder at a time.
const BLOCK: usize = 4_096;

/// A piece as sound: left and right, 30 s at 44,100 Hz, within ±1.
///
/// Pieces are numbered from 0; numbers past the last one begin again.
pub fn render(index: usize) -> [Vec<f32>; 2] {
    let pieces = pieces();
    let piece = &pieces[index % pieces.len()];
    styles::play(piece)
}

/// Composes every piece into `folder` as Ogg Vorbis with tags, on all cores, and returns the files in the catalogue's
/// order. Files that are there from an earlier call are kept. `on_piece` hears how many are done, and of which file.
///
/// # Errors
/// [`SourceError::Write`] where the folder cannot be written to, [`SourceError::Cancelled`] between two pieces.
pub fn compose_all(
    folder: &Path,
    control: &Control,
    on_piece: &(dyn Fn(usize, &Path) + Sync),
) -> Result<Vec<PathBuf>, SourceError> {
    fs::create_dir_all(folder).map_err(|source| SourceError::Write { path: folder.to_path_buf(), source })?;
    let stamp = folder.join(format!(".edition-{EDITION}"));
    let current = stamp.exists();
    let done = AtomicUsize::new(0);
    // Threads of its own: paused work waits inside them, and must not hold up anyone else's.
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("demo-{index}")).build();
    let pool = pool.map_err(|error| SourceError::Threads { source: Box::new(error) })?;
    let catalogue = pieces();
    let files = pool.install(|| {
        let files = catalogue.par_iter().map(|piece| {
            control.checkpoint()?;
            let path = folder.join(&piece.file_name);
            if !(current && path.exists()) {
                write(&path, piece)?;
            }
            on_piece(done.fetch_add(1, Ordering::Relaxed) + 1, &path);
            Ok(path)
        });
        files.collect::<Result<Vec<PathBuf>, SourceError>>()
    })?;
    fs::write(&stamp, b"").map_err(|source| SourceError::Write { path: stamp, source })?;
    Ok(files)
}

fn write(path: &Path, piece: &PieceInfo) -> Result<(), SourceError> {
    let failed = |source: std::io::Error| SourceError::Write { path: path.to_path_buf(), source };
    let bytes = encode(piece).map_err(|source| SourceError::Encode { path: path.to_path_buf(), source })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

fn encode(piece: &PieceInfo) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let sides = styles::play(piece);
    let rate = NonZeroU32::new(mix::RATE).ok_or("a sample rate of 0")?;
    // The serial is the place in the catalogue: the same piece gives the same file.
    let mut builder =
        VorbisEncoderBuilder::new_with_serial(rate, NonZeroU8::MIN.saturating_add(1), Vec::new(), piece.number as i32);
    builder.bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr { target_quality: QUALITY });
    let year = piece.year.to_string();
    let tags = [
        ("TITLE", piece.title),
        ("ARTIST", piece.artist),
        ("ALBUM", piece.album),
        ("GENRE", piece.style.name()),
        ("DATE", year.as_str()),
    ];
    for (tag, value) in tags {
        builder.comment_tag(tag, value)?;
    }
    let mut encoder = builder.build()?;
    for (left, right) in sides[0].chunks(BLOCK).zip(sides[1].chunks(BLOCK)) {
        encoder.encode_audio_block([left, right])?;
    }
    Ok(encoder.finish()?)
}
