//! Gives tracks of the catalogue their sound: from the user's own files or from services that give previews.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, TryLockError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::failure::RoomError;
use super::message::{Coverage, FetchSpec, JobError, Partial};
use super::{Context, Report, import, spotify};
use crate::domain::{Control, Origin, Outcome, Progress, Span, SpotifyTrack, Tags};
use crate::library::content_hash;
use crate::settings::Directories;
use crate::source::SourceError;
use crate::source::pace::wait_until;
use crate::source::preview::{Found, Miss, Service, Services, Wanted};
use crate::source::spotify::{AccessToken, CredentialStore, Credentials, Link, ReadError, token};

const DOING: &str = "Fetching previews";
/// The library's folder for previews.
const FOLDER: &str = "previews";
/// Files that are imported at once.
const BATCH: usize = 16;
/// The longest rest of a service that a run waits for; longer ones are told, and the next run goes on.
const PATIENCE: Duration = Duration::from_secs(90);
/// What [`crate::library::Library::terms_accepted`] knows the terms by.
const TERMS: &str = "previews";

/// One run at a time: services count the requests of the whole program.
static FETCHING: Mutex<()> = Mutex::new(());
/// How often a second one looks whether it is its turn.
const TURN: Duration = Duration::from_millis(200);

/// A track that is to be given sound.
struct Item {
    spotify: String,
    tags: Tags,
    wanted: Wanted,
    /// Spotify has told what it knows.
    told: bool,
}

/// A preview on disk that is not in the library yet.
struct Fetched {
    item: Item,
    path: PathBuf,
    service: Service,
}

/// Whether the user has accepted what the services allow.
pub fn accepted(context: &Context) -> Result<bool, JobError> {
    Ok(context.library.terms_accepted(TERMS).map_err(|error| error.doing(DOING))?.is_some())
}

/// Keeps that the user accepts it.
pub fn accept(context: &Context) -> Result<(), JobError> {
    context.library.accept_terms(TERMS).map_err(|error| error.doing(DOING))
}

/// Where the user's credentials at Spotify are kept.
pub fn credentials() -> Result<CredentialStore, JobError> {
    let directories = Directories::of_platform()
        .map_err(|error| JobError::Failed { doing: "Signing in to Spotify", reason: error.to_string() })?;
    Ok(CredentialStore::of_system(&directories.credentials_file()))
}

/// Fetches at the rates that services document.
///
/// # Errors
/// [`JobError::Failed`] where the terms were not accepted, a link is none, or the library cannot be written;
/// [`JobError::Cancelled`]. What was fetched before stays.
pub fn fetch(
    context: &Context,
    spec: &FetchSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<Coverage, JobError> {
    fetch_from(context, spec, &Services::new(spec.addresses.clone()), &credentials()?, control, report)
}

/// Fetches from services of one's own. Errors as of [`fetch`].
pub fn fetch_from(
    context: &Context,
    spec: &FetchSpec,
    services: &Services,
    credentials: &CredentialStore,
    control: &Control,
    report: &dyn Report,
) -> Result<Coverage, JobError> {
    // The other one may be paused for long: this one can be cancelled meanwhile.
    let _one = loop {
        match FETCHING.try_lock() {
            Ok(turn) => break turn,
            Err(TryLockError::Poisoned(turn)) => break turn.into_inner(),
            Err(TryLockError::WouldBlock) => control.rest(TURN)?,
        }
    };
    if !accepted(context)? {
        let reason = "what the services allow was not accepted yet; read it under Data, or `songline dataset terms`";
        return Err(JobError::Failed { doing: DOING, reason: reason.to_owned() });
    }
    let mut run = Run { context, services, control, report, coverage: Coverage::default(), rests: [None; 3] };
    run.restore()?;
    let token = run.sign_in(spec, credentials)?;
    let items = run.items(spec, token.as_ref())?;
    let ended = run.fetch(items, token.as_ref());
    run.keep_rests()?;
    ended?;
    run.coverage.all = context.library.outcomes().map_err(|error| error.doing(DOING))?;
    Ok(run.coverage)
}

struct Run<'a> {
    context: &'a Context,
    services: &'a Services,
    control: &'a Control,
    report: &'a dyn Report,
    coverage: Coverage,
    /// What the library knows of the services' rests.
    rests: [Option<i64>; 3],
}

