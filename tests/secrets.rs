//! Nothing that signs in is ever logged, whatever level is asked for.

mod loopback;

use loopback::{Answer, Loopback};
use songline::domain::Control;
use songline::settings::Addresses;
use songline::source::preview::Services;
use songline::source::spotify::{Credentials, Link, TokenError, token};

const FOLDER: &str = "SONGLINE_TEST_LOG_FOLDER";

fn credentials() -> Credentials {
    Credentials { client_id: "the-id".to_owned(), secret: Some("the-secret".to_owned()), refresh_token: None }
}

/// The log is one for a process, so the signing in happens in a process of its own.
#[test]
fn a_sign_in_leaves_no_secret_in_the_log() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return sign_in(std::path::Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_sign_in_leaves_no_secret_in_the_log", "--nocapture"])
        .env(FOLDER, folder.path())
        .env("SONGLINE_LOG", "trace")
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("something to say"), "the terminal's log is on: {text}");
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let logged = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(logged.contains("something to say"), "{logged}");
        text.push_str(&logged);
        files += 1;
    }
    assert_eq!(files, 1);
    // printf 'the-id:the-secret' | base64
    for secret in ["the-secret", "dGhlLWlkOnRoZS1zZWNyZXQ=", "the-token"] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}

fn sign_in(folder: &std::path::Path) {
    let guard = songline::log::start(Some(folder), 2);
    let server = Loopback::start(|asked| match asked.path.as_str() {
        "/api/token" => {
            assert_eq!(asked.header("authorization"), Some("Basic dGhlLWlkOnRoZS1zZWNyZXQ="));
            Answer::json(r#"{"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600}"#)
        }
        _ => {
            assert_eq!(asked.header("authorization"), Some("Bearer the-token"));
            Answer::json(r#"{"id": "7lmeHLHBe4nmXzuXc0HDjk", "name": "T"}"#)
        }
    });
    let addresses = Addresses::all_at(&server.url(""));
    let control = Control::default();
    let token = token::request(&addresses, &credentials(), &control).unwrap();
    let link = Link::read("7lmeHLHBe4nmXzuXc0HDjk").unwrap();
    let listing = Services::new(addresses).spotify_tracks(&link, &token, &control).unwrap();
    assert_eq!(listing.tracks[0].wanted.title, "T");
    assert_eq!(server.asked().len(), 2);
    tracing::info!(?token, credentials = ?credentials(), "something to say");
    drop(guard);
}

#[test]
fn a_refused_sign_in_is_told_without_its_secret() {
    for (status, retry, expected) in [
        (400, "", TokenError::Refused),
        (401, "", TokenError::Refused),
        (429, "7", TokenError::Later { seconds: 7 }),
        (503, "", TokenError::Status(503)),
    ] {
        let server = Loopback::start(move |_| Answer::new(status, "the-secret").header("Retry-After", retry));
        let error =
            token::request(&Addresses::all_at(&server.url("")), &credentials(), &Control::default()).unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.to_string().contains("the-secret"));
    }
    let gone = Addresses::all_at(&Loopback::start(|_| Answer::new(200, "")).url(""));
    assert_eq!(token::request(&gone, &credentials(), &Control::default()).unwrap_err(), TokenError::Unreachable);
}

#[test]
fn a_sign_in_with_a_browser_gives_a_token_that_is_renewed() {
    let server = Loopback::start(|asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        assert_eq!(asked.header("authorization"), None, "there is no secret to send");
        let refresh = match () {
            () if body.contains("grant_type=authorization_code") => {
                assert!(body.contains("code=the-code") && body.contains("code_verifier="), "{body}");
                "first"
            }
            () => {
                assert!(body.contains("refresh_token=first"), "{body}");
                "second"
            }
        };
        Answer::json(&format!(
            r#"{{"access_token": "t", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "{refresh}"}}"#
        ))
    });
    let addresses = Addresses::all_at(&server.url(""));
    let control = Control::default();
    let begun =
        songline::source::spotify::SignIn::begin(&addresses, "the-id", "http://127.0.0.1:8898/callback").unwrap();
    assert!(begun.page.starts_with(&server.url("/authorize")) && begun.page.contains("code_challenge_method=S256"));
    assert!(begun.page.contains(begun.state()) && !begun.page.contains("secret"));
    let first = begun.finish("the-code", &control).unwrap();
    assert_eq!(first.refresh.as_deref(), Some("first"));
    let known = Credentials { client_id: "the-id".to_owned(), secret: None, refresh_token: first.refresh };
    assert_eq!(token::request(&addresses, &known, &control).unwrap().refresh.as_deref(), Some("second"));
}
