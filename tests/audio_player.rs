//! The player on whatever this machine has: a device, or none.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use songline::audio::{PlayItem, Player, PlayerCommand, PlayerEvent};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn it_tells_whether_there_is_a_device_and_lives_on_without_one() {
    let (events, told) = mpsc::sync_channel(4_096);
    let player = Player::spawn(move |event| drop(events.send(event)));
    let first = told.recv_timeout(PATIENCE).unwrap();
    let has_device = match &first {
        PlayerEvent::Ready => true,
        PlayerEvent::NoDevice { reason } => {
            assert!(!reason.is_empty());
            false
        }
        other => panic!("{other:?} comes first"),
    };
    println!("{first:?}");
    player.send(PlayerCommand::SetVolume(0.0));
    player.send(PlayerCommand::Pause);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/audio/tones.flac");
    player.send(PlayerCommand::Load { token: 5, item: PlayItem { path, start_s: 0.0, end_s: None } });
    let answer = told.recv_timeout(PATIENCE).unwrap();
    if has_device {
        assert!(
            matches!(answer, PlayerEvent::Started { token: 5, .. } | PlayerEvent::Failed { token: 5, .. }),
            "{answer:?}"
        );
    } else {
        assert!(matches!(answer, PlayerEvent::NoDevice { .. }), "{answer:?}");
    }
    player.send(PlayerCommand::Stop);
    drop(player);
    // Dropping the player ends its thread, and with it the events.
    while told.recv_timeout(PATIENCE).is_ok() {}
}
