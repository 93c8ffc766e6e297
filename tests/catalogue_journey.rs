//! From a table of 2,000 rows to music in the library, over services on this computer that refuse, forget, expire, cut off and
//! send the wrong thing.

mod loopback;
#[expect(dead_code, reason = "this journey makes its own pieces")]
mod music;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use loopback::{Answer, Asked, Fault, Loopback};
use songline::domain::{Control, Outcome, Progress};
use songline::jobs::message::{Coverage, FetchSpec, JobError, Partial};
use songline::jobs::{Context, Report, Silent, previews, spotify};
use songline::library::Library;
use songline::model::{LibrarySource, RESTRICTED, SpectrogramSource};
use songline::settings::Addresses;
use songline::source::net::Client;
use songline::source::pace::Limit;
use songline::source::preview::Services;
use songline::source::spotify::{CredentialStore, Credentials};

const HEADER: &str = "id,name,album,album_id,artists,artist_ids,track_number,disc_number,explicit,danceability,energy,key,\
    loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,duration_ms,time_signature,year,release_date";
const ROWS: usize = 2_000;
/// The kinds of rows, by number modulo this.
const KINDS: usize = 100;

fn table() -> String {
    let mut text = format!("{HEADER}\n");
    for number in 0..ROWS {
        text.push_str(&format!(
            "{number:022},Song {number},Album {},{number:022},\"['Artist {number}', \"\"Guest O'Neil\"\"]\",\"['x', 'y']\",1,1,False,\
             0.5,0.5,7,-5.0,1,0.1,1.4e-05,0.0,0.1,0.25,120.0,200000,4.0,1999,1999-11\n",
            number / 10
        ));
    }
    text
}

/// Thirty seconds that sound unlike those of any other number.
fn clip(number: usize, seconds: usize) -> Vec<u8> {
    let rate = 22_050;
    let pitch = 100.0 + number as f32;
    let sample = |at: usize| {
        let time = at as f32 / rate as f32;
        ((time * pitch * std::f32::consts::TAU).sin() * (1.0 - (time * 2.0).fract()) * 15_000.0) as i16
    };
    music::wav(&(0..seconds * rate).map(sample).collect::<Vec<_>>())
}

