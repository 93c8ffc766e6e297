//! Signing in to Spotify, against a server on this computer: as an application, in a browser, and out.

mod loopback;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;

use loopback::{Answer, Loopback};
use songline::domain::{Control, Progress};
use songline::jobs::Report;
use songline::jobs::account::account_in;
use songline::jobs::message::{Account, AccountSpec, Credentials, JobError, Partial};
use songline::settings::Addresses;
use songline::source::spotify::CredentialStore;

/// A browser whose user agrees, or does not, as soon as a page is shown.
struct Browser {
    agrees: bool,
    visited: Mutex<Option<String>>,
}

impl Report for Browser {
    fn progress(&self, _: Progress) {}
    fn warning(&self, _: String) {}
    fn partial(&self, partial: Partial) {
        let Partial::Visit { page, redirect } = partial else { return };
        let state = page.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let answer = if self.agrees {
            format!("code=the-code&state={state}")
        } else {
            format!("error=access_denied&state={state}")
        };
        let address = redirect.trim_start_matches("http://").trim_end_matches("/callback").to_owned();
        *self.visited.lock().unwrap() = Some(page);
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "GET /callback?{answer} HTTP/1.1\r\n\r\n").unwrap();
            let _ = stream.read_to_string(&mut String::new());
        });
    }
}

fn accounts() -> Loopback {
    Loopback::start(|asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        let refresh = if body.contains("grant_type=authorization_code") {
            assert!(body.contains("code=the-code"), "{body}");
            r#", "refresh_token": "next""#
        } else if asked.header("authorization").is_some_and(|basic| basic.ends_with("dGhlLWlkOnJpZ2h0")) {
            // the-id:right
            ""
        } else {
            return Answer::new(400, r#"{"error": "invalid_client"}"#);
        };
        Answer::json(&format!(r#"{{"access_token": "t", "token_type": "Bearer", "expires_in": 3600{refresh}}}"#))
    })
}

#[test]
fn an_application_signs_in_and_out_and_a_wrong_secret_forgets_nothing() {
    let server = accounts();
    let folder = tempfile::tempdir().unwrap();
    let store = CredentialStore::in_file(&folder.path().join("spotify.json"));
    let browser = Browser { agrees: false, visited: Mutex::default() };
    let act = |spec| account_in(&store, 0, spec, &Control::default(), &browser);
    let application = |secret: &str| AccountSpec::Application {
        credentials: Credentials { client_id: "the-id".into(), secret: Some(secret.into()), refresh_token: None },
        addresses: Addresses::all_at(&server.url("")),
    };
    assert_eq!(act(AccountSpec::Read), Ok(None));
    let known = Some(Account { as_user: false, in_keyring: false });
    assert_eq!(act(application("right")), Ok(known));
    let Err(JobError::Failed { reason, .. }) = act(application("wrong")) else { panic!("it is wrong") };
    assert!(reason.contains("does not accept") && !reason.contains("wrong"), "{reason}");
    assert!(!format!("{:?}", application("wrong")).contains("wrong"), "a log could have it");
    assert_eq!(act(AccountSpec::Read), Ok(known), "what was kept stays");
    assert_eq!(act(AccountSpec::SignOut), Ok(None));
    assert_eq!(act(AccountSpec::Read), Ok(None));
    assert_eq!(*browser.visited.lock().unwrap(), None);
}

#[test]
fn the_user_agrees_in_a_browser_or_does_not() {
    let server = accounts();
    let folder = tempfile::tempdir().unwrap();
    let store = CredentialStore::in_file(&folder.path().join("spotify.json"));
    let spec = || AccountSpec::Browser { client_id: "the-id".into(), addresses: Addresses::all_at(&server.url("")) };
    let refuses = Browser { agrees: false, visited: Mutex::default() };
    let refused = account_in(&store, 0, spec(), &Control::default(), &refuses);
    assert!(matches!(refused, Err(JobError::Failed { .. })), "{refused:?}");
    assert_eq!(store.load().unwrap(), None);
    let agrees = Browser { agrees: true, visited: Mutex::default() };
    let known = Account { as_user: true, in_keyring: false };
    assert_eq!(account_in(&store, 0, spec(), &Control::default(), &agrees), Ok(Some(known)));
    assert!(agrees.visited.lock().unwrap().as_ref().unwrap().contains("the-id"));
    assert_eq!(store.load().unwrap().unwrap().0.refresh_token.as_deref(), Some("next"));
    let control = Control::default();
    control.cancel();
    assert_eq!(account_in(&store, 0, spec(), &control, &agrees), Err(JobError::Cancelled));
    assert_eq!(account_in(&store, 0, AccountSpec::Read, &Control::default(), &agrees), Ok(Some(known)));
}