impl Run<'_> {
    fn restore(&mut self) -> Result<(), JobError> {
        for (service, known) in Service::ALL.into_iter().zip(&mut self.rests) {
            *known = self.context.library.service_rest(service.key()).map_err(|error| error.doing(DOING))?;
            self.services.pace(service).restore(*known);
        }
        Ok(())
    }

    /// Writes down what services asked for since, so that it holds for the next start too.
    fn keep_rests(&mut self) -> Result<(), JobError> {
        self.coverage.rests.clear();
        for (service, known) in Service::ALL.into_iter().zip(&mut self.rests) {
            let Some(until) = self.services.pace(service).not_before().map(seconds) else { continue };
            self.coverage.rests.push((service.title(), until));
            if *known != Some(until) {
                *known = Some(until);
                self.context.library.set_service_rest(service.key(), until).map_err(|error| error.doing(DOING))?;
            }
        }
        Ok(())
    }

    /// A token where the user has signed in. Links need one; previews do without.
    fn sign_in(&self, spec: &FetchSpec, store: &CredentialStore) -> Result<Option<AccessToken>, JobError> {
        let doing = "Signing in to Spotify";
        let Some((known, _)) = store.load().map_err(|error| error.doing(doing))? else {
            if spec.links.is_empty() {
                return Ok(None);
            }
            let reason =
                "links need your own credentials at Spotify; sign in under Data, or with `songline dataset sign-in`";
            return Err(JobError::Failed { doing, reason: reason.to_owned() });
        };
        match token::request(&spec.addresses, &known, self.control) {
            Ok(token) => {
                if token.refresh.is_some() && token.refresh != known.refresh_token {
                    let next = Credentials { refresh_token: token.refresh.clone(), ..known };
                    store.save(&next).map_err(|error| error.doing(doing))?;
                }
                Ok(Some(token))
            }
            Err(token::TokenError::Cancelled(_)) => Err(JobError::Cancelled),
            Err(error) if spec.links.is_empty() => {
                self.report.warning(format!("Spotify is not asked: {error}"));
                Ok(None)
            }
            Err(error) => Err(JobError::Failed { doing, reason: error.to_string() }),
        }
    }

    /// What is to be fetched: the tracks of the links, else rows of the catalogue without sound.
    fn items(&mut self, spec: &FetchSpec, token: Option<&AccessToken>) -> Result<Vec<Item>, JobError> {
        let failed = |reason: String| JobError::Failed { doing: DOING, reason };
        let mut items = Vec::new();
        if let (false, Some(token)) = (spec.links.is_empty(), token) {
            for text in &spec.links {
                let link = Link::read(text).ok_or_else(|| {
                    failed(format!("this is no link to a track, an album or a playlist of Spotify: {text}"))
                })?;
                let listing = loop {
                    match self.services.spotify_tracks(&link, token, self.control) {
                        Ok(listing) => break listing,
                        Err(ReadError::Later(until)) if self.wait(Service::Spotify, until)? => {}
                        Err(ReadError::Net(error)) => return Err(of_net(error)),
                        Err(error) => return Err(failed(format!("{error}: {text}"))),
                    }
                };
                self.coverage.skipped += listing.skipped;
                items.extend(listing.tracks.into_iter().map(|told| Item {
                    spotify: told.id,
                    tags: tags(&told.wanted.title, &told.wanted.artists.join(", "), &told.album, None),
                    wanted: told.wanted,
                    told: true,
                }));
            }
            items.truncate(spec.limit);
            return Ok(items);
        }
        // The user's own files come first: what is among them is not asked for.
        spotify::link(self.context, self.control, self.report)?;
        let rows = self.context.library.spotify_without_sound(&spec.words, spec.limit, spec.retry);
        Ok(rows.map_err(|error| error.doing(DOING))?.into_iter().map(item).collect())
    }

    fn fetch(&mut self, items: Vec<Item>, token: Option<&AccessToken>) -> Result<(), JobError> {
        let total = items.len() as u64;
        let mut batch = Vec::new();
        let mut items = items.into_iter();
        for done in 0.. {
            let Some(mut item) = items.next() else { break };
            self.control.checkpoint()?;
            let name =
                format!("{} · {}", item.tags.title.as_deref().unwrap_or_default(), item.wanted.artists.join(", "));
            self.report.progress(Progress::new(DOING, done, Some(total)).with_detail(name));
            if let Some(token) = token.filter(|_| !item.told) {
                self.enrich(&mut item, token)?;
            }
            match self.find(&item)? {
                Some(Found::Clip { service, clip }) => {
                    let path = self.keep(&item.spotify, clip.ending, &clip.bytes)?;
                    batch.push(Fetched { item, path, service });
                }
                Some(Found::Nothing(misses)) => self.settle(&item.spotify, outcome_of(&misses), None)?,
                None => {
                    self.coverage.waiting += 1;
                    if self.all_rest() {
                        // Nobody can be asked: what is left waits for the next run.
                        self.coverage.waiting += items.len();
                        break;
                    }
                }
            }
            if batch.len() == BATCH {
                self.import(std::mem::take(&mut batch))?;
            }
        }
        self.import(batch)
    }

    /// Adds the ISRC and the preview that Spotify knows, where it answers.
    fn enrich(&mut self, item: &mut Item, token: &AccessToken) -> Result<(), JobError> {
        let Some(link) = Link::read(&item.spotify) else { return Ok(()) };
        loop {
            match self.services.spotify_tracks(&link, token, self.control) {
                Ok(listing) => {
                    if let Some(told) = listing.tracks.into_iter().next() {
                        item.wanted.isrc = told.wanted.isrc;
                        item.wanted.preview_url = told.wanted.preview_url;
                    }
                    return Ok(());
                }
                Err(ReadError::Later(until)) => {
                    if !self.wait(Service::Spotify, until)? {
                        return Ok(());
                    }
                }
                Err(ReadError::Net(crate::source::net::NetError::Cancelled(_))) => {
                    return Err(JobError::Cancelled);
                }
                // Names are enough to go on with.
                Err(error) => {
                    tracing::info!(%error, "Spotify told nothing of a track");
                    return Ok(());
                }
            }
        }
    }

    /// Asks the services, again after short rests; `None` where one that was not heard wants a long one.
    fn find(&mut self, item: &Item) -> Result<Option<Found>, JobError> {
        loop {
            let found = self.services.find(&item.wanted, self.control).map_err(of_net)?;
            self.keep_rests()?;
            let Found::Nothing(misses) = &found else { return Ok(Some(found)) };
            let later = misses.iter().filter_map(|(service, miss)| match miss {
                Miss::Later(until) => Some((*service, *until)),
                _ => None,
            });
            let Some((service, until)) = later.min_by_key(|(_, until)| *until) else { return Ok(Some(found)) };
            if !self.wait(service, until)? {
                return Ok(None);
            }
        }
    }

    /// Waits for a short rest of a service to be over; `false` for a long one.
    fn wait(&mut self, service: Service, until: SystemTime) -> Result<bool, JobError> {
        self.keep_rests()?;
        let left = until.duration_since(SystemTime::now()).unwrap_or_default();
        if left > PATIENCE {
            return Ok(false);
        }
        let text = format!("{} wants to be left alone for {} s", service.title(), left.as_secs() + 1);
        self.report.progress(Progress::new(DOING, 0, None).with_detail(text));
        wait_until(until, self.control)?;
        Ok(true)
    }

    fn all_rest(&self) -> bool {
        let rests = |service| self.services.pace(service).not_before().is_some();
        rests(Service::Deezer) && rests(Service::Itunes)
    }

    /// Writes a preview whole or not at all.
    fn keep(&self, id: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, JobError> {
        let folder = self.context.library.root().join(FOLDER).join(&id[..2]);
        let path = folder.join(format!("{id}.{ending}"));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&folder)?;
            let mut file = tempfile::Builder::new().prefix(".preview-").tempfile_in(&folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| SourceError::Write { path: path.clone(), source }.doing(DOING))?;
        Ok(path)
    }

    /// Brings previews into the library, each with its origin and its names.
    fn import(&mut self, batch: Vec<Fetched>) -> Result<(), JobError> {
        if batch.is_empty() {
            return Ok(());
        }
        let library = &self.context.library;
        for fetched in &batch {
            // Before the track is there: a kill must not leave one that passes for the user's own.
            let hash = content_hash(&fetched.path, self.control).map_err(|error| error.doing(DOING))?;
            let origin =
                Origin { source: format!("{} preview", fetched.service.title()), licence: None, trainable: false };
            library.set_origin(hash, &origin).map_err(|error| error.doing(DOING))?;
        }
        let paths: Vec<PathBuf> = batch.iter().map(|fetched| fetched.path.clone()).collect();
        import::import(self.context, &paths, true, self.control, &Inner(self.report))?;
        let failures = library.failures().map_err(|error| error.doing(DOING))?;
        for fetched in batch {
            let track = library.find_by_path(&fetched.path).map_err(|error| error.doing(DOING))?;
            let outcome = match &track {
                Some(track) => {
                    library.add_tags(track.id, &fetched.item.tags).map_err(|error| error.doing(DOING))?;
                    let link = [(track.id, fetched.item.spotify.clone())];
                    library.link_spotify(&link).map_err(|error| error.doing(DOING))?;
                    if let Some(named) = library.track(track.id).map_err(|error| error.doing(DOING))? {
                        self.report.partial(Partial::TrackAdded(std::sync::Arc::new(named)));
                    }
                    if track.span(Span::Preview).is_none() { Outcome::TooShort } else { Outcome::Preview }
                }
                None => {
                    let failure = failures.iter().find(|failure| failure.path == fetched.path);
                    reason_of(failure.map_or("", |failure| failure.reason.as_str()))
                }
            };
            if outcome == Outcome::Preview {
                *self.coverage.by_service.entry(fetched.service.title()).or_default() += 1;
            }
            self.settle(&fetched.item.spotify, outcome, Some(fetched.service))?;
        }
        Ok(())
    }

    fn settle(&mut self, id: &str, outcome: Outcome, service: Option<Service>) -> Result<(), JobError> {
        self.coverage.asked += 1;
        *self.coverage.outcomes.entry(outcome).or_default() += 1;
        let service = service.map(Service::key);
        self.context.library.set_outcome(id, outcome, service).map_err(|error| error.doing(DOING))
    }
}

