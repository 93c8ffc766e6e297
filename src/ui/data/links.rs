//! Links to tracks, albums and playlists of Spotify: signing in, and giving what they lead to its sound.

use egui::{Align, Button, Label, Layout, RichText, Role, TextEdit, Ui};

use crate::jobs::message::Account;
use crate::state::{AccountCommand, AccountForm, AppCommand, AppState, JobKind};
use crate::ui::widgets::{self, named};
use crate::ui::{Commands, panel, previews, theme};

const TITLE: &str = "Links from Spotify";

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let view = &state.account;
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, TITLE));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let word = if view.open { "Fold" } else { "Use links…" };
            if ui.button(word).accessible_name(format!("{word} {TITLE}")).clicked() {
                commands.push(account(AccountCommand::Open(!view.open)));
            }
        });
    });
    widgets::quiet(ui, "Tracks, albums and playlists by their links, with an application of your own at Spotify.");
    if !view.open {
        return;
    }
    ui.add_space(theme::SPACE_S);
    if state.spotify.reading_terms && !state.spotify.terms_accepted && !state.spotify.links.is_empty() {
        previews::terms(ui, commands);
        return;
    }
    match (&view.account, state.jobs.of_kind(&JobKind::SignIn)) {
        (_, Some((id, job))) => {
            panel::job(ui, id, job, &state.jobs, commands);
            if let Some((page, redirect)) = &view.page {
                waiting(ui, page, redirect);
            }
        }
        (None, None) => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Looking for credentials");
            });
        }
        (Some(None), None) => sign_in(ui, &view.form, commands),
        (Some(Some(known)), None) => signed_in(ui, state, *known, commands),
    }
}

fn account(command: AccountCommand) -> AppCommand {
    AppCommand::Account(command)
}

/// The browser has the word.
fn waiting(ui: &mut Ui, page: &str, redirect: &str) {
    widgets::quiet(
        ui,
        format!(
            "Agree on the page that your browser shows. Your application at Spotify must know the address {redirect}."
        ),
    );
    ui.horizontal(|ui| {
        widgets::quiet(ui, "No page?");
        if ui.button("Copy its address").clicked() {
            ui.ctx().copy_text(page.to_owned());
        }
    });
}

fn sign_in(ui: &mut Ui, form: &AccountForm, commands: &mut Commands) {
    widgets::quiet(
        ui,
        "Make an application on developer.spotify.com, and type what its page shows. It stays on this computer, in the \
         system's keyring where there is one.",
    );
    ui.add_space(theme::SPACE_XS);
    let mut typed = form.clone();
    let mut field = |text: &mut String, name: &'static str, hidden: bool| {
        let edit = TextEdit::singleline(text).hint_text(name).password(hidden).desired_width(f32::INFINITY);
        let field = ui.add(edit);
        named(&field, Role::TextInput, || name.to_owned());
        field.changed()
    };
    let id = field(&mut typed.client_id, "Client id", false);
    let secret = field(&mut typed.secret, "Client secret (not needed with the browser)", true);
    if id || secret {
        commands.push(account(AccountCommand::Type(typed)));
    }
    ui.add_space(theme::SPACE_XS);
    ui.horizontal_wrapped(|ui| {
        let has_id = !form.client_id.trim().is_empty();
        let about = "Agree on a page of Spotify's: private playlists can be read then, too";
        let browser = ui.add_enabled(has_id, Button::new("Sign in with the browser")).on_hover_text(about);
        if browser.on_disabled_hover_text("The client id is missing").clicked() {
            commands.push(account(AccountCommand::SignIn { browser: true }));
        }
        let ready = has_id && !form.secret.trim().is_empty();
        let secret = ui.add_enabled(ready, Button::new("Sign in with the secret"));
        if secret.on_disabled_hover_text("Client id and secret are missing").clicked() {
            commands.push(account(AccountCommand::SignIn { browser: false }));
        }
    });
}

fn signed_in(ui: &mut Ui, state: &AppState, known: Account, commands: &mut Commands) {
    let form = &state.account.form;
    ui.horizontal(|ui| {
        let who = if known.as_user { "Signed in as yourself" } else { "Signed in as your application" };
        let place = if known.in_keyring { "the system's keyring" } else { "a file that you alone can read" };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Sign out").accessible_name("Sign out of Spotify").clicked() {
                commands.push(account(AccountCommand::SignOut));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(format!("{who}; kept in {place}.")).weak();
                ui.add(Label::new(text).truncate());
            });
        });
    });
    ui.add_space(theme::SPACE_XS);
    let mut typed = form.clone();
    let hint = "https://open.spotify.com/playlist/…, a link a line";
    let field =
        ui.add(TextEdit::multiline(&mut typed.links).hint_text(hint).desired_rows(2).desired_width(f32::INFINITY));
    named(&field, Role::MultilineTextInput, || "Links to Spotify".to_owned());
    if field.changed() {
        commands.push(account(AccountCommand::Type(typed)));
    }
    ui.add_space(theme::SPACE_XS);
    let fetching = state.jobs.of_kind(&JobKind::FetchPreviews);
    let ready = fetching.is_none() && !state.read_only && !form.wanted().is_empty();
    let fetch = ui.add_enabled(ready, Button::new("Fetch what they lead to"));
    if fetch.on_hover_text("Your own files where they are among them, else previews of 30 s").clicked() {
        commands.push(account(AccountCommand::Fetch));
    }
    if let Some((id, job)) = fetching {
        ui.add_space(theme::SPACE_S);
        panel::job(ui, id, job, &state.jobs, commands);
    }
    // With a catalogue its own card shows it.
    if let Some(coverage) = &state.spotify.coverage
        && state.spotify.count.unwrap_or(0) == 0
    {
        ui.add_space(theme::SPACE_S);
        previews::outcome(ui, coverage);
    }
}
