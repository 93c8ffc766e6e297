//! The INFO list of WAVE files, which symphonia's reader parses and drops.

use std::io::{Read, Seek, SeekFrom};

use crate::domain::Tags;

/// Chunks that are looked at on one level, and bytes of one text: more than any real file has.
const MOST_CHUNKS: usize = 1_024;
const LONGEST_TEXT: u64 = 64 * 1_024;

/// The tags of a WAVE file; none where it is another file or has none.
pub(super) fn info_of(file: &mut (impl Read + Seek)) -> Option<Tags> {
    let [riff, _, wave] = words::<3>(file, 0)?;
    if &riff != b"RIFF" || &wave != b"WAVE" {
        return None;
    }
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let lists = chunks(file, 12, end).into_iter().filter(|(kind, ..)| kind == b"LIST");
    for (_, start, end) in lists {
        if words::<1>(file, start)? == [*b"INFO"] {
            return Some(tags(file, start + 4, end));
        }
    }
    None
}

fn tags(file: &mut (impl Read + Seek), start: u64, end: u64) -> Tags {
    let mut tags = Tags::default();
    for (kind, start, end) in chunks(file, start, end) {
        let mut value = || text(file, start, end);
        match &kind {
            b"INAM" => tags.title = value(),
            b"IART" => tags.artist = value(),
            b"IPRD" => tags.album = value(),
            b"IGNR" => tags.genre = value(),
            b"ICRD" => tags.year = value().as_deref().and_then(super::tags::year_of),
            _ => {}
        }
    }
    tags
}

/// The chunks from `start` to `end`: their kind and where their content begins and ends.
fn chunks(file: &mut (impl Read + Seek), mut start: u64, end: u64) -> Vec<([u8; 4], u64, u64)> {
    let mut found = Vec::new();
    while found.len() < MOST_CHUNKS && start + 8 <= end {
        let Some([kind, size]) = words::<2>(file, start) else { break };
        let content = start + 8;
        let content_end = content + u64::from(u32::from_le_bytes(size));
        if content_end > end {
            break;
        }
        found.push((kind, content, content_end));
        // Chunks begin at even places.
        start = content_end + content_end % 2;
    }
    found
}

fn words<const N: usize>(file: &mut (impl Read + Seek), at: u64) -> Option<[[u8; 4]; N]> {
    let mut words = [[0; 4]; N];
    file.seek(SeekFrom::Start(at)).ok()?;
    words.iter_mut().try_for_each(|word| file.read_exact(word)).ok()?;
    Some(words)
}

/// UTF-8 as most write it, or else the Windows code page of old, of which Latin-1 is the part that matters.
fn text(file: &mut (impl Read + Seek), start: u64, end: u64) -> Option<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start)).ok()?;
    file.take((end - start).min(LONGEST_TEXT)).read_to_end(&mut bytes).ok()?;
    let text =
        String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    super::tags::clean(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_vec();
        bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn wave() -> Vec<u8> {
        let texts = [chunk(b"INAM", b"Caf\xe9"), chunk(b"IART", "Zoë\0".as_bytes()), chunk(b"ICRD", b"1999-05-01\0")];
        let list = chunk(b"LIST", &[b"INFO".as_slice(), &texts.concat()].concat());
        chunk(b"RIFF", &[b"WAVE".as_slice(), &chunk(b"fmt ", &[0; 15]), &list, &chunk(b"data", &[])].concat())
    }

    #[test]
    fn texts_are_read_in_both_encodings() {
        let tags = info_of(&mut Cursor::new(wave())).unwrap();
        assert_eq!(tags.title.as_deref(), Some("Café"));
        assert_eq!(tags.artist.as_deref(), Some("Zoë"));
        assert_eq!((tags.album, tags.genre, tags.year), (None, None, Some(1999)));
    }

    #[test]
    fn a_file_cut_anywhere_is_survived() {
        let whole = wave();
        for cut in 0..whole.len() {
            let _ = info_of(&mut Cursor::new(&whole[..cut]));
        }
        assert!(info_of(&mut Cursor::new(b"RIFF....AVI ")).is_none());
    }
}
