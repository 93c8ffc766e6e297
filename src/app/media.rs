//! Media keys and the desktop's player control (MPRIS over D-Bus): what plays is told to the desktop, and what is pressed
//! there comes back as commands. A thread of its own does the talking, so that the window never waits for the desktop.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use souvlaki::{
    MediaControlEvent, MediaControls, MediaMetadata, MediaPlayback, MediaPosition, PlatformConfig, SeekDirection,
};

use crate::state::{AppCommand, AppState, PlayerView};

/// What plays, as the desktop is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Now {
    /// Title, artist and length in seconds; `None` while nothing is loaded.
    pub item: Option<(String, String, f64)>,
    pub album: Option<String>,
    /// PNG or JPEG.
    pub cover: Option<Arc<[u8]>>,
    pub playing: bool,
    /// In whole seconds: more would only wake the desktop up.
    pub position_s: u64,
    /// 0 to 1.
    pub volume: f32,
}

impl Now {
    /// What plays in this state.
    pub fn of(state: &AppState) -> Self {
        let player = &state.player;
        // What is heard in a blind study has no name.
        let item = player.item.as_ref();
        let named = item.map(|item| (item.title.clone(), item.artist.clone(), item.duration_s));
        let track = player.track().and_then(|id| state.library.track(id));
        Self {
            item: named,
            album: track.and_then(|track| track.tags.album.clone()),
            cover: player.cover.clone(),
            playing: player.is_playing(),
            position_s: player.position_s.max(0.0) as u64,
            volume: player.volume,
        }
    }
}

/// What the desktop asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    Command(AppCommand),
    /// Brings the window to the front.
    Raise,
    Quit,
}

/// The player control of the desktop.
pub struct Media {
    now: Arc<Mutex<Now>>,
    told: Now,
    wake: Sender<()>,
    /// What was pressed, in order.
    pub pressed: Receiver<MediaControlEvent>,
}

/// Keys that may wait for a frame; what is pressed beyond that is lost.
const KEYS: usize = 64;

impl Media {
    /// Registers a player with the desktop. `waker` is called after every key, from another thread.
    ///
    /// # Errors
    /// Why there is no player control: everything else works without it.
    pub fn spawn(waker: impl Fn() + Send + 'static) -> Result<Self, String> {
        session_bus()?;
        let now = Arc::new(Mutex::new(Now::default()));
        let (wake, woken) = bounded(1);
        let (keys, pressed) = bounded(KEYS);
        let shared = now.clone();
        let work = move || {
            let on_key = move |key| {
                if keys.try_send(key).is_ok() {
                    waker();
                }
            };
            if let Err(reason) = talk(&shared, &woken, on_key) {
                tracing::warn!(reason, "the desktop's player control went away");
            }
        };
        thread::Builder::new().name("media".to_owned()).spawn(work).map_err(|error| error.to_string())?;
        Ok(Self { now, told: Now::default(), wake, pressed })
    }

    /// Tells the desktop what plays, where that is something new. Waits for nothing.
    pub fn tell(&mut self, now: Now) {
        if self.told == now {
            return;
        }
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now.clone();
        self.told = now;
        if let Err(TrySendError::Disconnected(())) = self.wake.try_send(()) {
            tracing::debug!("nobody tells the desktop what plays");
        }
    }
}

/// What a key means for a player in this state.
pub fn asked(key: &MediaControlEvent, player: &PlayerView) -> Option<Asked> {
    /// Seconds that a key without an amount goes back or on.
    const STEP_S: f64 = 5.0;
    let signed = |direction: &SeekDirection, seconds: f64| match direction {
        SeekDirection::Forward => AppCommand::SeekBy(seconds),
        SeekDirection::Backward => AppCommand::SeekBy(-seconds),
    };
    let command = match key {
        MediaControlEvent::Play if !player.is_playing() => AppCommand::TogglePlay,
        MediaControlEvent::Pause if player.is_playing() => AppCommand::TogglePlay,
        MediaControlEvent::Toggle => AppCommand::TogglePlay,
        MediaControlEvent::Next => AppCommand::Next,
        MediaControlEvent::Previous => AppCommand::Previous,
        MediaControlEvent::Stop => AppCommand::Stop,
        MediaControlEvent::Seek(direction) => signed(direction, STEP_S),
        MediaControlEvent::SeekBy(direction, by) => signed(direction, by.as_secs_f64()),
        MediaControlEvent::SetPosition(MediaPosition(at)) => AppCommand::Seek(at.as_secs_f64()),
        MediaControlEvent::SetVolume(volume) if volume.is_finite() => AppCommand::SetVolume(*volume as f32),
        MediaControlEvent::Raise => return Some(Asked::Raise),
        MediaControlEvent::Quit => return Some(Asked::Quit),
        _ => return None,
    };
    Some(Asked::Command(command))
}

