//! The Spotify catalogue on the data screen: read, searched and matched by what is labelled so.

#[allow(dead_code, reason = "the other screens need the rest")]
mod panels;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::domain::{AudioFeatures, SpotifyTrack, TrackId};
use songline::jobs::message::{Account, Coverage, JobError, JobEvent, JobOutput, Partial, SpotifySummary};
use songline::state::{AppCommand, AppState, Dialog, Effect, JobKind, SpotifyCommand};
use songline::ui::{self, Commands};

struct Shown {
    state: AppState,
    asked: Vec<AppCommand>,
}

fn screen<'a>(state: AppState) -> Harness<'a, Shown> {
    let draw = |ui: &mut egui::Ui, shown: &mut Shown| {
        let mut commands = Commands::default();
        ui::data::show(ui, &shown.state, &mut commands);
        for command in commands.drain() {
            shown.state.apply(command.clone());
            shown.asked.push(command);
        }
    };
    let builder = Harness::builder().with_size(egui::vec2(1_280.0, 2_400.0)).with_max_steps(32);
    let shown = Shown { state, asked: Vec::new() };
    let mut harness = builder.with_context_setup(ui::theme::apply).build_ui_state(draw, shown);
    harness.run_ok();
    harness
}

fn row(title: &str) -> SpotifyTrack {
    SpotifyTrack {
        id: "0".repeat(22),
        title: title.to_owned(),
        album: "Album".to_owned(),
        album_id: String::new(),
        artists: vec!["Ada".to_owned(), "Ben".to_owned()],
        artist_ids: Vec::new(),
        track_number: 1,
        disc_number: 1,
        explicit: false,
        features: AudioFeatures { tempo: Some(119.6), ..AudioFeatures::default() },
        duration_ms: 185_000,
        year: None,
        release_date: None,
    }
}

#[test]
fn an_empty_catalogue_says_what_it_is_for_and_leads_on() {
    let mut harness = screen(panels::with_library());
    harness.get_by_label_contains("no network ever learns from them");
    harness.get_by_label("Read a table…").click();
    harness.run_ok();
    assert_eq!(harness.state().asked, [AppCommand::OpenDialog(Dialog::ImportSpotify)]);
}

#[test]
fn a_table_is_read_searched_and_matched() {
    let mut state = panels::with_library();
    let id = {
        state.apply(AppCommand::Spotify(SpotifyCommand::Import("/music/tracks.csv".into())));
        state.jobs.of_kind(&JobKind::ImportSpotify).unwrap().0
    };
    let summary = SpotifySummary {
        new: 3,
        bad: 2,
        told: vec![(7, "its id is not one of Spotify's: x".into())],
        ..SpotifySummary::default()
    };
    state.on_job(JobEvent::Finished { id, result: Ok(JobOutput::SpotifyImported(summary)) });
    let find = state.jobs.of_kind(&JobKind::FindSpotify).unwrap().0;
    let rows = vec![row("Glass Harbour"), row("")];
    let found = JobOutput::SpotifyFound { words: String::new(), rows, count: 1_204_025 };
    state.on_job(JobEvent::Finished { id: find, result: Ok(found) });
    // A table that was read is matched by itself.
    let matching = state.jobs.of_kind(&JobKind::MatchSpotify).unwrap().0;
    let features = vec![(TrackId(1), AudioFeatures::default())];
    state.on_job(JobEvent::Finished { id: matching, result: Ok(JobOutput::SpotifyMatched { found: 1, features }) });

    let mut harness = screen(state);
    harness.get_by_label_contains("1,204,025 rows; 1 of your 8 tracks");
    harness.get_by_label_contains("Glass Harbour · Ada, Ben");
    harness.get_by_label_contains("(no title)");
    harness.get_by_label("Rows that could not be read: 2").click();
    harness.run_ok();
    harness.get_by_label_contains("Line 7: its id is not one of Spotify's");
    harness.get_by_label("Match my tracks").click();
    harness.run_ok();
    assert_eq!(harness.state_mut().asked.split_off(0), [AppCommand::Spotify(SpotifyCommand::Match)]);
    harness.get_by_role_and_label(Role::TextInput, "Search the catalogue").focus();
    harness.run_ok();
    harness.get_by_role_and_label(Role::TextInput, "Search the catalogue").type_text("glass");
    harness.run_ok();
    assert_eq!(harness.state().asked, [AppCommand::Spotify(SpotifyCommand::Find("glass".to_owned()))]);
    // An answer to an earlier question comes too late.
    let find = harness.state().state.jobs.of_kind(&JobKind::FindSpotify).unwrap().0;
    let late = JobOutput::SpotifyFound { words: "gl".to_owned(), rows: Vec::new(), count: 1_204_025 };
    harness.state_mut().state.on_job(JobEvent::Finished { id: find, result: Ok(late) });
    assert_eq!(harness.state().state.spotify.found.len(), 2);
}

