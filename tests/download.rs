//! Downloads from a server on this computer that does what hosts do: cut off, change files, lie, ask for patience.

mod loopback;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loopback::{Answer, Asked, Fault, Loopback};
use songline::archive::Kind;
use songline::domain::Control;
use songline::source::download::{Checksum, DownloadError, Manner, News, Wanted, download, progress};
use songline::source::net::Client;

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| ((at * 31) >> 3) as u8 ^ (at >> 11) as u8).collect()
}

fn manner(parts: u64) -> Manner {
    Manner { parts, smallest_part: 1 << 16, first_wait: Duration::from_millis(1), tries: 3, bytes_a_second: None }
}

fn wanted(server: &Loopback, to: &Path) -> Wanted {
    Wanted { urls: vec![server.url("/file")], to: to.to_path_buf(), size: None, checksum: None, kind: None }
}

fn fetch(wanted: &Wanted, manner: &Manner) -> (Result<(), DownloadError>, Vec<String>) {
    let notes = Mutex::new(Vec::new());
    let tell = |news| {
        if let News::Note(note) = news {
            notes.lock().unwrap().push(note);
        }
    };
    let result = download(&Client::default(), wanted, manner, &Control::default(), &tell);
    (result, notes.into_inner().unwrap())
}

/// Bytes that were asked for with `Range`, but for the first look at one byte.
fn is_look(asked: &Asked) -> bool {
    asked.range() == Some((0, Some(0)))
}

#[test]
fn a_file_comes_in_parts_and_is_whole() {
    let all = bytes(1_000_003);
    let given = all.clone();
    let server = Loopback::start(move |asked| Answer::file(asked, &given, "\"v1\""));
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let (result, notes) = fetch(&wanted(&server, &to), &manner(3));
    result.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), all);
    assert_eq!((notes.len(), server.asked().len()), (0, 4), "one look and three parts");
    assert!(server.asked()[1..].iter().all(|asked| asked.header("if-range") == Some("\"v1\"")));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["file.bin"], "nothing else is left");
    assert_eq!(progress(&to), Some((1_000_003, 1_000_003)));
    fetch(&wanted(&server, &to), &manner(3)).0.unwrap();
    assert_eq!(server.asked().len(), 4, "what is there is not asked for");
}

#[test]
fn five_cuts_cost_no_byte_twice() {
    let all = bytes(600_000);
    let (given, cuts) = (all.clone(), AtomicUsize::new(0));
    let server = Loopback::start(move |asked| {
        let answer = Answer::file(asked, &given, "\"v1\"");
        let cut = !is_look(asked) && cuts.fetch_add(1, Ordering::SeqCst) < 5;
        if cut { answer.with(Fault::CutAfter(100_000)) } else { answer }
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let (result, notes) = fetch(&wanted(&server, &to), &manner(1));
    result.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), all);
    assert_eq!(notes.len(), 5, "{notes:?}");
    let starts: Vec<_> = server.asked().iter().filter(|asked| !is_look(asked)).map(|a| a.range().unwrap().0).collect();
    assert_eq!(starts, [0, 100_000, 200_000, 300_000, 400_000, 500_000]);
}

