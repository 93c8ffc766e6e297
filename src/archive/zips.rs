//! Zip archives.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use super::{ArchiveError, LARGEST_MEMBER, Member, Opened, Part, Place, SMALL, names, refusal};

pub(super) fn members(whole: Part, path: &Path) -> Result<(Vec<Member>, ZipArchive<Part>), ArchiveError> {
    let damaged = |error: zip::result::ZipError| ArchiveError::Damaged {
        path: path.to_path_buf(),
        reason: format!("its list of files cannot be read: {error}"),
    };
    let zip = ZipArchive::new(whole).map_err(damaged)?;
    let mut members = Vec::with_capacity(zip.len());
    for number in 0..zip.len() {
        let entry = zip.by_index_data(number).map_err(damaged)?;
        if entry.is_dir() {
            continue;
        }
        let raw = entry.name_raw();
        let cp437 =
            || entry.name().map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), |name| name.into_owned());
        let told = names::decode(raw, cp437);
        let (name, outside) = match names::inside(&told) {
            Ok(name) => (name, None),
            Err(reason) => (told, Some(reason)),
        };
        let packed = (entry.compression() != CompressionMethod::Stored).then(|| entry.compressed_size());
        let refused = outside.or_else(|| {
            let refused = refusal(&name, entry.is_symlink(), entry.encrypted(), entry.size(), packed);
            refused.or_else(|| unknown(entry.compression()))
        });
        members.push(Member { name, size: entry.size(), refused, place: Place::Zip(number) });
    }
    Ok((members, zip))
}

fn unknown(method: CompressionMethod) -> Option<&'static str> {
    use CompressionMethod as Method;
    let known = matches!(method, Method::Stored | Method::Deflated | Method::Deflate64 | Method::Bzip2);
    (!known).then_some("it is compressed in a way that is not known here; unpack the archive")
}

pub(super) fn open(zip: &ZipArchive<Part>, number: usize, size: u64, file: &Arc<File>) -> io::Result<Opened> {
    // A clone shares the list of members and has a place of its own.
    let mut zip = zip.clone();
    let mut entry = zip.by_index(number).map_err(|error| io::Error::other(format!("it is damaged ({error})")))?;
    // Small ones are read at once, so that their checksum is checked.
    if entry.compression() == CompressionMethod::Stored
        && size > SMALL
        && entry.compressed_size() == size
        && let Some(start) = entry.data_start()
    {
        return Ok(Opened::Part(Part::new(file.clone(), start, size)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(LARGEST_MEMBER)).unwrap_or_default());
    let damaged = |error: io::Error| io::Error::other(format!("it is damaged in the archive ({error})"));
    // One more than it should be, so that one that lies about its size is found out; the checksum is checked at the end.
    let got = entry.by_ref().take(size + 1).read_to_end(&mut bytes).map_err(damaged)?;
    if got as u64 != size {
        return Err(io::Error::other("it is damaged in the archive (its size is not the one it tells)"));
    }
    Ok(Opened::Memory(Cursor::new(bytes)))
}
