//! The listening study: prepares sessions, keeps what listeners say, and says what it comes to.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use rand::SeedableRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::context::SearchIndex;
use super::export::whole_file;
use super::failure::RoomError;
use super::message::{JobError, ListeningSpec};
use super::recommend::duplicates;
use super::{Context, Report, models};
use crate::domain::{Chooser, Control, ListeningSession, Progress, Response, ScaledDistances, TrackId};
use crate::evaluate::listening::{Lessons, ListeningResults, Proposal, csv, learn, mixed, results};
use crate::library::{ModelRecord, NewListening, NewPick, NewRound};
use crate::similarity::SearchOptions;

const DOING: &str = "Preparing the listening study";
const READING: &str = "Reading the listening study";

/// What is recommended for one query, before it is mixed.
#[derive(Default)]
struct Asked {
    proposals: Vec<Proposal>,
    distances: HashMap<TrackId, Vec<ScaledDistances>>,
}

/// Draws queries, asks every model under every metric, mixes chance picks in, and keeps the session.
///
/// # Errors
/// Where nobody is named, nothing is to be compared, or the library has too few tracks.
pub fn plan(
    context: &Context,
    spec: &ListeningSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<ListeningSession, JobError> {
    let listener = spec.listener.trim();
    if listener.is_empty() {
        return Err(failed("Say who listens: a name, or any other word that stands for you."));
    }
    if spec.metrics.is_empty() || spec.top == 0 || spec.rounds == 0 {
        return Err(failed("Choose at least one metric, one recommendation and one query."));
    }
    let found = models::embedded(context, &spec.models, spec.device, spec.span, control, report)?;
    let mut random = ChaCha8Rng::seed_from_u64(spec.seed);
    let gallery = gallery(&found);
    let queries = queries(&found, &gallery, spec.rounds, &mut random);
    let picks = spec.top.max(spec.chance);
    if queries.is_empty() || gallery.len() < picks + 2 {
        return Err(failed(&format!(
            "{} tracks can be compared; {} are needed at least. Import more music of 30 s or more.",
            gallery.len(),
            picks + 2
        )));
    }
    let mut asked: Vec<Asked> = queries.iter().map(|_| Asked::default()).collect();
    let excluded: Vec<HashSet<TrackId>> = match found.first() {
        Some((_, first)) => {
            queries.iter().map(|query| duplicates(context, first, &[*query], None)).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    // Chance first: distances from it are wanted of every model.
    for ((query, asked), excluded) in queries.iter().zip(&mut asked).zip(&excluded) {
        let free = |track: &&TrackId| *track != query && !excluded.contains(track);
        let others: Vec<TrackId> = gallery.iter().filter(free).copied().collect();
        let tracks = others.sample(&mut random, spec.chance).copied().collect();
        asked.proposals.push(Proposal { chooser: Chooser::Chance, tracks });
    }
    let total = Some((found.len() * queries.len()) as u64);
    for (place, (model, index)) in found.iter().enumerate() {
        for (at, ((query, asked), excluded)) in queries.iter().zip(&mut asked).zip(&excluded).enumerate() {
            control.checkpoint()?;
            asked.proposals.extend(proposals(spec, model, index, *query, excluded)?);
            let done = (place * queries.len() + at + 1) as u64;
            report.progress(Progress::new("Asking the models", done, total));
        }
    }
    // Only now is known which tracks were recommended by anyone.
    for (model, index) in &found {
        for (query, asked) in queries.iter().zip(&mut asked) {
            control.checkpoint()?;
            measure(model, index, *query, asked)?;
        }
    }
    let rounds = queries.iter().zip(asked).map(|(query, mut asked)| {
        let picks = mixed(&asked.proposals, &mut random).into_iter().map(|(track, credits)| NewPick {
            track,
            credits,
            distances: asked.distances.remove(&track).unwrap_or_default(),
        });
        NewRound { query: *query, picks: picks.collect() }
    });
    let new = NewListening {
        listener: listener.to_owned(),
        seed: spec.seed,
        span: spec.span,
        blend: spec.blend,
        rounds: rounds.collect(),
    };
    control.checkpoint()?;
    let id = context.library.add_listening(&new).map_err(|error| error.doing(DOING))?;
    let kept = sessions(context)?.into_iter().find(|session| session.id == id);
    kept.ok_or_else(|| failed("The session cannot be found again."))
}

fn failed(reason: &str) -> JobError {
    JobError::Failed { doing: DOING, reason: reason.to_owned() }
}

/// The tracks that every model knows, in rising order.
fn gallery(found: &[(ModelRecord, Arc<SearchIndex>)]) -> Vec<TrackId> {
    let Some((_, first)) = found.first() else { return Vec::new() };
    let by_all = |id: &&TrackId| found.iter().all(|(_, found)| found.index.contains(**id));
    first.index.ids().iter().filter(by_all).copied().collect()
}

/// Queries drawn at random, of as many artists as there are.
fn queries(
    found: &[(ModelRecord, Arc<SearchIndex>)],
    gallery: &[TrackId],
    rounds: usize,
    random: &mut ChaCha8Rng,
) -> Vec<TrackId> {
    let mut drawn = gallery.to_vec();
    drawn.shuffle(random);
    let mut asked: HashMap<String, usize> = HashMap::new();
    let mut ordered: Vec<(usize, TrackId)> = Vec::with_capacity(drawn.len());
    for id in drawn {
        let artist = found.first().and_then(|(_, found)| found.artists.of(id)).unwrap_or_default();
        let nobody = artist.is_empty();
        let times = asked.entry(artist).or_default();
        // Tracks without an artist are all by somebody else.
        ordered.push((if nobody { 0 } else { *times }, id));
        *times += 1;
    }
    // The first track of each artist before any second one; the draw decides among them.
    ordered.sort_by_key(|(times, _)| *times);
    ordered.into_iter().take(rounds).map(|(_, id)| id).collect()
}

fn proposals(
    spec: &ListeningSpec,
    model: &ModelRecord,
    found: &SearchIndex,
    query: TrackId,
    excluded: &HashSet<TrackId>,
) -> Result<Vec<Proposal>, JobError> {
    let Some(trajectory) = found.index.trajectory(query) else { return Ok(Vec::new()) };
    let of_metric = |metric| {
        let options = SearchOptions {
            metric,
            top: spec.top,
            seeds: vec![query],
            exclude: excluded.clone(),
            per_artist: spec.per_artist,
            artists: found.artists.clone(),
            blend: spec.blend,
            ..SearchOptions::default()
        };
        let answer = found.index.search(std::slice::from_ref(&trajectory), &options);
        let answer = answer.map_err(|error| error.doing(DOING))?;
        Ok(Proposal {
            chooser: Chooser::Model { name: model.name.clone(), weights: model.weights_hash, metric },
            tracks: answer.items.iter().map(|item| item.track).collect(),
        })
    };
    spec.metrics.iter().copied().map(of_metric).collect()
}

/// Notes how far everything that was recommended is from the query under `model`.
fn measure(model: &ModelRecord, found: &SearchIndex, query: TrackId, asked: &mut Asked) -> Result<(), JobError> {
    let Some(trajectory) = found.index.trajectory(query) else { return Ok(()) };
    let mut tracks: Vec<TrackId> = asked.proposals.iter().flat_map(|proposal| proposal.tracks.clone()).collect();
    tracks.sort_unstable();
    tracks.dedup();
    let rows = found.index.scaled_distances(&trajectory, query, &tracks).map_err(|error| error.doing(DOING))?;
    for (track, values) in rows {
        let scaled = ScaledDistances { model: model.name.clone(), weights: model.weights_hash, values };
        asked.distances.entry(track).or_default().push(scaled);
    }
    Ok(())
}

/// Every session, oldest first.
pub fn sessions(context: &Context) -> Result<Vec<ListeningSession>, JobError> {
    context.library.listening_sessions().map_err(|error| error.doing(READING))
}

/// Keeps what a listener said of recommendations.
pub fn keep(context: &Context, responses: &[(i64, Response)]) -> Result<(), JobError> {
    context.library.keep_responses(responses).map_err(|error| error.doing("Keeping the answers"))
}

/// What listeners said; one of them alone where one is named.
pub fn outcome(context: &Context, listener: Option<&str>) -> Result<ListeningResults, JobError> {
    let records = context.library.listening_records().map_err(|error| error.doing(READING))?;
    Ok(results(&records, listener))
}

/// What ratings teach about the blend of a model's distances, beside the weights in use.
pub fn lesson(context: &Context, model: Option<&str>, before: [f32; 4]) -> Result<Lessons, JobError> {
    let model = context.model(model)?;
    let mut records = context.library.listening_records().map_err(|error| error.doing(READING))?;
    // Distances of weights that are gone say nothing of those in use.
    for record in &mut records {
        record.distances.retain(|distances| distances.weights == model.weights_hash);
    }
    Ok(learn(&records, &model.name, before))
}

/// Writes every answer as a line of CSV; returns how many recommendations there are.
pub fn export(context: &Context, path: &Path) -> Result<usize, JobError> {
    let doing = "Writing the answers";
    let records = context.library.listening_records().map_err(|error| error.doing(READING))?;
    let tracks = context.library.tracks().map_err(|error| error.doing(READING))?;
    let paths: HashMap<TrackId, String> =
        tracks.into_iter().map(|track| (track.id, track.path.display().to_string())).collect();
    whole_file(path, doing, |file| Ok(csv(&records, &paths, file)?))?;
    Ok(records.len())
}