fn told(harness: &mut Harness<'_, Shown>, kind: &JobKind, result: JobOutput) {
    let (id, _) = harness.state().state.jobs.of_kind(kind).unwrap();
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Ok(result) });
    harness.run_ok();
}

fn write(harness: &mut Harness<'_, Shown>, role: Role, name: &str, text: &str) {
    harness.get_by_role_and_label(role, name).focus();
    harness.run_ok();
    harness.get_by_role_and_label(role, name).type_text(text);
    harness.run_ok();
}

#[test]
fn links_are_fetched_once_the_user_has_signed_in() {
    let mut harness = screen(panels::with_library());
    let press = |harness: &mut Harness<'_, Shown>, name: &str| {
        harness.get_by_label(name).click();
        harness.run_ok();
    };
    press(&mut harness, "Use links… Links from Spotify");
    harness.get_by_label("Looking for credentials");
    told(&mut harness, &JobKind::ReadAccount, JobOutput::Account(None));
    press(&mut harness, "Sign in with the browser");
    assert!(harness.state().state.jobs.of_kind(&JobKind::SignIn).is_none(), "the client id is missing");
    write(&mut harness, Role::TextInput, "Client id", "the-id");
    press(&mut harness, "Sign in with the browser");
    let (id, _) = harness.state().state.jobs.of_kind(&JobKind::SignIn).unwrap();
    let partial = Partial::Visit { page: "https://page".into(), redirect: "http://127.0.0.1:8898/callback".into() };
    let effects = harness.state_mut().state.on_job(JobEvent::Partial { id, partial });
    assert_eq!(effects, [Effect::OpenPage("https://page".into())]);
    harness.run_ok();
    harness.get_by_label_contains("must know the address http://127.0.0.1:8898/callback");
    told(&mut harness, &JobKind::SignIn, JobOutput::Account(Some(Account { as_user: true, in_keyring: false })));
    harness.get_by_label_contains("Signed in as yourself");
    let links = "https://open.spotify.com/album/0123456789012345678901";
    write(&mut harness, Role::MultilineTextInput, "Links to Spotify", links);
    press(&mut harness, "Fetch what they lead to");
    assert!(harness.query_by_label_contains("forbids training").is_some(), "what the services allow comes first");
    press(&mut harness, "Accept and fetch");
    told(&mut harness, &JobKind::AcceptTerms, JobOutput::TermsAccepted);
    assert!(harness.state().state.jobs.of_kind(&JobKind::FetchPreviews).is_some());
    told(
        &mut harness,
        &JobKind::FetchPreviews,
        JobOutput::Fetched(Box::new(Coverage { asked: 12, ..Coverage::default() })),
    );
    harness.get_by_label_contains("0 of 12 tracks have a preview");
    press(&mut harness, "Sign out of Spotify");
    told(&mut harness, &JobKind::SignIn, JobOutput::Account(None));
    write(&mut harness, Role::TextInput, "Client secret (not needed with the browser)", "the-secret");
    assert!(
        !format!("{:?}{:?}", harness.state().state, harness.state().asked).contains("the-secret"),
        "a log could have it"
    );
    press(&mut harness, "Sign in with the secret");
    told(&mut harness, &JobKind::SignIn, JobOutput::Account(Some(Account { as_user: false, in_keyring: true })));
    harness.get_by_label_contains("Signed in as your application; kept in the system's keyring.");
    assert_eq!(harness.state().state.account.form.secret, "");
}

#[test]
fn credentials_that_cannot_be_read_lead_to_signing_in_again() {
    let mut harness = screen(panels::with_library());
    harness.get_by_label("Use links… Links from Spotify").click();
    harness.run_ok();
    let (id, _) = harness.state().state.jobs.of_kind(&JobKind::ReadAccount).unwrap();
    let error = JobError::Failed { doing: "Signing in to Spotify", reason: "spotify.json cannot be read".into() };
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Err(error) });
    harness.run_ok();
    harness.get_by_label("Sign in with the browser");
    assert!(harness.query_by_label("Looking for credentials").is_none(), "nobody looks any more");
}

#[test]
fn an_empty_library_has_no_hours_and_not_less() {
    let mut state = panels::with_library();
    state.library.tracks.clear();
    let harness = screen(state);
    harness.get_by_label("0.0");
}
