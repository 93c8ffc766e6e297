//! A web server on this computer whose answers a test decides, faults included. Use it with `mod loopback;`.

#![allow(dead_code, reason = "each test uses its own part")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What follows `?`, as it came.
    pub query: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The bounds of `Range: bytes=from-to`, the second one inclusive.
    pub fn range(&self) -> Option<(usize, Option<usize>)> {
        let (from, to) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((from.parse().ok()?, to.parse().ok()))
    }
}

/// What goes wrong while an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    /// The connection ends after so many bytes of the body.
    CutAfter(usize),
    /// Nothing more comes after so many bytes of the body, until the server is dropped.
    StallAfter(usize),
    /// The connection ends before anything is said.
    NoAnswer,
    /// What is said is no HTTP.
    Garbage,
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub fault: Fault,
    /// No `Content-Length`: the end of the connection is the end of the body.
    pub unmeasured: bool,
    /// Pause between pieces of so many bytes.
    pub drip: Option<(usize, Duration)>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub fn json(body: &str) -> Self {
        Self::new(200, body).header("Content-Type", "application/json")
    }

    /// A file as a good host gives it: `Range` and `If-Range` are followed, 416 where there is nothing to give.
    pub fn file(asked: &Asked, bytes: &[u8], etag: &str) -> Self {
        let unchanged = asked.header("if-range").is_none_or(|known| known == etag);
        let answer = match asked.range().filter(|_| unchanged) {
            None => Self::new(200, bytes),
            Some((from, _)) if from >= bytes.len() => {
                Self::new(416, "").header("Content-Range", format!("bytes */{}", bytes.len()))
            }
            Some((from, to)) => {
                let to = to.unwrap_or(usize::MAX).min(bytes.len() - 1);
                Self::new(206, &bytes[from..=to]).header("Content-Range", format!("bytes {from}-{to}/{}", bytes.len()))
            }
        };
        answer.header("ETag", etag).header("Accept-Ranges", "bytes")
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }
}

type Handler = dyn Fn(&Asked) -> Answer + Send + Sync;

struct Shared {
    handler: Box<Handler>,
    asked: Mutex<Vec<Asked>>,
    ending: AtomicBool,
    changed: Condvar,
}

/// A running server; it ends when it is dropped.
pub struct Loopback {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Serves on a free port what `handler` answers.
    pub fn start(handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            asked: Mutex::default(),
            ending: AtomicBool::new(false),
            changed: Condvar::new(),
        });
        let for_thread = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if for_thread.ending.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = for_thread.clone();
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// The address of `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that was asked for so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Waits until `count` requests have come.
    pub fn wait_for(&self, count: usize) {
        let asked = self.shared.asked.lock().unwrap();
        drop(self.shared.changed.wait_while(asked, |asked| asked.len() < count).unwrap());
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One request a connection: simple, and nothing of one test waits for another.
fn serve(stream: TcpStream, shared: &Shared) {
    let Some(asked) = read(&stream) else { return };
    shared.asked.lock().unwrap().push(asked.clone());
    shared.changed.notify_all();
    let answer = (shared.handler)(&asked);
    // The other side may hang up at any moment, and often shall.
    let _ = write(&stream, &answer, shared);
    let _ = stream.shutdown(Shutdown::Both);
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length: &String| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, query, headers, body })
}

fn write(mut stream: &TcpStream, answer: &Answer, shared: &Shared) -> std::io::Result<()> {
    match answer.fault {
        Fault::NoAnswer => return Ok(()),
        Fault::Garbage => return stream.write_all(b"\x00\x01 this is no HTTP\r\n\r\n"),
        _ => {}
    }
    let mut head = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status);
    if !answer.unmeasured {
        head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
    }
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    let given = match answer.fault {
        Fault::CutAfter(count) | Fault::StallAfter(count) => count.min(answer.body.len()),
        _ => answer.body.len(),
    };
    let (size, pause) = answer.drip.unwrap_or((usize::MAX, Duration::ZERO));
    for piece in answer.body[..given].chunks(size) {
        stream.write_all(piece)?;
        std::thread::sleep(pause);
    }
    stream.flush()?;
    if matches!(answer.fault, Fault::StallAfter(_)) {
        while !shared.ending.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}
