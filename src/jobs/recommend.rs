//! Searching, and why two tracks match.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::context::{SearchIndex, cut, grid_of};
use super::failure::RoomError;
use super::import::analyse_query;
use super::message::{
    ExplainQuery, ExplainSpec, ExplanationOutput, FileQuery, JobError, Partial, Query, RecommendSpec, Recommendations,
};
use super::{Context, Report, filter, neighbours, recordings};
use crate::archive;
use crate::domain::{Control, Key, Metric, Progress, SegmentGrid, TrackId, Trajectory};
use crate::similarity::{OnFirst, SearchOptions, explain as explain_pair};

const DOING: &str = "Searching";

/// Searches the library for what sounds like the query.
pub fn recommend(
    context: &Context,
    spec: &RecommendSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<(Recommendations, Option<Box<FileQuery>>), JobError> {
    let model = context.active_model()?;
    let found = context.index(&model, spec.span)?;
    control.checkpoint()?;
    let mut weights = spec.weights.clone();
    let (seeds, trajectories, file) = match &spec.query {
        Query::Tracks(tracks) => {
            // What weighs nothing is as if it were not asked about, and may be recommended.
            weights.resize(tracks.len(), 1.0);
            let counted = |at: usize| weights[at] != 0.0;
            let tracks: Vec<TrackId> = (0..tracks.len()).filter(|at| counted(*at)).map(|at| tracks[at]).collect();
            weights.retain(|weight| *weight != 0.0);
            let trajectories = tracks
                .iter()
                .map(|id| context.trajectory(&model, *id, spec.span).map(|(_, trajectory)| trajectory))
                .collect::<Result<Vec<_>, _>>()?;
            (tracks, trajectories, None)
        }
        Query::File(path) => {
            report.progress(Progress::new("Analysing the file", 0, None));
            let (file, _) = analyse_query(context, path, spec.device, control)?;
            let (_, part) = cut(&file.track, &file.trajectory, found.grid, spec.span)?;
            (Vec::new(), vec![part], Some(Box::new(file)))
        }
    };
    // What is kept away from need not be in a key that fits.
    let drawn = seeds.iter().enumerate().filter(|(at, _)| weights.get(*at).is_none_or(|weight| *weight > 0.0));
    let of_drawn = drawn.filter_map(|(_, id)| found.track(*id)?.key);
    let keys: Vec<Key> = of_drawn.chain(file.iter().filter_map(|file| file.track.key)).collect();
    let mut exclude = duplicates(context, &found, &seeds, file.as_deref())?;
    if !spec.filter.versions {
        exclude.extend(recordings::folded(context, &seeds)?);
    }
    let options = SearchOptions {
        metric: spec.metric,
        top: spec.top,
        exclude,
        seeds,
        only: filter::passing(context, &found, &spec.filter, &keys)?,
        per_artist: spec.per_artist,
        artists: found.artists.clone(),
        blend: spec.blend,
    };
    control.checkpoint()?;
    let first = |answer: crate::similarity::Recommendations| report.partial(Partial::FirstResults(Arc::new(answer)));
    let mut shown = false;
    if let [seed] = options.seeds[..]
        && spec.metric != Metric::Blend
        && weights.iter().all(|weight| *weight > 0.0)
        && let Ok(place) = found.index.ids().binary_search(&seed)
    {
        let kept = neighbours::of_one(context, &model, &found, spec.metric, place)?;
        if !kept.is_empty() {
            let answer = found.index.first_of(&trajectories, &options, &kept);
            let answer = answer.map_err(|error| error.doing(DOING))?;
            shown = !answer.items.is_empty();
            if shown {
                first(answer);
            }
        }
    }
    // A file's first results would come without the file; they wait for the rest.
    let first: Option<OnFirst<'_>> = (file.is_none() && !shown).then_some(&first);
    let recommendations = found.index.search_weighted(&trajectories, &weights, &options, first);
    let recommendations = recommendations.map_err(|error| error.doing(DOING))?;
    Ok((recommendations, file))
}

/// Tracks that are the query once more: the same file, or the same sound under other tags.
pub(super) fn duplicates(
    context: &Context,
    found: &SearchIndex,
    seeds: &[TrackId],
    file: Option<&FileQuery>,
) -> Result<HashSet<TrackId>, JobError> {
    let mut sounds: HashSet<_> = seeds.iter().filter_map(|id| Some(found.track(*id)?.sound)).collect();
    if let Some(file) = file {
        let known = context.library.find_by_hash(file.track.hash).map_err(|error| error.doing(DOING))?;
        sounds.extend(known.map(|known| known.sound));
    }
    let mut same = HashSet::new();
    for sound in sounds {
        same.extend(context.library.tracks_with_sound(sound).map_err(|error| error.doing(DOING))?);
    }
    same.retain(|track| found.index.contains(*track) && !seeds.contains(track));
    Ok(same)
}

/// A query and a target as the active model has them.
pub(super) struct Pair {
    pub query: Trajectory,
    pub target: Trajectory,
    /// The segment of the track with which each begins.
    pub offsets: [usize; 2],
    pub grid: SegmentGrid,
}

impl Pair {
    /// # Errors
    /// Where either is not embedded, or the query by another model than the one in use.
    pub fn of(context: &Context, spec: &ExplainSpec) -> Result<Self, JobError> {
        let model = context.active_model()?;
        let grid = grid_of(&model);
        let (query_offset, query) = match &spec.query {
            ExplainQuery::Track(track) => context.trajectory(&model, *track, spec.span)?,
            ExplainQuery::File(file) => cut(&file.track, &file.trajectory, grid, spec.span)?,
        };
        let (target_offset, target) = context.trajectory(&model, spec.target, spec.span)?;
        if query.dim() != target.dim() {
            return Err(JobError::Failed {
                doing: "Comparing",
                reason: "The query was embedded by another model than the one in use. Search again.".to_owned(),
            });
        }
        Ok(Self { query, target, offsets: [query_offset, target_offset], grid })
    }
}

/// Why `target` matches the query: every segment of one against every segment of the other.
pub fn explain(context: &Context, spec: &ExplainSpec) -> Result<ExplanationOutput, JobError> {
    let Pair { query, target, offsets: [query_offset, target_offset], grid } = Pair::of(context, spec)?;
    let explanation = explain_pair(&query, &target);
    Ok(ExplanationOutput { explanation, target: spec.target, query_offset, target_offset, grid })
}

/// The query that a path or a track number stands for: a track of the library by its path, else a file.
pub fn query_of(context: &Context, text: &str) -> Result<Query, JobError> {
    let path = Path::new(text);
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let known = context.library.find_by_path(&whole).map_err(|error| error.doing("Reading the library"))?;
    if let Some(track) = known {
        return Ok(Query::Tracks(vec![track.id]));
    }
    if path.exists() || archive::facts(path).is_ok() {
        return Ok(Query::File(whole));
    }
    if let Ok(number) = text.parse() {
        return context.track(TrackId(number)).map(|track| Query::Tracks(vec![track.id]));
    }
    Err(JobError::Failed {
        doing: "Finding the track",
        reason: format!("{text} is neither a file nor the number of a track. `songline tracks` lists the library."),
    })
}
