//! The desktop's player control on a real session bus, driven from outside as a desktop does it.
//!
//! The bus is started by `dbus-run-session` (Debian: `dbus`); where there is none the test says so and is left out.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use songline::app::media::{Asked, Media, Now, asked};
use songline::state::{AppCommand, PlayerView};

#[test]
fn the_desktop_sees_what_plays_and_its_keys_arrive() {
    let Ok(itself) = std::env::current_exe() else { panic!("the test knows its own program") };
    let inside = ["--ignored", "--exact", "inside_a_session", "--nocapture"];
    let run = Command::new("dbus-run-session").arg("--").arg(itself).args(inside).output();
    match run {
        Err(error) => eprintln!("left out: dbus-run-session cannot be started: {error}"),
        Ok(output) => {
            let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            assert!(output.status.success(), "{}\n{}", text[0], text[1]);
        }
    }
}

/// What a command of `dbus-send` prints.
fn send(name: &str, method: &str, arguments: &[&str]) -> String {
    let output = Command::new("dbus-send")
        .args(["--session", "--print-reply", &format!("--dest={name}"), "/org/mpris/MediaPlayer2", method])
        .args(arguments)
        .output()
        .expect("dbus-send comes with dbus-run-session");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
#[ignore = "started by the test above within a session bus of its own"]
fn inside_a_session() {
    const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
    let name = format!("org.mpris.MediaPlayer2.songline.instance{}", std::process::id());
    let mut media = Media::spawn(|| {}).expect("there is a session bus");
    let cover: Arc<[u8]> = Arc::from(&b"\x89PNG cover"[..]);
    media.tell(Now {
        item: Some(("Jóga".to_owned(), "Björk".to_owned(), 304.5)),
        album: Some("Homogenic".to_owned()),
        cover: Some(cover.clone()),
        playing: true,
        position_s: 42,
        volume: 0.5,
    });
    let get = |property: &str| {
        let property = format!("string:{property}");
        send(&name, "org.freedesktop.DBus.Properties.Get", &[&format!("string:{PLAYER}"), &property])
    };
    // The name appears once the bus has answered, and what was told a moment after.
    let mut volume = String::new();
    for _ in 0..200 {
        volume = get("Volume");
        if volume.contains("0.5") {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert!(volume.contains("double 0.5"), "{volume}");
    let metadata = get("Metadata");
    for part in ["Jóga", "Björk", "Homogenic", "int64 304500000", "mpris:artUrl"] {
        assert!(metadata.contains(part), "{part} in {metadata}");
    }
    let url = metadata.split('"').find(|part| part.starts_with("file://")).expect("a link to the cover");
    assert_eq!(std::fs::read(url.trim_start_matches("file://")).unwrap(), &cover[..]);
    assert!(get("PlaybackStatus").contains("\"Playing\""));
    assert!(get("Position").contains("int64 42000000"));

    let mut player = PlayerView::default();
    player.playing = true;
    let press = |method: &str, arguments: &[&str]| {
        let said = send(&name, &format!("{PLAYER}.{method}"), arguments);
        let key = media.pressed.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("{method}: {said}"));
        match asked(&key, &player) {
            Some(Asked::Command(command)) => command,
            other => panic!("{method}: {other:?}"),
        }
    };
    assert_eq!(press("PlayPause", &[]), AppCommand::TogglePlay);
    assert_eq!(press("Pause", &[]), AppCommand::TogglePlay);
    assert_eq!(press("Next", &[]), AppCommand::Next);
    assert_eq!(press("Previous", &[]), AppCommand::Previous);
    assert_eq!(press("Seek", &["int64:-5000000"]), AppCommand::SeekBy(-5.0));
    assert_eq!(press("SetPosition", &["objpath:/", "int64:90000000"]), AppCommand::Seek(90.0));
    assert_eq!(press("Stop", &[]), AppCommand::Stop);
    let set = ["string:org.mpris.MediaPlayer2.Player", "string:Volume", "variant:double:0.25"];
    send(&name, "org.freedesktop.DBus.Properties.Set", &set);
    let key = media.pressed.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(asked(&key, &player), Some(Asked::Command(AppCommand::SetVolume(0.25))));
}
