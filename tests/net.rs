//! The HTTP client against a server on this computer that does everything wrong that hosts do.

mod loopback;

use std::io::Read;
use std::time::{Duration, UNIX_EPOCH};

use loopback::{Answer, Fault, Loopback};
use songline::domain::Control;
use songline::source::net::{Client, NetError, Patience, Request};

fn client() -> Client {
    Client::default()
}

fn hasty() -> Client {
    let soon = Duration::from_millis(300);
    Client::new(Patience { connect: soon, answer: soon, read: soon })
}

#[test]
fn an_answer_has_its_status_its_headers_and_its_bytes() {
    let server = Loopback::start(|asked| {
        let body = format!("{} {}?{}", asked.method, asked.path, asked.query);
        Answer::new(200, body).header("X-Song", "Line")
    });
    let request = Request::get(server.url("/a/b?c=1")).header("Authorization", "Bearer t");
    let response = client().send(request, &Control::default()).unwrap();
    assert_eq!((response.status, response.is_success(), response.length()), (200, true, Some(12)));
    assert_eq!(response.header("x-song"), Some("Line"));
    assert_eq!(response.bytes().unwrap(), b"GET /a/b?c=1");
    let asked = &server.asked()[0];
    assert_eq!(asked.header("authorization"), Some("Bearer t"));
    assert_eq!(asked.header("user-agent"), Some(concat!("Songline/", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn what_is_posted_arrives() {
    let server = Loopback::start(|asked| Answer::new(201, asked.body.clone()));
    let request = Request::post(server.url("/"), "a=1&b=2").header("Content-Type", "application/x-www-form-urlencoded");
    let response = client().send(request, &Control::default()).unwrap();
    assert_eq!((response.status, response.bytes().unwrap()), (201, b"a=1&b=2".to_vec()));
    assert_eq!(server.asked()[0].method, "POST");
}

#[test]
fn an_error_of_the_host_is_a_value_with_the_time_to_wait() {
    let server = Loopback::start(|_| Answer::new(429, "slow down").header("Retry-After", "7"));
    let response = client().send(Request::get(server.url("/")), &Control::default()).unwrap();
    assert_eq!((response.status, response.is_success()), (429, false));
    assert_eq!(response.retry_after(UNIX_EPOCH), Some(Duration::from_secs(7)));
    assert_eq!(response.bytes().unwrap(), b"slow down");
}

#[test]
fn a_large_body_can_be_read_like_a_file() {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| ((at * 31) >> 3) as u8).collect();
    let given = bytes.clone();
    let server = Loopback::start(move |_| Answer::new(200, given.clone()));
    let mut response = client().send(Request::get(server.url("/")), &Control::default()).unwrap();
    let mut read = Vec::new();
    response.body.read_to_end(&mut read).unwrap();
    assert!(read == bytes);
}

#[test]
fn a_body_that_ends_early_is_an_error_with_what_came() {
    let server = Loopback::start(|_| Answer::new(200, vec![7; 1_000]).with(Fault::CutAfter(600)));
    let response = client().send(Request::get(server.url("/")), &Control::default()).unwrap();
    let error = response.bytes().unwrap_err();
    assert!(matches!(error, NetError::Truncated { got: 600, promised: Some(1_000), .. }), "{error:?}");
    assert_eq!(error.to_string(), "127.0.0.1 broke the connection off after 600 bytes of 1000");
    assert!(error.may_pass());
}

#[test]
fn a_body_without_length_ends_with_its_connection() {
    let server = Loopback::start(|_| Answer { unmeasured: true, ..Answer::new(200, "all of it") });
    let response = client().send(Request::get(server.url("/")), &Control::default()).unwrap();
    assert_eq!((response.length(), response.bytes().unwrap()), (None, b"all of it".to_vec()));
}

#[test]
fn more_than_was_allowed_is_refused_whether_it_is_told_or_not() {
    for unmeasured in [false, true] {
        let server = Loopback::start(move |_| Answer { unmeasured, ..Answer::new(200, vec![0; 300_000]) });
        let request = Request::get(server.url("/")).at_most(100_000);
        let error = client().send(request, &Control::default()).and_then(|response| response.bytes()).unwrap_err();
        assert!(matches!(error, NetError::TooLarge { largest: 100_000, .. }), "{error:?}");
    }
}

#[test]
fn hosts_that_hang_up_babble_or_are_silent_each_have_their_error() {
    let server = Loopback::start(|asked| match asked.path.as_str() {
        "/hang-up" => Answer::new(200, "").with(Fault::NoAnswer),
        "/babble" => Answer::new(200, "").with(Fault::Garbage),
        _ => Answer::new(200, vec![1; 100]).with(Fault::StallAfter(10)),
    });
    let ask = |path| hasty().send(Request::get(server.url(path)), &Control::default());
    let error = ask("/hang-up").unwrap_err();
    assert!(matches!(error, NetError::Truncated { .. }), "{error:?}");
    let error = ask("/babble").unwrap_err();
    assert!(matches!(error, NetError::Garbled { .. }), "{error:?}");
    let error = ask("/silent").and_then(|response| response.bytes()).unwrap_err();
    assert!(matches!(error, NetError::TooSlow { .. }), "{error:?}");
}

#[test]
fn addresses_that_lead_nowhere_are_told_apart() {
    let send = |url: &str| client().send(Request::get(url), &Control::default()).unwrap_err();
    assert!(matches!(send("ftp://example.org/a"), NetError::BadAddress(_)));
    assert!(matches!(send("no address"), NetError::BadAddress(_)));
    // The port of a listener that is gone refuses.
    let url = Loopback::start(|_| Answer::new(200, "")).url("/");
    let error = send(&url);
    assert!(matches!(error, NetError::NoConnection { .. }), "{error:?}");
    let request = Request::get(url).header("Authorization", "secret\nsecret");
    let error = client().send(request, &Control::default()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn cancelling_ends_a_wait_at_once_before_and_amid_the_answer() {
    for amid in [false, true] {
        let server = Loopback::start(move |_| {
            if !amid {
                std::thread::sleep(Duration::from_secs(5));
            }
            Answer::new(200, vec![1; 100]).with(Fault::StallAfter(10))
        });
        let control = Control::default();
        let other = control.clone();
        let url = server.url("/");
        // With the patience of a minute only the cancelling can end it.
        let work = std::thread::spawn(move || client().send(Request::get(url), &other).and_then(|it| it.bytes()));
        server.wait_for(1);
        control.cancel();
        let error = work.join().unwrap().unwrap_err();
        assert!(matches!(error, NetError::Cancelled(_)), "{error:?}");
    }
}

#[test]
fn paused_work_goes_on_where_it_was() {
    let server = Loopback::start(|_| Answer::new(200, vec![3; 4_000_000]));
    let control = Control::default();
    let mut response = client().send(Request::get(server.url("/")), &control).unwrap();
    let first = response.body.next_piece().unwrap().unwrap().len();
    control.pause();
    let resume = control.clone();
    let work = std::thread::spawn(move || {
        let mut rest = 0;
        while let Some(piece) = response.body.next_piece().unwrap() {
            rest += piece.len();
        }
        rest
    });
    resume.resume();
    assert_eq!(first + work.join().unwrap(), 4_000_000);
}

#[test]
fn redirects_are_followed_and_circles_are_an_error() {
    let server = Loopback::start(|asked| match asked.path.as_str() {
        "/old" => Answer::new(302, "").header("Location", "/new"),
        "/round" => Answer::new(302, "").header("Location", "/round"),
        _ => Answer::new(200, "here"),
    });
    let ask = |path| client().send(Request::get(server.url(path)), &Control::default());
    assert_eq!(ask("/old").unwrap().bytes().unwrap(), b"here");
    let error = ask("/round").unwrap_err();
    assert!(matches!(error, NetError::Circles { .. }), "{error:?}");
}