#[test]
fn a_host_that_stays_away_leaves_what_came_for_the_next_time() {
    let all = bytes(300_000);
    let (given, well) = (all.clone(), std::sync::Arc::new(AtomicUsize::new(0)));
    let is_well = well.clone();
    let server = Loopback::start(move |asked| {
        let answer = Answer::file(asked, &given, "\"v1\"");
        match is_well.load(Ordering::SeqCst) {
            0 if asked.range() == Some((0, Some(299_999))) => answer.with(Fault::CutAfter(120_000)),
            0 if !is_look(asked) => Answer::new(503, ""),
            _ => answer,
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let (result, _) = fetch(&wanted(&server, &to), &manner(1));
    assert!(matches!(result, Err(DownloadError::Status { status: 503, .. })), "{result:?}");
    assert_eq!(progress(&to), Some((120_000, 300_000)));
    well.store(1, Ordering::SeqCst);
    fetch(&wanted(&server, &to), &manner(1)).0.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), all);
    assert_eq!(server.asked().last().unwrap().range(), Some((120_000, Some(299_999))));
}

#[test]
fn another_version_at_the_host_starts_anew() {
    let (old, new) = (bytes(200_000), vec![7; 200_000]);
    let (looks, expected) = (AtomicUsize::new(0), new.clone());
    let server = Loopback::start(move |asked| {
        let first = looks.load(Ordering::SeqCst) == 0;
        if first && !is_look(asked) {
            looks.store(1, Ordering::SeqCst);
            return Answer::file(asked, &old, "\"v1\"").with(Fault::CutAfter(50_000));
        }
        if first { Answer::file(asked, &old, "\"v1\"") } else { Answer::file(asked, &new, "\"v2\"") }
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let (result, notes) = fetch(&wanted(&server, &to), &manner(1));
    result.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), expected);
    assert!(notes.iter().any(|note| note.contains("another one at the host")), "{notes:?}");
}

#[test]
fn a_host_without_ranges_gives_the_whole_file() {
    let all = bytes(200_000);
    let (given, cuts) = (all.clone(), AtomicUsize::new(0));
    let server = Loopback::start(move |_| {
        let answer = Answer::new(200, given.clone());
        if cuts.fetch_add(1, Ordering::SeqCst) == 0 { answer.with(Fault::CutAfter(9_000)) } else { answer }
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    fetch(&wanted(&server, &to), &manner(3)).0.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), all);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_wrong_checksum_a_wrong_size_and_a_page_are_told_and_another_host_is_tried() {
    let all = bytes(70_000);
    let given = all.clone();
    let server = Loopback::start(move |asked| match asked.path.as_str() {
        "/good" => Answer::file(asked, &given, "\"g\""),
        "/other" => Answer::file(asked, &vec![1; given.len()], "\"o\""),
        "/page" => Answer::new(200, "<html>Please log in</html>"),
        "/short" => Answer::file(asked, &given[..10], "\"s\""),
        _ => Answer::new(404, ""),
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("a.zip");
    let with =
        |paths: &[&str]| Wanted { urls: paths.iter().map(|path| server.url(path)).collect(), ..wanted(&server, &to) };
    // python3 -c 'import hashlib;print(hashlib.sha1(bytes((((a*31)>>3)&255)^((a>>11)&255) for a in range(70000))).hexdigest())'
    let sum = Checksum::Sha1("f7b62d4f23743201c0b1d91691a906a010b98b64".to_owned());
    let summed = |paths: &[&str]| Wanted { checksum: Some(sum.clone()), ..with(paths) };
    let (result, _) = fetch(&summed(&["/other"]), &manner(1));
    let Err(DownloadError::WrongChecksum(aside)) = result else { panic!("{result:?}") };
    assert_eq!(std::fs::read(aside).unwrap(), vec![1; 70_000], "what came is set aside");
    let (result, _) = fetch(&Wanted { kind: Some(Kind::Zip), ..with(&["/page"]) }, &manner(1));
    assert!(matches!(result, Err(DownloadError::WrongContent(_))), "{result:?}");
    let (result, _) = fetch(&Wanted { size: Some(70_000), ..with(&["/short"]) }, &manner(1));
    assert!(matches!(result, Err(DownloadError::WrongSize { got: 10, expected: 70_000, .. })), "{result:?}");
    let (result, _) = fetch(&with(&["/gone"]), &manner(1));
    assert!(matches!(result, Err(DownloadError::Status { status: 404, .. })), "{result:?}");
    assert!(!to.exists(), "nothing wrong has the file's name");
    let (result, notes) = fetch(&summed(&["/gone", "/other", "/good"]), &manner(1));
    result.unwrap();
    assert_eq!((std::fs::read(&to).unwrap(), notes.len()), (all, 2), "{notes:?}");
}

#[test]
fn cancelling_ends_it_and_keeps_what_came() {
    let all = bytes(400_000);
    let given = all.clone();
    let server = Loopback::start(move |asked| {
        let answer = Answer::file(asked, &given, "\"v1\"");
        if asked.range() == Some((0, Some(399_999))) { answer.with(Fault::StallAfter(150_000)) } else { answer }
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let control = Control::default();
    let tell = |news| {
        if matches!(news, News::Bytes { got: 150_000.., .. }) {
            control.cancel();
        }
    };
    let result = download(&Client::default(), &wanted(&server, &to), &manner(1), &control, &tell);
    assert!(result.unwrap_err().is_cancelled());
    assert_eq!(progress(&to), Some((150_000, 400_000)));
    fetch(&wanted(&server, &to), &manner(1)).0.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), all);
}

#[test]
fn a_file_that_has_no_room_is_not_begun() {
    let server = Loopback::start(|_| {
        let length = u64::MAX / 4;
        Answer::new(206, [1]).header("Content-Range", format!("bytes 0-0/{length}")).header("ETag", "\"v1\"")
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let (result, _) = fetch(&wanted(&server, &to), &manner(2));
    let error = result.unwrap_err();
    assert!(matches!(&error, DownloadError::DiskFull { free, needed, .. } if *free > 0 && *needed > *free), "{error}");
    assert!(error.to_string().contains("free some and resume"), "{error}");
    assert_eq!(server.asked().len(), 1, "but for the look nothing is asked for");
}

#[test]
fn a_cap_is_kept_by_all_parts_together() {
    let all = bytes(400_000);
    let given = all.clone();
    let server = Loopback::start(move |asked| Answer::file(asked, &given, "\"v1\""));
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let begun = std::time::Instant::now();
    fetch(&wanted(&server, &to), &Manner { bytes_a_second: Some(500_000), ..manner(3) }).0.unwrap();
    // The last piece of each part is not waited for.
    assert!(begun.elapsed() > Duration::from_millis(300), "{:?}", begun.elapsed());
    assert_eq!(std::fs::read(&to).unwrap(), all);
}

#[test]
fn a_paused_download_waits_and_goes_on_where_it_was() {
    let all = bytes(600_000);
    let given = all.clone();
    let server = Loopback::start(move |asked| {
        let mut answer = Answer::file(asked, &given, "\"v1\"");
        answer.drip = Some((50_000, Duration::from_millis(5)));
        answer
    });
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file.bin");
    let control = Control::default();
    let got = AtomicUsize::new(0);
    let tell = |news| {
        if let News::Bytes { got: bytes, .. } = news
            && got.swap(bytes as usize, Ordering::SeqCst) < 100_000
            && bytes >= 100_000
        {
            control.pause();
        }
    };
    std::thread::scope(|scope| {
        let running = scope.spawn(|| download(&Client::default(), &wanted(&server, &to), &manner(1), &control, &tell));
        while !control.is_paused() {
            assert!(!running.is_finished());
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(100));
        let before = got.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!((got.load(Ordering::SeqCst), running.is_finished()), (before, false));
        control.resume();
        running.join().unwrap().unwrap();
    });
    assert_eq!(std::fs::read(&to).unwrap(), all);
    assert_eq!(server.asked().len(), 2, "one look and one request");
}