/// Hands on what an import tells but its progress, which the run has its own of.
struct Inner<'a>(&'a dyn Report);

impl Report for Inner<'_> {
    fn progress(&self, _: Progress) {}

    fn partial(&self, partial: Partial) {
        // Tracks are told once they have their names; what fails is counted as an outcome.
        if !matches!(partial, Partial::TrackAdded(_) | Partial::FileFailed(_)) {
            self.0.partial(partial);
        }
    }

    fn warning(&self, text: String) {
        self.0.warning(text);
    }
}

fn item(row: SpotifyTrack) -> Item {
    Item {
        tags: tags(&row.title, &row.artist(), &row.album, row.year.map(i32::from)),
        wanted: Wanted {
            duration_s: f64::from(row.duration_ms) / 1_000.0,
            title: row.title,
            artists: row.artists,
            isrc: None,
            preview_url: None,
        },
        spotify: row.id,
        told: false,
    }
}

fn tags(title: &str, artist: &str, album: &str, year: Option<i32>) -> Tags {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Tags { title: some(title), artist: some(artist), album: some(album), genre: None, year }
}

/// What the misses of all services come to: the one that says most.
fn outcome_of(misses: &[(Service, Miss)]) -> Outcome {
    let one = |miss: &Miss| match miss {
        Miss::Truncated => (7, Outcome::Truncated),
        Miss::Wrong(_) => (6, Outcome::WrongContent),
        Miss::Expired => (5, Outcome::Expired),
        Miss::NoPreview => (4, Outcome::NoPreview),
        Miss::Failed(_) | Miss::Later(_) => (3, Outcome::Failed),
        Miss::Other => (2, Outcome::Other),
        Miss::Unknown | Miss::Perhaps => (1, Outcome::Nothing),
    };
    misses.iter().map(|(_, miss)| one(miss)).max().map_or(Outcome::Nothing, |(_, outcome)| outcome)
}

/// Why an import refused a file, from the words of the refusal.
fn reason_of(reason: &str) -> Outcome {
    if reason.contains("not numbers") {
        Outcome::NotFinite
    } else if reason.contains("a track needs 4 s") || reason.contains("less than one frame") {
        Outcome::TooShort
    } else {
        Outcome::Undecodable
    }
}

fn of_net(error: crate::source::net::NetError) -> JobError {
    match error {
        crate::source::net::NetError::Cancelled(_) => JobError::Cancelled,
        error => JobError::Failed { doing: DOING, reason: error.to_string() },
    }
}

fn seconds(at: SystemTime) -> i64 {
    // Rounded up: a rest never ends early.
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX).saturating_add(1))
}
