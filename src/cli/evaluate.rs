//! `songline evaluate`.

use serde_json::{Value, json};

use super::args::EvaluateArguments;
use super::output::Output;
use crate::domain::{Control, DeviceChoice, Metric, Span};
use crate::evaluate::{runs, table_text, text};
use crate::jobs::message::{EvaluateSpec, JobError, TrainingSpec};
use crate::jobs::{Context, evaluate, models};
use crate::settings::Settings;

/// Evaluates, or lists earlier evaluations.
pub(super) fn run(
    context: &Context,
    arguments: &EvaluateArguments,
    settings: &Settings,
    device: DeviceChoice,
    control: &Control,
    output: &Output,
) -> Result<(), JobError> {
    let metric = arguments.metric.map_or(Metric::Mean, Metric::from);
    if arguments.list {
        return list(context, metric, output);
    }
    let share = arguments.validation_share.unwrap_or(TrainingSpec::default().validation_share);
    let (from, share) = arguments.validation_fold.map_or((0.0, share), |fold| (fold.from(), fold.share()));
    let models = match arguments.all_models {
        true => models::summaries(context)?.into_iter().map(|model| model.name).collect(),
        false => arguments.model.clone(),
    };
    let spec = EvaluateSpec {
        labels: arguments.labels.clone(),
        by: arguments.by.clone(),
        left_out_styles: arguments.leave_out_styles.clone(),
        models,
        vectors: arguments.vectors.clone(),
        span: arguments.span.map_or(settings.span, Span::from),
        seed: arguments.seed,
        validation_share: arguments.validation_only.then_some(share),
        validation_from: from,
        robustness: !arguments.no_robustness,
        published: arguments.published,
        device,
    };
    let (id, report) = evaluate::evaluate(context, &spec, control, output)?;
    let written = match &arguments.out {
        Some(folder) => evaluate::write(&report, metric, folder)?,
        None => Vec::new(),
    };
    let mut value = json!(report);
    value["run"] = json!(id);
    value["written"] = json!(written);
    output.result(&value, || {
        let mut lines = format!("Run {id}\n{}", text(&report, metric.name()));
        if let Some(folder) = &arguments.out {
            lines.push_str(&format!("\nWritten to {}\n", folder.display()));
        }
        lines
    });
    Ok(())
}

fn list(context: &Context, metric: Metric, output: &Output) -> Result<(), JobError> {
    let earlier = evaluate::earlier(context)?;
    let value = earlier.iter().map(|(id, report)| {
        let mut value = json!(report);
        value["run"] = json!(id);
        value
    });
    output.result(&Value::Array(value.collect()), || {
        if earlier.is_empty() {
            return "There are no evaluations yet: `songline evaluate` makes one.".to_owned();
        }
        let runs_of: Vec<_> = earlier.iter().map(|(id, report)| (*id, report)).collect();
        table_text(&runs(&runs_of, metric.name()))
    });
    Ok(())
}
