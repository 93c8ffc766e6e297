//! Carries out a command.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::{by_metric, explanation_json, recommendation_lines, track_json, track_line, track_with_origin};
use super::args::{Arguments, Command, RecommendArguments, TrainArguments};
use super::output::Output;
use super::{dataset, doctor, evaluate, filter, history, listening, playlist, recordings, train};
use crate::domain::{Control, DeviceChoice, Filter, Metric, Origin, Progress, Span, Track, TrackId};
use crate::evaluate::study::{studies_table, study_markdown};
use crate::evaluate::table_text;
use crate::jobs::message::{
    ExplainQuery, ExplainSpec, ExplanationOutput, FileQuery, ImportSummary, JobError, MapSettings, MapWays,
    PUBLISHED_PAIRS, Query, RecommendSpec, Recommendation, Recommendations, StudySpec,
};
use crate::jobs::{
    Context, Report, Silent, export, import, inspect, map, models, neighbours, playlists, recommend, study,
};
use crate::library::{Library, LibraryError};
use crate::settings::Settings;
use crate::state::notice;

/// Carries out a command on the library in `folder`.
///
/// # Errors
/// What the user is to be told.
pub fn run(arguments: &Arguments, command: &Command, folder: &Path, settings: &Settings) -> Result<(), String> {
    let output = Output::new(arguments.json);
    let done = carry_out(arguments, command, folder, settings, &output);
    output.clear();
    done
}

/// An open library and the settings that hold for every command.
struct Session<'a> {
    context: Context,
    settings: &'a Settings,
    device: DeviceChoice,
    control: Control,
    output: &'a Output,
}

fn carry_out(
    arguments: &Arguments,
    command: &Command,
    folder: &Path,
    settings: &Settings,
    output: &Output,
) -> Result<(), String> {
    if let Command::Completions { shell } = command {
        let mut program = <Arguments as clap::CommandFactory>::command();
        clap_complete::generate(*shell, &mut program, "songline", &mut std::io::stdout());
        return Ok(());
    }
    let device = arguments.device.map_or(settings.device, DeviceChoice::from);
    if let Command::Doctor { sweep } = command {
        return doctor::run(folder, device, *sweep, output);
    }
    let library = Library::open(folder).map_err(|error| error.to_string())?;
    let context = Context::new(Arc::new(library));
    let session = Session { context, settings, device, control: Control::default(), output };
    session.carry_out(command).map_err(|error| explain_error(&error))
}

fn explain_error(error: &JobError) -> String {
    match notice::describe(error) {
        Some((title, detail)) if detail.is_empty() => title,
        Some((title, detail)) => format!("{title}: {detail}"),
        None => "cancelled".to_owned(),
    }
}

