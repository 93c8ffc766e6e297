//! Waits on this computer for the browser to bring what the user agreed to.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use super::TokenError;
use crate::domain::Control;
use crate::source::percent::decoded;

/// The port that the application at Spotify must have registered: `http://127.0.0.1:8898/callback`.
pub const REDIRECT_PORT: u16 = 8898;
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a browser may take to send its request.
const PATIENCE: Duration = Duration::from_secs(2);

/// A door for one answer of the browser.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    /// The address that the browser is sent to.
    pub redirect: String,
}

impl Door {
    /// Opens it on `port`; on a free one where that is 0.
    ///
    /// # Errors
    /// Where another program has the port.
    pub fn open(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let redirect = format!("http://127.0.0.1:{}/callback", listener.local_addr()?.port());
        Ok(Self { listener, redirect })
    }

    /// Waits for the code. Requests that do not repeat `state` are another's and are turned away.
    ///
    /// # Errors
    /// [`TokenError::Refused`] where the user did not agree, [`TokenError::Cancelled`].
    pub fn code(&self, state: &str, control: &Control) -> Result<String, TokenError> {
        loop {
            control.checkpoint()?;
            match self.listener.accept() {
                Ok((stream, _)) => match answer(stream, state) {
                    Some(Ok(code)) => return Ok(code),
                    Some(Err(error)) => return Err(error),
                    None => {}
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(LOOK_EVERY),
                Err(_) => return Err(TokenError::Unreachable),
            }
        }
    }
}

fn answer(stream: TcpStream, state: &str) -> Option<Result<String, TokenError>> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut line = String::new();
    BufReader::new(std::io::Read::take(&stream, 8_192)).read_line(&mut line).ok()?;
    let query = line.split_whitespace().nth(1)?.strip_prefix("/callback?")?.to_owned();
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| decoded(value)).next()
    };
    let say = |text: &str| {
        let page = format!("<!DOCTYPE html><meta charset=utf-8><title>Songline</title><p>{text}");
        // The browser may be gone already.
        let _ = write!(
            &stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        );
    };
    if value("state").as_deref() != Some(state) {
        return None;
    }
    match value("code") {
        Some(code) => {
            say("Songline is signed in. This page can be closed.");
            Some(Ok(code))
        }
        None => {
            say("Songline is not signed in.");
            Some(Err(TokenError::Refused))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn visit(door: &Door, path: &str) -> String {
        let address = door.redirect.trim_start_matches("http://").trim_end_matches("/callback");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    }

    #[test]
    fn only_the_answer_to_the_question_is_taken() {
        let door = Door::open(0).unwrap();
        let said = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| door.code("word", &Control::default()));
            assert_eq!(visit(&door, "/favicon.ico"), "");
            assert_eq!(visit(&door, "/callback?code=evil&state=other"), "");
            assert!(visit(&door, "/callback?code=a%2Fb&state=word").contains("is signed in"));
            waiting.join().unwrap()
        });
        assert_eq!(said, Ok("a/b".to_owned()));
        let said = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| door.code("word", &Control::default()));
            assert!(visit(&door, "/callback?error=access_denied&state=word").contains("not signed in"));
            waiting.join().unwrap()
        });
        assert_eq!(said, Err(TokenError::Refused));
    }
}
