//! A data set of FMA's layout from a server on this computer, cut off and resumed five times, with a corrupt member.

mod loopback;

use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loopback::{Answer, Fault, Loopback};
use songline::archive;
use songline::domain::{Control, DeviceChoice};
use songline::jobs::datasets::{Part, Taking, delete, downloaded, part_of_url, take};
use songline::jobs::{Context, Silent};
use songline::library::Library;
use songline::source::download::{Checksum, Manner};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A WAV file of five seconds: a tone of `hertz` with its octave, 16 bits, mono, 22,050 Hz.
fn tone(hertz: f64) -> Vec<u8> {
    let samples = 5 * 22_050_u32;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(22_050_u32.to_le_bytes());
    bytes.extend(44_100_u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend((samples * 2).to_le_bytes());
    for at in 0..samples {
        let time = f64::from(at) / 22_050.0 * std::f64::consts::TAU;
        let value = (time * hertz).sin() * 8_000.0 + (time * hertz * 2.0).sin() * 3_000.0;
        bytes.extend((value as i16).to_le_bytes());
    }
    bytes
}

fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Bzip2);
    for (name, bytes) in files {
        zip.start_file(name, packed).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const TABLE: &str = ",album,artist,set,track,track,track\n,title,name,split,genre_top,license,title\ntrack_id,,,,,,\n\
                     2,First,Ann,training,Folk,CC BY,Two\n3,First,Ann,training,Rock,CC BY,Three\n5,Other,Bob,test,Rock,CC BY,Five\n";

#[test]
fn fma_cut_off_five_times_with_a_corrupt_member() {
    let numbers = [2_u32, 3, 5, 10];
    let name = |number: u32| format!("fma_small/000/{number:06}.mp3");
    let mut files: Vec<_> = numbers.iter().map(|n| (name(*n), tone(110.0 * f64::from(*n)))).collect();
    // A clip that the set is known to lack sound in.
    files.push((name(99_134), b"no sound".to_vec()));
    let mut music = zip_of(&files);
    // In the middle of the third member's bytes.
    let third = music.windows(17).position(|window| window == b"/000/000005.mp3BZ").unwrap();
    music[third + 2_000] ^= 0xff;
    let metadata = zip_of(&[("fma_metadata/tracks.csv".to_owned(), TABLE.as_bytes().to_vec())]);
    // The size of a sixth, so that five cuts come to its end.
    let sixth = music.len() / 6 + 1;
    let cuts = Arc::new(AtomicUsize::new(0));
    let counted = cuts.clone();
    let given = HashMap::from([("/fma_small.zip", music.clone()), ("/fma_metadata.zip", metadata)]);
    let server = Loopback::start(move |asked| {
        let Some(bytes) = given.get(asked.path.as_str()) else { return Answer::new(404, "") };
        let answer = Answer::file(asked, bytes, "\"v1\"");
        let look = asked.range() == Some((0, Some(0)));
        if asked.path == "/fma_small.zip" && !look && counted.load(Ordering::SeqCst) < 5 {
            counted.fetch_add(1, Ordering::SeqCst);
            return answer.with(Fault::CutAfter(sixth));
        }
        answer
    });
    let folder = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::open(&folder.path().join("library")).unwrap());
    let context = Context::new(library.clone());
    let part = |file: &str, describes| Part {
        name: file.to_owned(),
        urls: vec![server.url(&format!("/{file}"))],
        checksum: None,
        describes,
        origin: None,
    };
    let parts = [part("fma_metadata.zip", true), part("fma_small.zip", false)];
    // One try a call: each call is a session that the network cuts off.
    let manner = Manner { parts: 1, tries: 1, first_wait: Duration::from_millis(1), ..Manner::default() };
    let into = folder.path().join("sets");
    let taking = Taking { into: into.clone(), unpack: false, manner, device: DeviceChoice::Cpu };
    let mut got = Vec::new();
    let summary = loop {
        match take(&context, &parts, &taking, &Control::default(), &Silent) {
            Ok(summary) => break summary,
            Err(error) => {
                got.push(downloaded(&parts[1..], &into).0);
                assert!(got.len() < 10, "{error}");
            }
        }
    };
    let fifths = (1..=5).map(|count| (count * sixth) as u64);
    assert!(got.is_empty() || got.iter().all(|got| fifths.clone().any(|fifth| fifth == *got)), "{got:?}");
    assert_eq!(cuts.load(Ordering::SeqCst), 5);
    let sent: usize = server.asked().iter().filter(|asked| asked.path == "/fma_small.zip").count();
    assert!(sent >= 7, "a look and six stretches at least, not {sent}");
    assert_eq!((summary.imported, summary.failed), (3, 2));
    let mut tracks = library.tracks().unwrap();
    tracks.sort_by(|a, b| a.path.cmp(&b.path));
    let told: Vec<_> = tracks.iter().map(|t| (t.title(), t.artist(), t.tags.genre.as_deref())).collect();
    assert_eq!(
        told,
        [("Two", "Ann", Some("Folk")), ("Three", "Ann", Some("Rock")), ("000010", "Unknown artist", None)],
        "the table counts before the file's tags"
    );
    assert!(tracks[0].path.ends_with("fma_small.zip/fma_small/000/000002.mp3"));
    let origins: std::collections::BTreeMap<_, _> = library.origins().unwrap().into_iter().collect();
    assert_eq!(origins[&tracks[0].id].line(), "Free Music Archive · CC BY");
    assert!(!origins.contains_key(&tracks[2].id), "the table does not know it, and the set is none that is known");
    let failures = library.failures().unwrap();
    let reason = |number: &str| failures.iter().find(|f| f.path.ends_with(number)).map_or("", |f| f.reason.as_str());
    assert!(reason("000005.mp3").contains("damaged in the archive"), "{failures:?}");
    assert!(reason("099134.mp3").contains("FMA is known to lack"), "{failures:?}");
    // Nothing but the archives is on the disk, and a member plays from its place.
    let mut names: Vec<_> = std::fs::read_dir(&into).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["fma_metadata.zip", "fma_small.zip"]);
    assert_eq!(archive::open(&tracks[0].path).unwrap().length(), Some(5 * 44_100 + 44));
    let again = take(&context, &parts, &taking, &Control::default(), &Silent).unwrap();
    assert_eq!((again.imported, again.unchanged, again.skipped), (0, 3, 2), "nothing is done twice");
    delete(&parts, &into).unwrap();
    assert_eq!(downloaded(&parts, &into), (0, 0));
}

