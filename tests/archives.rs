//! Archives read in place: good ones, hostile ones and broken ones.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use songline::archive::{ArchiveError, facts, members, open, split, unpack};
use songline::domain::Control;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn packed(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

fn zip_of(folder: &Path, files: &[(&str, &[u8], CompressionMethod)]) -> PathBuf {
    let path = folder.join("music.zip");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes, method) in files {
        zip.start_file(*name, packed(*method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn sound() -> Vec<u8> {
    // Xorshift: like music, it does not get smaller.
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..50_000).map(|_| next()).collect()
}

fn refused(path: &Path) -> Vec<(String, &'static str)> {
    members(path).unwrap().into_iter().filter_map(|member| Some((member.name, member.refused?))).collect()
}

#[test]
fn members_of_every_method_are_read_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let sound = sound();
    use CompressionMethod::{Bzip2, Deflated, Stored};
    let path = zip_of(
        folder.path(),
        &[("000/000002.mp3", &sound, Bzip2), ("000/000003.mp3", &sound, Deflated), ("a.mp3", &sound, Stored)],
    );
    for name in ["000/000002.mp3", "000/000003.mp3", "a.mp3"] {
        let member = path.join(name);
        assert_eq!(split(&member), Some((path.clone(), name.to_owned())));
        assert_eq!(facts(&member).unwrap().size, 50_000);
        assert_eq!(read(&member).unwrap(), sound, "{name}");
    }
    assert_eq!(read(&path.join("none.mp3")).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert!(split(&path).is_none(), "the archive itself is a file");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was unpacked");
}

#[test]
fn a_corrupt_member_is_told_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let sound = sound();
    use CompressionMethod::{Bzip2, Stored};
    let path = zip_of(folder.path(), &[("a.mp3", &sound, Bzip2), ("b.mp3", &sound, Stored), ("c.mp3", &sound, Bzip2)]);
    let mut bytes = std::fs::read(&path).unwrap();
    // Within the first two members: the directory is at the end, and the third is as long as the first.
    bytes[20_000] ^= 0x55;
    bytes[80_000] ^= 0x55;
    std::fs::write(&path, bytes).unwrap();
    for name in ["a.mp3", "b.mp3"] {
        let error = read(&path.join(name)).unwrap_err().to_string();
        assert!(error.contains("damaged in the archive"), "{name}: {error}");
    }
    assert_eq!(read(&path.join("c.mp3")).unwrap(), sound);
}

#[test]
fn a_changed_archive_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip_of(folder.path(), &[("a.mp3", b"one", CompressionMethod::Stored)]);
    assert_eq!(read(&path.join("a.mp3")).unwrap(), b"one");
    zip_of(folder.path(), &[("a.mp3", b"another", CompressionMethod::Stored)]);
    assert_eq!(read(&path.join("a.mp3")).unwrap(), b"another");
}

#[test]
fn names_that_lead_out_links_and_archives_in_archives_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil.zip");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    let plain = packed(CompressionMethod::Stored);
    for name in ["../../out.mp3", "/etc/out.mp3", "inner.zip", "good.mp3"] {
        zip.start_file(name, plain).unwrap();
        zip.write_all(b"sound").unwrap();
    }
    zip.add_symlink("link.mp3", "/etc/passwd", plain).unwrap();
    zip.finish().unwrap();
    let told = refused(&path);
    let why = |name: &str| told.iter().find(|(known, _)| known.contains(name)).map_or("", |(_, reason)| *reason);
    assert!(why("../../out").contains("leads out"), "{told:?}");
    assert!(why("/etc/out").contains("absolute"), "{told:?}");
    assert!(why("inner.zip").contains("inside the archive"), "{told:?}");
    assert!(why("link").contains("link"), "{told:?}");
    assert_eq!(read(&path.join("good.mp3")).unwrap(), b"sound");
    assert!(read(&path.join("link.mp3")).is_err());
    let to = folder.path().join("deep/to");
    let done = unpack(&path, &to, &Control::default(), &mut |_| {}).unwrap();
    assert_eq!((done.files, done.refused.len()), (1, 4));
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 1);
    assert!(!folder.path().join("out.mp3").exists());
}

#[test]
fn bombs_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = vec![0; 64 << 20];
    let path = zip_of(folder.path(), &[("bomb.wav", &zeros, CompressionMethod::Deflated)]);
    assert!(refused(&path)[0].1.contains("200-fold"));
    assert!(read(&path.join("bomb.wav")).is_err());
    // A member that holds more than it says: the sizes of its head and of the directory are made smaller.
    let path = zip_of(folder.path(), &[("liar.wav", &[0; 4_096], CompressionMethod::Deflated)]);
    let mut bytes = std::fs::read(&path).unwrap();
    let size = 4_096_u32.to_le_bytes();
    let places: Vec<_> = bytes.windows(4).enumerate().filter(|(_, w)| *w == size).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2);
    for at in places {
        bytes[at..at + 4].copy_from_slice(&16_u32.to_le_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
    assert!(read(&path.join("liar.wav")).unwrap_err().to_string().contains("damaged in the archive"));
}

#[test]
fn encrypted_members_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip_of(folder.path(), &[("a.mp3", b"sound", CompressionMethod::Stored)]);
    let mut bytes = std::fs::read(&path).unwrap();
    // Bit 0 of the general flags (APPNOTE.TXT, 4.4.4), in the head and in the directory.
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(refused(&path), [("a.mp3".to_owned(), "it is encrypted")]);
    assert!(read(&path.join("a.mp3")).unwrap_err().to_string().contains("encrypted"));
}

#[test]
fn a_cut_off_archive_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip_of(folder.path(), &[("a.mp3", &sound(), CompressionMethod::Stored)]);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..30_000]).unwrap();
    assert!(matches!(members(&path), Err(ArchiveError::Damaged { .. })));
    let tar = folder.path().join("music.tar");
    std::fs::write(&tar, &tar_of(&[("a.mp3", &sound())])[..30_000]).unwrap();
    assert!(matches!(members(&tar), Err(ArchiveError::Damaged { .. })));
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // By hand: the builder refuses what this test is about.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, Cursor::new(bytes)).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    header.set_link_name("/etc/passwd").unwrap();
    header.set_path("link.mp3").unwrap();
    header.set_cksum();
    tar.append(&header, std::io::empty()).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn tars_are_read_in_place_and_judged_likewise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("00.tar");
    let sound = sound();
    std::fs::write(&path, tar_of(&[("00/1.mp3", &sound), ("../out.mp3", b"x"), ("00/2.mp3", b"two")])).unwrap();
    assert_eq!(read(&path.join("00/1.mp3")).unwrap(), sound);
    assert_eq!(read(&path.join("00/2.mp3")).unwrap(), b"two");
    let told = refused(&path);
    assert_eq!(told.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["../out.mp3", "link.mp3"]);
}

#[test]
fn a_gzipped_tar_is_unpacked_and_not_read_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("music.tar.gz");
    let mut gz = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::fast());
    gz.write_all(&tar_of(&[("00/1.mp3", &sound()), ("../out.mp3", b"x")])).unwrap();
    gz.finish().unwrap();
    assert!(matches!(members(&path), Err(ArchiveError::CompressedWhole(_))));
    let to = folder.path().join("to");
    let done = unpack(&path, &to, &Control::default(), &mut |_| {}).unwrap();
    assert_eq!((done.files, done.bytes, done.refused.len()), (1, 50_000, 2));
    assert_eq!(std::fs::read(to.join("00/1.mp3")).unwrap(), sound());
    assert!(!folder.path().join("out.mp3").exists());
}