impl Session<'_> {
    fn carry_out(&self, command: &Command) -> Result<(), JobError> {
        let span = |name: Option<super::args::SpanName>| name.map_or(self.settings.span, Span::from);
        match command {
            Command::Demo { if_empty } => self.demo(*if_empty),
            Command::Import { paths, retry } => {
                let summary = import::import(&self.context, paths, *retry, &self.control, self.output)?;
                self.imported(&summary)
            }
            Command::Dataset(command) => {
                let taken =
                    dataset::run(&self.context, command, self.settings, self.device, &self.control, self.output)?;
                taken.map_or(Ok(()), |summary| self.imported(&summary))
            }
            Command::Tracks => self.tracks(),
            Command::Train(arguments) => self.train(arguments),
            Command::Embed { model } => {
                let (model, tracks) =
                    models::embed(&self.context, model.as_deref(), self.device, &self.control, self.output)?;
                let value = json!({ "model": model.name, "embedded": tracks });
                self.output.result(&value, || format!("{tracks} tracks embedded by {}", model.name));
                Ok(())
            }
            Command::Models { activate } => self.models(activate.as_deref()),
            Command::Recommend(arguments) => self.recommend(arguments),
            Command::Playlist { what } => playlist::run(&self.context, what, self.settings, &self.control, self.output),
            Command::Walk(arguments) => {
                self.embed_all()?;
                playlist::walk(&self.context, arguments, self.settings, &self.control, self.output)
            }
            Command::Neighbours { kept: true, span: name, .. } => filter::kept(&self.context, span(*name), self.output),
            Command::Neighbours { metric, top, all, span: name, filter, out, .. } => {
                let top = if *all { usize::MAX } else { *top };
                let filter = filter::of(&self.context, filter)?;
                self.neighbours((*metric).into(), top, span(*name), &filter, out.as_deref())
            }
            Command::Hide { tracks, back } => filter::hide(&self.context, tracks, *back, self.output),
            Command::Recordings(command) => {
                recordings::run(&self.context, command, &self.control, self.output, self.output)
            }
            Command::Evaluate(arguments) => {
                evaluate::run(&self.context, arguments, self.settings, self.device, &self.control, self.output)
            }
            Command::Study { list: true, .. } => self.studies(),
            Command::Study { out, pairs, queries, epochs, seed, .. } => {
                let pairs = if pairs.is_empty() { PUBLISHED_PAIRS.to_vec() } else { pairs.clone() };
                let spec = StudySpec {
                    pairs,
                    epochs: *epochs,
                    queries: *queries,
                    seed: *seed,
                    span: self.settings.span,
                    device: self.device,
                };
                let (id, found) = study::run(&self.context, &spec, &self.control, self.output)?;
                if let Some(folder) = out {
                    study::write(&found, folder)?;
                }
                let mut value = json!(found);
                value["run"] = json!(id);
                self.output.result(&value, || study_markdown(&found));
                Ok(())
            }
            Command::Listening(arguments) => listening::run(&self.context, arguments, self.settings.blend, self.output),
            Command::Map { out, tracks, seed, perplexity, span: name } => {
                self.embed_all()?;
                let ways = self.ways(tracks)?;
                let settings =
                    MapSettings { seed: *seed, perplexity: *perplexity, span: span(*name), ..MapSettings::default() };
                let drawn = export::map(&self.context, &settings, &ways, out, &self.control, self.output)?;
                let layout = map::build(&self.context, &settings, false, &self.control, &Silent)?;
                let value = json!({
                    "out": out, "tracks": layout.points.len(), "model": layout.model, "method": layout.method,
                    "kl_divergence": layout.kl, "recall_10": layout.recall_10,
                    "trajectories": drawn,
                });
                self.output.result(&value, || {
                    let quality = match (layout.kl, layout.recall_10) {
                        (Some(kl), Some(recall)) => format!(", KL divergence {kl:.4}, 10-neighbour recall {recall:.3}"),
                        _ => String::new(),
                    };
                    let drawn = match tracks.len() {
                        0 => String::new(),
                        asked => format!(", {drawn} of {asked} trajectories drawn"),
                    };
                    format!("{}: {} tracks, {}{quality}{drawn}", out.display(), layout.points.len(), layout.method)
                });
                Ok(())
            }
            Command::Inspect { track, out, span: name } => {
                let query = recommend::query_of(&self.context, track)?;
                let written =
                    inspect::write(&self.context, &query, span(*name), self.device, out, &self.control, self.output)?;
                self.output.result(&json!({ "written": written }), || {
                    written.iter().map(|path| format!("{}\n", path.display())).collect()
                });
                Ok(())
            }
            Command::Export { format, out, span: name, .. } => {
                self.embed_all()?;
                let rows = export::embeddings(&self.context, span(*name), (*format).into(), out)?;
                let value = json!({ "out": out, "rows": rows });
                self.output.result(&value, || format!("{}: {rows} rows", out.display()));
                Ok(())
            }
            // Handled before the library is opened.
            Command::Doctor { .. } | Command::Completions { .. } => Ok(()),
            Command::History { top, clear } => history::run(&self.context, *top, *clear, self.output),
        }
    }

    fn studies(&self) -> Result<(), JobError> {
        let earlier = study::earlier(&self.context)?;
        let value = earlier.iter().map(|(id, study)| {
            let mut value = json!(study);
            value["run"] = json!(id);
            value
        });
        self.output.result(&Value::Array(value.collect()), || {
            if earlier.is_empty() {
                return "There are no studies yet: `songline study` makes one.".to_owned();
            }
            let studies: Vec<_> = earlier.iter().map(|(id, study)| (*id, study)).collect();
            table_text(&studies_table(&studies))
        });
        Ok(())
    }

    fn demo(&self, if_empty: bool) -> Result<(), JobError> {
        let tracks = self.context.library.track_count();
        if if_empty && tracks.is_ok_and(|count| count > 0) {
            return Ok(());
        }
        let summary = import::make_demo(&self.context, &self.control, self.output)?;
        self.embed_all()?;
        self.imported(&summary)
    }

    fn imported(&self, summary: &ImportSummary) -> Result<(), JobError> {
        let failures = self.context.library.failures().unwrap_or_default();
        let value = json!({
            "imported": summary.imported, "unchanged": summary.unchanged, "duplicates": summary.duplicates,
            "skipped": summary.skipped, "failed": summary.failed,
            "failures": failures.iter().map(|failure| json!({ "path": failure.path, "reason": failure.reason }))
                .collect::<Vec<Value>>(),
        });
        self.output.result(&value, || notice::import_summary(summary));
        // Every file failed and nothing is there: the command did not do what it was asked for.
        let useless = summary.failed > 0 && summary.imported + summary.unchanged + summary.duplicates == 0;
        if useless {
            return Err(JobError::Failed {
                doing: "Importing",
                reason: "none of the files could be read; each reason is given above".to_owned(),
            });
        }
        Ok(())
    }

    /// What an answer needs: every track embedded by the active model.
    fn embed_all(&self) -> Result<(), JobError> {
        models::embed(&self.context, None, self.device, &self.control, self.output).map(|_| ())
    }

    fn tracks(&self) -> Result<(), JobError> {
        let failed = |error: LibraryError| JobError::Failed { doing: "Reading the library", reason: error.to_string() };
        let tracks = self.context.library.tracks().map_err(failed)?;
        let origins: HashMap<TrackId, Origin> = self.context.library.origins().map_err(failed)?.into_iter().collect();
        let value = Value::Array(tracks.iter().map(|track| track_with_origin(track, origins.get(&track.id))).collect());
        self.output.result(&value, || tracks.iter().map(|track| format!("{}\n", track_line(track))).collect());
        Ok(())
    }

    fn train(&self, arguments: &TrainArguments) -> Result<(), JobError> {
        let spec = train::spec(arguments, self.settings);
        let outcome = models::train(&self.context, &spec, self.device, &self.control, self.output)?;
        models::activate(&self.context, &outcome.name)?;
        let mut value = json!(outcome);
        value["directory"] = json!(outcome.directory);
        self.output.result(&value, || train::summary(&outcome));
        Ok(())
    }

    fn models(&self, activate: Option<&str>) -> Result<(), JobError> {
        if let Some(name) = activate {
            self.context.model(Some(name))?;
            models::activate(&self.context, name)?;
        }
        let models = models::summaries(&self.context)?;
        let value = models.iter().map(|model| {
            json!({
                "name": model.name, "active": model.active, "bundled": model.bundled,
                "architecture": model.architecture, "encoding": model.encoding, "embedding": model.embedding,
                "encoding_accuracy": model.encoding_accuracy, "triplet_accuracy": model.triplet_accuracy,
                "retrieval": model.retrieval, "embedded": model.embedded,
            })
        });
        let value = Value::Array(value.collect());
        self.output.result(&value, || {
            let lines = models.iter().map(|model| {
                let score = |value: Option<f32>| {
                    value.map_or_else(|| "–".to_owned(), |value| format!("{:.1} %", value * 100.0))
                };
                format!(
                    "{} {:<28} {:<11} {:>3} → {:<3}   cosine {:>7}   triplets {:>7}   retrieval {:>7}   {} tracks embedded\n",
                    if model.active { "*" } else { " " },
                    model.name,
                    model.architecture,
                    model.encoding,
                    model.embedding,
                    score(model.encoding_accuracy),
                    score(model.triplet_accuracy),
                    score(model.retrieval),
                    model.embedded,
                )
            });
            lines.collect()
        });
        Ok(())
    }

    fn recommend(&self, arguments: &RecommendArguments) -> Result<(), JobError> {
        self.embed_all()?;
        let span = arguments.span.map_or(self.settings.span, Span::from);
        let (query, weights) = self.weighted_query(arguments)?;
        let spec = RecommendSpec {
            query,
            weights,
            metric: arguments.metric.map_or(self.settings.metric, Metric::from),
            top: arguments.top.unwrap_or(self.settings.top),
            per_artist: arguments.per_artist.unwrap_or(self.settings.per_artist),
            span,
            blend: self.settings.blend,
            filter: filter::of(&self.context, &arguments.filter)?,
            device: self.device,
        };
        let (found, file) = recommend::recommend(&self.context, &spec, &self.control, self.output)?;
        let explanations =
            if arguments.explain { self.explanations(&found, file.as_deref(), span)? } else { Vec::new() };
        if let Some(path) = &arguments.playlist {
            let tracks: Vec<TrackId> =
                found.seeds.iter().copied().chain(found.items.iter().map(|item| item.track)).collect();
            let name = tracks.first().map_or_else(String::new, |id| self.title(*id));
            playlists::write(&self.context, &name, &tracks, path, self.settings.relative_playlists)?;
        }
        let tracks: Vec<Track> =
            found.items.iter().map(|item| self.context.track(item.track)).collect::<Result<_, _>>()?;
        let rows = found.items.iter().zip(&tracks).enumerate();
        let results = rows.map(|(position, (item, track))| {
            let mut value = track_json(track);
            if let Some(value) = value.as_object_mut() {
                value.insert("rank".to_owned(), json!(position + 1));
                value.insert("distance".to_owned(), json!(item.distance));
                value.insert("distances".to_owned(), by_metric(&item.distances));
                value.insert("ranks".to_owned(), by_metric(&item.ranks));
                if let Some(explanation) = explanations.get(position) {
                    value.insert("explanation".to_owned(), explanation_json(explanation));
                }
            }
            value
        });
        let value = json!({
            "query": arguments.tracks, "seeds": found.seeds.iter().map(|id| id.0).collect::<Vec<_>>(),
            "weights": spec.weights, "metric": spec.metric.name(), "span": span.name(),
            "compared": found.compared, "filtered": found.filtered, "folded": found.folded.len(), "capped": found.capped,
            "took_ms": found.took.as_secs_f64() * 1e3, "results": results.collect::<Vec<Value>>(),
        });
        self.output.result(&value, || recommendation_lines(&found, &tracks, &explanations));
        Ok(())
    }

    /// The ways that are drawn over a map: tracks in a colour each, files as what is asked about.
    fn ways(&self, texts: &[String]) -> Result<MapWays, JobError> {
        let mut ways = MapWays::default();
        for text in texts {
            match recommend::query_of(&self.context, text)? {
                Query::Tracks(found) => ways.others.extend(found),
                Query::File(path) => {
                    let (file, _) = import::analyse_query(&self.context, &path, self.device, &self.control)?;
                    ways.files.push(file);
                }
            }
        }
        Ok(ways)
    }

    fn query(&self, texts: &[String]) -> Result<Query, JobError> {
        if let [text] = texts {
            return recommend::query_of(&self.context, text);
        }
        let mut tracks = Vec::new();
        for text in texts {
            match recommend::query_of(&self.context, text)? {
                Query::Tracks(found) => tracks.extend(found),
                Query::File(path) => {
                    return Err(JobError::Failed {
                        doing: "Searching",
                        reason: format!(
                            "a file outside the library can only ask alone; import it first: {}",
                            path.display()
                        ),
                    });
                }
            }
        }
        Ok(Query::Tracks(tracks))
    }

    /// The tracks asked about with a weight each; what is given without one weighs 1.
    fn weighted_query(&self, arguments: &RecommendArguments) -> Result<(Query, Vec<f32>), JobError> {
        let asked = arguments.tracks.iter().map(|text| (text.clone(), 1.0));
        let more = arguments.seed.iter().cloned();
        let less = arguments.less.iter().map(|(text, weight)| (text.clone(), -weight));
        let (texts, weights): (Vec<String>, Vec<f32>) = asked.chain(more).chain(less).unzip();
        if weights.iter().all(|weight| *weight == 0.0) {
            let reason = "every weight is 0, so nothing is asked about".to_owned();
            return Err(JobError::Failed { doing: "Searching", reason });
        }
        Ok((self.query(&texts)?, weights))
    }

    fn title(&self, id: TrackId) -> String {
        self.context.track(id).map(|track| track.title().to_owned()).unwrap_or_default()
    }

    fn explanations(
        &self,
        found: &Recommendations,
        file: Option<&FileQuery>,
        span: Span,
    ) -> Result<Vec<ExplanationOutput>, JobError> {
        let query = match (file, found.seeds.first()) {
            (Some(file), _) => ExplainQuery::File(Box::new(file.clone())),
            (None, Some(track)) => ExplainQuery::Track(*track),
            (None, None) => return Ok(Vec::new()),
        };
        let explain = |item: &Recommendation| {
            let spec = ExplainSpec { query: query.clone(), target: item.track, span };
            recommend::explain(&self.context, &spec)
        };
        found.items.iter().map(explain).collect()
    }

    fn neighbours(
        &self,
        metric: Metric,
        top: usize,
        span: Span,
        filter: &Filter,
        out: Option<&Path>,
    ) -> Result<(), JobError> {
        self.embed_all()?;
        let (context, control, output) = (&self.context, &self.control, self.output);
        let (found, rows) = if filter.is_open() {
            neighbours::of_all(context, metric, top, span, control, output)?
        } else {
            neighbours::of_all_filtered(context, metric, top, span, filter, control, output)?
        };
        match out {
            Some(path) => {
                export::neighbours(&found, &rows, path)?;
                let value = json!({ "out": path, "rows": rows.len(), "tracks": found.index.len() });
                self.output.result(&value, || format!("{}: {} rows", path.display(), rows.len()));
            }
            None => {
                let name = |id: TrackId| found.tracks().get(&id).map(|track| track.path.display().to_string());
                let value = rows.iter().map(|row| {
                    json!({
                        "query": name(row.query), "rank": row.rank, "neighbour": name(row.neighbour),
                        "distance": row.distance,
                    })
                });
                self.output.result(&Value::Array(value.collect()), || export::neighbours_text(&found, &rows));
            }
        }
        self.output.progress(Progress::default());
        Ok(())
    }
}