#[test]
fn an_archive_added_by_its_address_is_unpacked_where_that_is_asked_for() {
    let music = zip_of(&[("a/tone.wav".to_owned(), tone(440.0))]);
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    let server = Loopback::start(move |asked| {
        *count.lock().unwrap() += 1;
        Answer::file(asked, &music, "\"v1\"")
    });
    let folder = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::open(&folder.path().join("library")).unwrap());
    let context = Context::new(library.clone());
    let into = folder.path().join("sets");
    let taking = Taking { into: into.clone(), unpack: true, manner: Manner::default(), device: DeviceChoice::Cpu };
    let part = part_of_url(&server.url("/tones.zip?key=1")).unwrap();
    take(&context, &[part], &taking, &Control::default(), &Silent).unwrap();
    assert_eq!(library.tracks().unwrap()[0].path, into.join("tones/a/tone.wav"));
    assert!(part_of_url("https://example.org/page.html").is_err());
    let empty = Part { checksum: Some(Checksum::Sha1(String::new())), ..part_of_url("http://a.b/c.zip").unwrap() };
    assert_eq!(empty.name, "c.zip");
    assert!(take(&context, &[], &taking, &Control::default(), &Silent).unwrap_err().to_string().contains("no address"));
    assert!(*seen.lock().unwrap() >= 2);
}