/// Tells the desktop what is new, until the window is gone.
fn talk(
    now: &Mutex<Now>,
    woken: &Receiver<()>,
    on_key: impl Fn(MediaControlEvent) + Send + 'static,
) -> Result<(), String> {
    let said = |error: souvlaki::Error| error.to_string();
    // A second window has a name of its own, as the MPRIS specification wants.
    let name = format!("songline.instance{}", std::process::id());
    let config = PlatformConfig { display_name: "Songline", dbus_name: &name, hwnd: None };
    let mut controls = MediaControls::new(config).map_err(said)?;
    controls.attach(on_key).map_err(said)?;
    let mut told = Now::default();
    let mut picture: Option<tempfile::NamedTempFile> = None;
    for () in woken {
        let new = now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_other = (&told.item, &told.album) != (&new.item, &new.album);
        let other_cover = told.cover != new.cover;
        if is_other || other_cover {
            if other_cover {
                picture = new.cover.as_deref().and_then(|bytes| write_cover(bytes).ok());
            }
            let url = picture.as_ref().map(|file| file_url(file.path()));
            let (title, artist, length) = match &new.item {
                Some((title, artist, length)) => (Some(title.as_str()), Some(artist.as_str()), Some(*length)),
                None => (None, None, None),
            };
            let duration = length.filter(|length| length.is_finite() && *length > 0.0).map(Duration::from_secs_f64);
            let album = new.album.as_deref();
            let metadata = MediaMetadata { title, album, artist, cover_url: url.as_deref(), duration };
            controls.set_metadata(metadata).map_err(said)?;
        }
        if is_other || (told.playing, told.position_s) != (new.playing, new.position_s) {
            let progress = Some(MediaPosition(Duration::from_secs(new.position_s)));
            let playback = match (&new.item, new.playing) {
                (None, _) => MediaPlayback::Stopped,
                (_, true) => MediaPlayback::Playing { progress },
                (_, false) => MediaPlayback::Paused { progress },
            };
            controls.set_playback(playback).map_err(said)?;
        }
        if told.volume != new.volume {
            controls.set_volume(f64::from(new.volume)).map_err(said)?;
        }
        told = new;
    }
    Ok(())
}

/// The cover as a file that the desktop can read, gone with the handle.
fn write_cover(bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let ending = if bytes.starts_with(b"\x89PNG") { ".png" } else { ".jpg" };
    let mut file = tempfile::Builder::new().prefix("songline-cover-").suffix(ending).tempfile()?;
    file.write_all(bytes)?;
    file.flush()?;
    Ok(file)
}

fn file_url(path: &Path) -> String {
    let mut url = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => url.push(char::from(*byte)),
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// Whether there is a session bus to register a player with.
///
/// # Errors
/// Why there is none.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn session_bus() -> Result<(), String> {
    use std::os::unix::net::UnixStream;
    let known = std::env::var("DBUS_SESSION_BUS_ADDRESS").ok().filter(|address| !address.is_empty());
    let address = match (known, std::env::var("XDG_RUNTIME_DIR")) {
        (Some(address), _) => address,
        (None, Ok(folder)) => format!("unix:path={folder}/bus"),
        (None, Err(_)) => return Err("there is no D-Bus session bus".to_owned()),
    };
    let refused = |error: std::io::Error| format!("the D-Bus session bus does not answer: {error}: {address}");
    for one in address.split(';') {
        let Some(rest) = one.strip_prefix("unix:") else { continue };
        for (key, value) in rest.split(',').filter_map(|part| part.split_once('=')) {
            match key {
                "path" => return UnixStream::connect(value).map(drop).map_err(refused),
                #[cfg(target_os = "linux")]
                "abstract" => {
                    use std::os::linux::net::SocketAddrExt;
                    use std::os::unix::net::SocketAddr;
                    let at = SocketAddr::from_abstract_name(value).map_err(refused)?;
                    return UnixStream::connect_addr(&at).map(drop).map_err(refused);
                }
                _ => {}
            }
        }
    }
    Err(format!("the D-Bus session bus has an address of another kind: {address}"))
}

/// Elsewhere the desktop wants to be asked in other ways.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn session_bus() -> Result<(), String> {
    Err("this desktop's player control is not supported yet".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_they_say_whether_it_plays_or_not() {
        let still = PlayerView::default();
        let mut playing = PlayerView::default();
        playing.playing = true;
        let toggled = Some(Asked::Command(AppCommand::TogglePlay));
        assert_eq!(asked(&MediaControlEvent::Play, &still), toggled);
        assert_eq!(asked(&MediaControlEvent::Play, &playing), None, "it plays already");
        assert_eq!(asked(&MediaControlEvent::Pause, &playing), toggled);
        assert_eq!(asked(&MediaControlEvent::Pause, &still), None);
        let back = MediaControlEvent::SeekBy(SeekDirection::Backward, Duration::from_millis(2_500));
        assert_eq!(asked(&back, &playing), Some(Asked::Command(AppCommand::SeekBy(-2.5))));
        let to = MediaControlEvent::SetPosition(MediaPosition(Duration::from_secs(7)));
        assert_eq!(asked(&to, &playing), Some(Asked::Command(AppCommand::Seek(7.0))));
        assert_eq!(asked(&MediaControlEvent::SetVolume(f64::NAN), &playing), None);
        assert_eq!(asked(&MediaControlEvent::Raise, &still), Some(Asked::Raise));
    }

    #[test]
    fn covers_are_files_with_links() {
        let file = write_cover(b"\x89PNG rest").unwrap();
        assert!(file_url(file.path()).starts_with("file:///") && file_url(file.path()).ends_with(".png"));
        assert_eq!(file_url(Path::new("/a b/ö")), "file:///a%20b/%C3%B6");
        assert_eq!(std::fs::read(file.path()).unwrap(), b"\x89PNG rest");
    }
}