/// A sound whose samples are not numbers: 32-bit floats in a RIFF file.
fn not_numbers() -> Vec<u8> {
    let samples = 31 * 22_050_u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + samples * 4).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(3_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(22_050_u32.to_le_bytes());
    bytes.extend((22_050_u32 * 4).to_le_bytes());
    bytes.extend(4_u16.to_le_bytes());
    bytes.extend(32_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((samples * 4).to_le_bytes());
    bytes.extend((0..samples).flat_map(|_| f32::NAN.to_le_bytes()));
    bytes
}

/// What each kind of row meets at Deezer; every kind that is not named is not known anywhere.
fn deezer(number: usize, base: &str) -> String {
    let track = |title: String, artist: &str, duration: u32, preview: &str| {
        format!(
            r#"{{"id": {number}, "title": "{title}", "duration": {duration}, "artist": {{"name": "{artist} {number}"}}, "preview": {preview}}}"#
        )
    };
    let song = format!("song {number} (feat. Guest)");
    let at = |path: &str| format!("\"{base}/{path}/{number}\"");
    let data = match number % KINDS {
        // A preview, the second among others, with nulls around.
        0 => format!(
            "null, {}, {}",
            track("Other".to_owned(), "Artist", 200, "null"),
            track(song, "ARTIST", 202, &at("clip"))
        ),
        1 => track(song, "Artist", 200, &at("expiring")),
        2 => track(song, "Artist", 200, &at("expired")),
        3 => track(song, "Artist", 200, &at("cut-once")),
        4 => track(song, "Artist", 200, &at("cut")),
        5 => track(song, "Artist", 200, &at("page")),
        6 => track(song, "Artist", 200, &at("short")),
        7 => track(song, "Artist", 200, &at("not-numbers")),
        8 => track(song, "Artist", 200, "\"\""),
        // Another length, another artist.
        9 => track(song, "Artist", 210, &at("clip")),
        10 => track(song, "Somebody", 200, &at("clip")),
        11 => track(song, "Artist", 200, &at("noise")),
        _ => String::new(),
    };
    format!(r#"{{"data": [{data}], "total": 1}}"#)
}

fn number_of(text: &str, before: &str) -> usize {
    let rest = text.split_once(before).unwrap().1;
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// Services that misbehave.
fn services() -> Loopback {
    let base: Arc<Mutex<String>> = Arc::default();
    let known = base.clone();
    let seen: Mutex<HashMap<String, usize>> = Mutex::default();
    let searches = AtomicUsize::new(0);
    let looked_up = AtomicUsize::new(0);
    let server = Loopback::start(move |asked: &Asked| {
        let base = known.lock().unwrap().clone();
        let path = asked.path.as_str();
        let number = || path.rsplit('/').next().unwrap().parse::<usize>().unwrap();
        let times = {
            let mut seen = seen.lock().unwrap();
            let count = seen.entry(format!("{path}?{}", asked.query)).or_default();
            *count += 1;
            *count
        };
        match path {
            "/api/token" => Answer::json(r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 3600}"#),
            _ if path.starts_with("/v1/tracks/") => {
                // Now and then too often; nulls in every place where they were seen.
                if looked_up.fetch_add(1, Ordering::SeqCst) % 400 == 200 {
                    return Answer::new(429, "").header("Retry-After", "1");
                }
                let number = number();
                let isrc = if number % KINDS == 12 { format!("\"ISRC{number:08}\"") } else { "null".to_owned() };
                match number % 3 {
                    0 => Answer::json(&format!(
                        r#"{{"id": "{number:022}", "name": null, "artists": [null], "external_ids": {{"isrc": {isrc}}}, "preview_url": null}}"#
                    )),
                    1 => Answer::json(&format!(
                        r#"{{"id": "{number:022}", "album": null, "external_ids": {{"isrc": {isrc}}}}}"#
                    )),
                    _ if number % KINDS == 12 => {
                        Answer::json(&format!(r#"{{"id": "{number:022}", "external_ids": {{"isrc": {isrc}}}}}"#))
                    }
                    _ => Answer::json("null"),
                }
            }
            "/deezer/search" => {
                if searches.fetch_add(1, Ordering::SeqCst) == 700 {
                    return Answer::json(
                        r#"{"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}}"#,
                    );
                }
                Answer::json(&deezer(number_of(&asked.query, "Song%20"), &base))
            }
            _ if path.starts_with("/deezer/track/isrc:") => {
                let number = number_of(path, "ISRC");
                Answer::json(&format!(
                    r#"{{"id": {number}, "title": "Song {number}", "duration": 200, "artist": {{"name": "Artist {number}"}}, "preview": "{base}/clip/{number}"}}"#
                ))
            }
            // Asked again because the address had expired.
            _ if path.starts_with("/deezer/track/") => {
                let number = number();
                let kind = if number % KINDS == 1 { "clip" } else { "expired" };
                Answer::json(&format!(r#"{{"id": {number}, "preview": "{base}/{kind}/{number}"}}"#))
            }
            "/itunes/search" => {
                let number = number_of(&asked.query, "Song%20");
                match number % KINDS {
                    13 => Answer::json(&format!(
                        r#"{{"resultCount": 2, "results": [null, {{"trackName": "Song {number}", "artistName": "Artist {number}", "trackTimeMillis": 199000, "previewUrl": "{base}/clip/{number}"}}]}}"#
                    )),
                    _ => Answer::json(r#"{"resultCount": 0, "results": []}"#),
                }
            }
            _ if path.starts_with("/clip/") => Answer::new(200, clip(number(), 31)),
            _ if path.starts_with("/expiring/") || path.starts_with("/expired/") => Answer::new(403, ""),
            _ if path.starts_with("/cut-once/") && times > 1 => Answer::new(200, clip(number(), 31)),
            _ if path.starts_with("/cut") => Answer::new(200, clip(number(), 31)).with(Fault::CutAfter(100_000)),
            _ if path.starts_with("/page/") => Answer::new(200, "<html>Please sign in</html>"),
            _ if path.starts_with("/short/") => Answer::new(200, clip(number(), 10)),
            _ if path.starts_with("/not-numbers/") => Answer::new(200, not_numbers()),
            _ if path.starts_with("/noise/") => {
                Answer::new(200, [b"ID3\x04".as_slice(), &[number() as u8; 40_000]].concat())
            }
            _ => Answer::new(404, ""),
        }
    });
    *base.lock().unwrap() = server.url("");
    server
}

/// As fast as this computer goes.
fn without_limits(server: &Loopback) -> Services {
    let fast = Limit { requests: 1_000_000, within: Duration::from_secs(1) };
    Services::with_limits(Addresses::all_at(&server.url("")), Client::default(), fast, fast, fast)
}

fn spec(server: &Loopback) -> FetchSpec {
    FetchSpec {
        words: String::new(),
        limit: ROWS,
        links: Vec::new(),
        retry: false,
        addresses: Addresses::all_at(&server.url("")),
    }
}

struct Room {
    folder: tempfile::TempDir,
    library: Arc<Library>,
    context: Context,
}

fn room(rows: &str) -> Room {
    let folder = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::open(&folder.path().join("library")).unwrap());
    let context = Context::new(library.clone());
    let table = folder.path().join("tracks_features.csv");
    std::fs::write(&table, rows).unwrap();
    spotify::import_csv(&context, &table, &Control::default(), &Silent).unwrap();
    Room { folder, library, context }
}

impl Room {
    fn signed_in(&self) -> CredentialStore {
        let store = CredentialStore::in_file(&self.folder.path().join("spotify.json"));
        let secret = Some("secret".to_owned());
        store.save(&Credentials { client_id: "id".to_owned(), secret, refresh_token: None }).unwrap();
        store
    }

    fn signed_out(&self) -> CredentialStore {
        CredentialStore::in_file(&self.folder.path().join("nothing.json"))
    }
}

#[test]
fn a_table_of_two_thousand_rows_becomes_music_over_services_that_misbehave() {
    let room = room(&table());
    let server = services();
    let (control, spec) = (Control::default(), spec(&server));
    let store = room.signed_in();
    let fetch = || previews::fetch_from(&room.context, &spec, &without_limits(&server), &store, &control, &Silent);

    // Nothing is asked before the terms are accepted.
    let refused = fetch().unwrap_err().to_string();
    assert!(refused.contains("accepted"), "{refused}");
    assert!(server.asked().is_empty());
    previews::accept(&room.context).unwrap();

    let coverage = fetch().unwrap();
    let each = ROWS / KINDS;
    let expected = [
        // Deezer by names; after one more question; after one more download; by ISRC; iTunes.
        (Outcome::Preview, 5 * each),
        (Outcome::Expired, each),
        (Outcome::Truncated, each),
        (Outcome::WrongContent, each),
        (Outcome::TooShort, each),
        (Outcome::NotFinite, each),
        (Outcome::NoPreview, each),
        (Outcome::Other, 2 * each),
        (Outcome::Undecodable, each),
        (Outcome::Nothing, (KINDS - 14) * each),
    ];
    assert_eq!(coverage.outcomes, expected.into_iter().collect());
    assert_eq!(coverage.by_service, [("Deezer", 4 * each), ("iTunes", each)].into());
    assert_eq!((coverage.asked, coverage.waiting), (ROWS, 0));
    assert_eq!(coverage.all, coverage.outcomes);

    // Music with the names of the catalogue and an origin; the short ones are there too.
    let tracks = room.library.tracks().unwrap();
    assert_eq!(tracks.len(), 6 * each);
    assert!(tracks.iter().all(|track| track.tags.title.as_deref().is_some_and(|title| title.starts_with("Song "))));
    let origins = room.library.origins().unwrap();
    assert_eq!(origins.len(), tracks.len());
    assert!(origins.iter().all(|(_, origin)| !origin.trainable));
    assert_eq!(origins.iter().filter(|(_, origin)| origin.source == "iTunes preview").count(), each);
    assert_eq!(room.library.spotify_features().unwrap().len(), tracks.len(), "their features are known");

    // No network learns from them unless that is decided.
    let taken = |include_restricted| {
        let source = LibrarySource { library: &room.library, include_restricted, with_side: false };
        let found = source.tracks(songline::domain::Span::Preview, songline::domain::SegmentGrid::default()).unwrap();
        let left_out = found.iter().filter(|track| track.as_ref().is_err_and(|(_, why)| why.starts_with(RESTRICTED)));
        (found.iter().filter(|track| track.is_ok()).count(), left_out.count())
    };
    assert_eq!(taken(false), (0, 6 * each));
    assert_eq!(taken(true), (5 * each, 0));

    // Once more asks nothing: what may have another answer is asked again after a week, or when told to.
    let before = server.asked().len();
    let again = fetch().unwrap();
    assert_eq!((again.asked, server.asked().len()), (0, before + 1), "one token");
}

#[test]
fn a_long_rest_ends_the_run_and_holds_after_a_restart() {
    let room = room(&table());
    let server = Loopback::start(|asked| match asked.path.as_str() {
        "/itunes/search" => Answer::new(403, ""),
        _ => Answer::new(429, "").header("Retry-After", "20000"),
    });
    previews::accept(&room.context).unwrap();
    let mut spec = spec(&server);
    spec.limit = 50;
    let fetch = || -> Coverage {
        let services = Services::new(Addresses::all_at(&server.url("")));
        services.pace(songline::source::preview::Service::Itunes).leave_alone(Duration::from_secs(20_000));
        previews::fetch_from(&room.context, &spec, &services, &room.signed_out(), &Control::default(), &Silent).unwrap()
    };
    let coverage = fetch();
    assert_eq!((coverage.asked, coverage.waiting), (0, 50));
    let rest = room.library.service_rest("deezer").unwrap().unwrap();
    assert_eq!(coverage.rests[0], ("Deezer", rest));
    let asked = server.asked().len();
    // Another start reads what was kept and leaves the service alone.
    let coverage = fetch();
    assert_eq!((coverage.waiting, server.asked().len()), (50, asked));
    assert!(coverage.text(rest - 7_200).contains("Deezer wants to be left alone for 2 h 0 min"));
}

/// Cancels as soon as a rest of a service is told.
struct Impatient(Control, Mutex<Vec<String>>);

impl Report for Impatient {
    fn progress(&self, progress: Progress) {
        if progress.detail.contains("left alone") {
            self.1.lock().unwrap().push(progress.detail);
            self.0.cancel();
        }
    }

    fn partial(&self, _: Partial) {}

    fn warning(&self, _: String) {}
}

#[test]
fn a_wait_for_a_service_is_told_and_ends_at_once_when_cancelled() {
    let room = room(&table());
    let server = Loopback::start(|_| Answer::new(429, "").header("Retry-After", "80"));
    previews::accept(&room.context).unwrap();
    let control = Control::default();
    let report = Impatient(control.clone(), Mutex::default());
    let begun = Instant::now();
    let services = without_limits(&server);
    let ended = previews::fetch_from(&room.context, &spec(&server), &services, &room.signed_out(), &control, &report);
    assert_eq!(ended, Err(JobError::Cancelled));
    assert!(begun.elapsed() < Duration::from_secs(79), "it did not wait");
    assert!(report.1.lock().unwrap()[0].contains("wants to be left alone for"));
    assert!(room.library.service_rest("deezer").unwrap().is_some(), "the rest is kept all the same");
}

#[test]
fn links_are_read_page_by_page_whatever_is_in_them_and_never_in_circles() {
    let room = room(&table());
    let base: Arc<Mutex<String>> = Arc::default();
    let known = base.clone();
    let server = Loopback::start(move |asked| {
        let base = known.lock().unwrap().clone();
        let path = asked.path.as_str();
        let track = |number: usize| {
            format!(
                r#"{{"id": "{number:022}", "type": "track", "name": "Link {number}", "duration_ms": 200000, "artists": [{{"name": "A"}}], "album": {{"name": "L"}}, "preview_url": "{base}/clip/{number}"}}"#
            )
        };
        match path {
            "/api/token" => Answer::json(r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 3600}"#),
            // An application from before: the new name is not there.
            _ if path.ends_with("/items") => Answer::new(404, ""),
            _ if path.starts_with("/v1/playlists/") => {
                let page = if asked.query.contains("offset=0") {
                    format!(r#"null, {{"track": null}}, {{"track": {}}}, {{"item": {{"id": null}}}}"#, track(1))
                } else {
                    format!(r#"{{"track": {}}}"#, track(2))
                };
                // The next page is always said to be the first one.
                Answer::json(&format!(r#"{{"items": [{page}], "total": 60, "next": "{base}{path}?offset=0"}}"#))
            }
            _ if path.starts_with("/v1/tracks/") => {
                Answer::json(&track(path.rsplit('/').next().unwrap().parse().unwrap()))
            }
            _ if path.starts_with("/clip/") => {
                Answer::new(200, clip(path.rsplit('/').next().unwrap().parse().unwrap(), 31))
            }
            _ => Answer::json("{}"),
        }
    });
    *base.lock().unwrap() = server.url("");
    previews::accept(&room.context).unwrap();
    let mut spec = spec(&server);
    spec.links = vec!["https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M?si=x".to_owned()];
    let services = without_limits(&server);
    let control = Control::default();
    let coverage = previews::fetch_from(&room.context, &spec, &services, &room.signed_in(), &control, &Silent).unwrap();
    assert_eq!((coverage.count(Outcome::Preview), coverage.skipped), (2, 3));
    assert_eq!(coverage.by_service, [("Spotify", 2)].into());
    // A link that is none, and no credentials.
    spec.links = vec!["https://example.org/track".to_owned()];
    let error =
        previews::fetch_from(&room.context, &spec, &services, &room.signed_in(), &control, &Silent).unwrap_err();
    assert!(error.to_string().contains("no link"), "{error}");
    let error =
        previews::fetch_from(&room.context, &spec, &services, &room.signed_out(), &control, &Silent).unwrap_err();
    assert!(error.to_string().contains("sign-in"), "{error}");
}
