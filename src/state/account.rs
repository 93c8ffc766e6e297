//! Links to Spotify in the window: what is typed, how Songline is signed in, and the fetch of what links lead to.

use super::{AppState, Effect, JobKind, Severity};
use crate::jobs::message::{Account, AccountSpec, Credentials, JobSpec};

/// What the card of links shows.
#[derive(Debug, Clone, Default)]
pub struct AccountView {
    /// Whether it is unfolded: only then is the keyring asked, which may ask the user.
    pub open: bool,
    /// How Songline is signed in; `None` until that is known.
    pub account: Option<Option<Account>>,
    pub form: AccountForm,
    /// The page that waits for the user in a browser, and where it leads back to.
    pub page: Option<(String, String)>,
}

/// What is typed on the card.
#[derive(Clone, Default, PartialEq)]
pub struct AccountForm {
    /// A link a line.
    pub links: String,
    pub client_id: String,
    pub secret: String,
}

impl std::fmt::Debug for AccountForm {
    /// Without what is typed: a secret shows nowhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountForm").finish_non_exhaustive()
    }
}

impl AccountForm {
    /// The links that are typed.
    pub fn wanted(&self) -> Vec<String> {
        self.links.split_whitespace().map(str::to_owned).collect()
    }
}

/// What is done about the account.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountCommand {
    /// Unfolds the card, or folds it.
    Open(bool),
    /// Something was typed.
    Type(AccountForm),
    /// Signs in with what is typed: in a browser as oneself, else as the application.
    SignIn {
        browser: bool,
    },
    SignOut,
    /// Fetches what the links lead to; shows what services allow first.
    Fetch,
}

impl AppState {
    pub(super) fn account(&mut self, command: AccountCommand) -> Vec<Effect> {
        match command {
            AccountCommand::Open(open) => {
                self.account.open = open;
                if open && self.account.account.is_none() { self.about_account(AccountSpec::Read) } else { Vec::new() }
            }
            AccountCommand::Type(form) => {
                self.account.form = form;
                Vec::new()
            }
            AccountCommand::SignIn { browser } => {
                let client_id = self.account.form.client_id.trim().to_owned();
                let addresses = self.settings.addresses.clone();
                self.about_account(if browser {
                    AccountSpec::Browser { client_id, addresses }
                } else {
                    let secret = Some(self.account.form.secret.trim().to_owned());
                    let credentials = Credentials { client_id, secret, refresh_token: None };
                    AccountSpec::Application { credentials, addresses }
                })
            }
            AccountCommand::SignOut => self.about_account(AccountSpec::SignOut),
            AccountCommand::Fetch => self.fetch_once_accepted(self.account.form.wanted()),
        }
    }

    fn about_account(&mut self, spec: AccountSpec) -> Vec<Effect> {
        let kind = if matches!(spec, AccountSpec::Read) { JobKind::ReadAccount } else { JobKind::SignIn };
        self.once(kind, JobSpec::Account(Box::new(spec)))
    }

    /// Opens the page on which the user agrees.
    pub(super) fn visit(&mut self, page: String, redirect: String) -> Vec<Effect> {
        self.account.page = Some((page.clone(), redirect));
        vec![Effect::OpenPage(page)]
    }

    pub(super) fn take_account(&mut self, kind: &JobKind, account: Option<Account>) {
        if *kind == JobKind::SignIn {
            let place = match account {
                Some(account) if account.in_keyring => "The credentials are in the system's keyring.",
                Some(_) => "The credentials are in a file that you alone can read: this system has no keyring.",
                None => "The credentials are forgotten.",
            };
            let title = if account.is_some() { "Signed in to Spotify" } else { "Signed out of Spotify" };
            self.notices.push(Severity::Info, title, place);
        }
        self.account.page = None;
        self.account.form.secret.clear();
        self.account.account = Some(account);
    }
}
