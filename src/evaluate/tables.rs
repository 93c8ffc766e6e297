//! A report as tables: for the terminal, as Markdown and as CSV, and for the window to draw.

use super::alterations::Alteration;
use super::report::{Measure, MetricReport, Report, Score, SystemKind, SystemReport};

/// A table of texts. The first columns, as many as `names`, hold names and stand left; the others hold numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub title: String,
    /// What the numbers are, in one sentence.
    pub about: String,
    pub header: Vec<String>,
    pub names: usize,
    pub rows: Vec<Vec<String>>,
}

/// A number with three digits behind the point and no zero before it, as scores are written: ".563", "1.042".
pub fn number(value: f64) -> String {
    // A score read back from JSON may differ in its last bit, which must not decide between .412 and .413.
    let text = format!("{:.3}", (value * 1e9).round() / 1e9);
    match text.strip_prefix('-') {
        Some(rest) => format!("−{}", rest.strip_prefix('0').unwrap_or(rest)),
        None => text.strip_prefix('0').map_or(text.clone(), str::to_owned),
    }
}

fn or_dash(score: Option<&Score>, text: impl Fn(&Score) -> String) -> String {
    score.map_or_else(|| "–".to_owned(), text)
}

/// One measure of one label: a column of the tables.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    measure: Measure,
    label: String,
}

impl Asked {
    fn title(&self) -> String {
        match self.measure {
            Measure::Hubness => "hubness".to_owned(),
            Measure::Triplets => format!("triplets, {}", self.label),
            _ => format!("{} {}", self.label, self.measure.name()),
        }
    }

    /// The measure that stands for its label where there is room for one.
    fn is_chief(&self) -> bool {
        match self.measure {
            Measure::RecallAt1 | Measure::PrecisionAt5 | Measure::PrecisionAt10 | Measure::Hubness => true,
            Measure::ReciprocalRank
            | Measure::AveragePrecision
            | Measure::Triplets
            | Measure::RecordingAt1
            | Measure::Displacement => false,
        }
    }
}

/// Every measure of the report, in the order in which they come.
fn asked(report: &Report) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    let of_metrics = |system: &SystemReport| -> Vec<Score> {
        system.metrics.iter().flat_map(|metric| metric.scores.clone()).chain(system.triplets.clone()).collect()
    };
    for score in report.systems.iter().flat_map(of_metrics) {
        let new = Asked { measure: score.measure, label: score.label };
        if !asked.contains(&new) {
            asked.push(new);
        }
    }
    asked
}

/// Systems with their metrics, a row each: the place of the metric within its system too.
fn rows(report: &Report) -> impl Iterator<Item = (&SystemReport, usize, &MetricReport)> {
    report
        .systems
        .iter()
        .flat_map(|system| system.metrics.iter().enumerate().map(move |(place, metric)| (system, place, metric)))
}

/// All tables of a report. Tables with room for one metric of each system show `metric`, or the first where a system has
/// no such one.
pub fn tables(report: &Report, metric: &str) -> Vec<Table> {
    let mut tables = vec![all_scores(report), intervals(report)];
    tables.extend(robustness(report));
    tables.extend(by_style(report, metric));
    tables.extend(agreement(report));
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn header(first: &[&str], rest: impl Iterator<Item = String>) -> Vec<String> {
    first.iter().map(|name| (*name).to_owned()).chain(rest).collect()
}

/// The chance level of a measure: that of the first system that has it, for all are asked the same.
fn chance(report: &Report, asked: &Asked) -> Option<f64> {
    rows(report).find_map(|(system, place, _)| system.score(place, asked.measure, &asked.label)?.chance)
}

fn all_scores(report: &Report) -> Table {
    let asked = asked(report);
    let chances = asked.iter().map(|asked| chance(report, asked).map_or_else(|| "–".to_owned(), number));
    let mut lines = vec![header(&["expected by chance", ""], chances)];
    lines.extend(rows(report).map(|(system, place, metric)| {
        let values =
            asked.iter().map(|asked| or_dash(system.score(place, asked.measure, &asked.label), |s| number(s.value)));
        header(&[&system.name, &metric.metric], values)
    }));
    let mut counts = header(&["queries", ""], std::iter::empty());
    counts.extend(asked.iter().map(|asked| {
        let score = rows(report).find_map(|(system, place, _)| system.score(place, asked.measure, &asked.label));
        or_dash(score, |score| score.queries.to_string())
    }));
    lines.push(counts);
    Table {
        title: "Scores".to_owned(),
        about: "Higher is better, but for hubness, where 0 is even and above 1 a few tracks come up everywhere."
            .to_owned(),
        header: header(&["system", "metric"], asked.iter().map(Asked::title)),
        names: 2,
        rows: lines,
    }
}

fn intervals(report: &Report) -> Table {
    let asked: Vec<Asked> = asked(report).into_iter().filter(Asked::is_chief).collect();
    let lines = rows(report).map(|(system, place, metric)| {
        let values = asked.iter().map(|asked| or_dash(system.score(place, asked.measure, &asked.label), with_interval));
        header(&[&system.name, &metric.metric], values)
    });
    Table {
        title: "Intervals".to_owned(),
        about: "95 % bootstrap intervals over recordings.".to_owned(),
        header: header(&["system", "metric"], asked.iter().map(Asked::title)),
        names: 2,
        rows: lines.collect(),
    }
}

fn with_interval(score: &Score) -> String {
    format!("{} [{}, {}]", number(score.value), number(score.low), number(score.high))
}

fn robustness(report: &Report) -> Option<Table> {
    let of = |metric: &MetricReport, measure: Measure, alteration: Alteration| {
        let found = metric.robustness.iter().find(|score| score.measure == measure && score.label == alteration.name());
        found.map(|score| number(score.value))
    };
    let tried: Vec<Alteration> = Alteration::ALL
        .into_iter()
        .filter(|alteration| rows(report).any(|(_, _, metric)| of(metric, Measure::RecallAt1, *alteration).is_some()))
        .collect();
    let lines = rows(report).filter(|(_, _, metric)| !metric.robustness.is_empty()).map(|(system, _, metric)| {
        let values = tried.iter().map(|alteration| {
            let [recording, first, moved] = [Measure::RecordingAt1, Measure::RecallAt1, Measure::Displacement]
                .map(|measure| of(metric, measure, *alteration).unwrap_or_else(|| "–".to_owned()));
            format!("{recording} / {first} ({moved})")
        });
        header(&[&system.name, &metric.metric], values)
    });
    Some(Table {
        title: "Robustness".to_owned(),
        about: format!(
            "{} altered tracks among the originals: how often the nearest is the same recording / is the original itself, and in \
             brackets how far they moved as a share of the distance between tracks.",
            report.altered_tracks
        ),
        header: header(&["system", "metric"], tried.iter().map(|alteration| alteration.name().to_owned())),
        names: 2,
        rows: lines.collect(),
    })
    .filter(|_| !tried.is_empty())
}

/// The metric of that name, or the first.
fn chosen<'a>(system: &'a SystemReport, metric: &str) -> Option<&'a MetricReport> {
    system.metrics.iter().find(|found| found.metric == metric).or_else(|| system.metrics.first())
}

fn by_style(report: &Report, metric: &str) -> Vec<Table> {
    let measures = [(Measure::PrecisionAt10, "P@10"), (Measure::RecallAt1, "recording R@1")];
    let of = |(measure, title): (Measure, &str)| {
        let systems: Vec<(&SystemReport, &MetricReport)> =
            report.systems.iter().filter_map(|system| Some((system, chosen(system, metric)?))).collect();
        let (_, first) = systems.first()?;
        let lines = first.styles.iter().filter_map(|style| {
            let score = |metric: &MetricReport| {
                let styles = metric.styles.iter().find(|found| found.style == style.style)?;
                styles.scores.iter().find(|score| score.measure == measure).cloned()
            };
            let one = score(first)?;
            let values = systems.iter().map(|(_, metric)| or_dash(score(metric).as_ref(), |score| number(score.value)));
            let facts = [one.queries.to_string(), one.chance.map_or_else(|| "–".to_owned(), number)];
            Some(header(&[&style.style], facts.into_iter().chain(values)))
        });
        Some(Table {
            title: format!("By style: {title}"),
            about: "The queries of each style.".to_owned(),
            header: header(
                &["style", "queries", "chance"],
                systems.iter().map(|(system, metric)| match system.kind {
                    SystemKind::Baseline if system.metrics.len() == 1 => system.name.clone(),
                    _ => format!("{} {}", system.name, metric.metric),
                }),
            ),
            names: 1,
            rows: lines.collect(),
        })
    };
    measures.into_iter().filter_map(of).collect()
}

fn agreement(report: &Report) -> Option<Table> {
    let systems: Vec<&SystemReport> = report.systems.iter().filter(|system| !system.agreement.is_empty()).collect();
    let first = systems.first()?;
    let lines = systems.iter().map(|system| {
        let of = |a: &str, b: &str| {
            let found = system.agreement.iter().find(|agreement| agreement.a == a && agreement.b == b);
            found.map_or_else(|| "–".to_owned(), |agreement| number(agreement.spearman))
        };
        header(&[&system.name], first.agreement.iter().map(|pair| of(&pair.a, &pair.b)))
    });
    Some(Table {
        title: "Agreement of the metrics".to_owned(),
        about: "Spearman's rank correlation of two metrics, the mean over queries.".to_owned(),
        header: header(&["system"], first.agreement.iter().map(|pair| format!("{}/{}", pair.a, pair.b))),
        names: 1,
        rows: lines.collect(),
    })
}

/// Where the artists that are kept aside begin, which tells folds apart.
fn begin(report: &Report) -> String {
    match report.validation_from {
        0.0 => String::new(),
        from => format!(", from {:.0} % on", from * 100.0),
    }
}

/// What was evaluated, line by line.
pub fn facts(report: &Report) -> Vec<String> {
    let labels = report
        .labels
        .iter()
        .map(|label| format!("{} ({} values on {} tracks)", label.name, label.values, label.tracks));
    let mut lines = vec![
        format!(
            "{} tracks, {} view, seed {}, {} UTC, Songline {}, {:.1} s",
            report.tracks,
            report.span,
            report.seed,
            report.date(),
            report.program,
            report.seconds
        ),
        format!("Labels from {}: {}", report.labels_from, labels.collect::<Vec<_>>().join(", ")),
    ];
    if let Some(share) = report.validation_share {
        lines.push(format!(
            "Only artists that training keeps aside: {:.0} % of all by the hash of their names{}",
            share * 100.0,
            begin(report)
        ));
    }
    if !report.left_out_styles.is_empty() {
        lines.push(format!("Styles left out: {}", report.left_out_styles.join(", ")));
    }
    for system in &report.systems {
        let weights = system.weights.as_deref().map(|hash| format!("; weights {}", hash.get(..16).unwrap_or(hash)));
        lines.push(format!("{}: {}{}", system.name, system.about, weights.unwrap_or_default()));
    }
    lines.extend(report.not_run.iter().map(|not_run| format!("Not run: {}: {}", not_run.what, not_run.why)));
    lines.extend(report.notes.iter().cloned());
    lines
}

/// Earlier runs side by side, a row for each model or file of vectors in each: the chief measures under `metric`.
pub fn runs(reports: &[(i64, &Report)], metric: &str) -> Table {
    let mut all: Vec<Asked> = Vec::new();
    for (_, report) in reports {
        let chief = asked(report).into_iter().filter(Asked::is_chief);
        chief.for_each(|asked| {
            if !all.contains(&asked) {
                all.push(asked);
            }
        });
    }
    let lines = reports.iter().flat_map(|(id, report)| {
        let judged = report.systems.iter().filter(|system| system.kind != SystemKind::Baseline);
        let all = &all;
        judged.filter_map(move |system| {
            let place = system.metrics.iter().position(|found| found.metric == metric).unwrap_or(0);
            let metric = system.metrics.get(place)?;
            let weights = system.weights.as_deref().and_then(|hash| hash.get(..8)).unwrap_or("–");
            let tracks = match report.validation_share {
                Some(_) => format!("{} held out{}", report.tracks, begin(report)),
                None => report.tracks.to_string(),
            };
            // Whatever changes the questions is told, for such runs are not comparable.
            let labels = match report.left_out_styles.len() {
                0 => report.labels_from.clone(),
                count => format!("{}, {count} styles less", report.labels_from),
            };
            let facts = [labels, weights.to_owned(), tracks];
            let values =
                all.iter().map(|asked| or_dash(system.score(place, asked.measure, &asked.label), with_interval));
            Some(header(
                &[&id.to_string(), &report.date(), &system.name, &metric.metric],
                facts.into_iter().chain(values),
            ))
        })
    });
    Table {
        title: "Earlier runs".to_owned(),
        about: "Comparable where tracks and labels are the same.".to_owned(),
        header: header(
            &["run", "date", "system", "metric", "labels", "weights", "tracks"],
            all.iter().map(Asked::title),
        ),
        names: 5,
        rows: lines.collect(),
    }
}

/// A table for the terminal: columns aligned, headings broken into as many lines as they have words.
pub fn table_text(table: &Table) -> String {
    let headings: Vec<Vec<&str>> = table.header.iter().map(|name| words(name)).collect();
    let height = headings.iter().map(Vec::len).max().unwrap_or(0);
    let mut lines: Vec<Vec<&str>> = (0..height)
        .map(|line| {
            // Headings stand on the line, as numbers do.
            let word =
                |words: &Vec<&'_ str>| (line + words.len()).checked_sub(height).map(|word| words.len().min(word));
            headings.iter().map(|words| word(words).and_then(|word| words.get(word).copied()).unwrap_or("")).collect()
        })
        .collect();
    lines.extend(table.rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.header.len()).map(width).collect();
    let mut text = format!("{}\n{}\n", table.title, table.about);
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < table.names { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str("  ");
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The words of a heading, a line each; one of up to two letters stays with the one before, as in "at 20 dB".
fn words(heading: &str) -> Vec<&str> {
    let mut starts = vec![0];
    for (at, _) in heading.match_indices(' ') {
        let rest = &heading[at + 1..];
        let word = rest.split(' ').next().unwrap_or(rest);
        if word.chars().count() > 2 {
            starts.push(at + 1);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([heading.len()]);
    starts.iter().zip(ends).map(|(start, end)| heading[*start..end].trim_end()).collect()
}

/// A table as Markdown.
pub(super) fn table_markdown(table: &Table) -> String {
    let line = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
    };
    let rule = (0..table.header.len()).map(|column| if column < table.names { "|---" } else { "|---:" });
    let mut text =
        format!("## {}\n\n{}\n\n{}{}|\n", table.title, table.about, line(&table.header), rule.collect::<String>());
    table.rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

/// The whole report for the terminal.
pub fn text(report: &Report, metric: &str) -> String {
    let mut parts = vec![facts(report).join("\n") + "\n"];
    parts.extend(tables(report, metric).iter().map(table_text));
    parts.join("\n")
}

/// The whole report as Markdown.
pub fn markdown(report: &Report, metric: &str) -> String {
    let facts: String = facts(report).iter().map(|fact| format!("- {fact}\n")).collect();
    let mut parts = vec![format!("# Evaluation\n\n{facts}")];
    parts.extend(tables(report, metric).iter().map(table_markdown));
    parts.join("\n")
}

/// Every score as a line of CSV: system, metric, measure, label, value, low, high, chance, queries. Scores of the queries
/// of one style have "style: NAME" as their label in front; agreement has both metrics as its label.
///
/// # Errors
/// What the writer says.
pub fn csv(report: &Report, out: &mut dyn std::io::Write) -> Result<(), csv::Error> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["system", "metric", "measure", "label", "value", "low", "high", "chance", "queries"])?;
    let mut line = |system: &str, metric: &str, kind: &str, label: &str, score: &Score| {
        let chance = score.chance.map(|chance| chance.to_string()).unwrap_or_default();
        let numbers = [score.value, score.low, score.high].map(|value| value.to_string());
        let measure = format!("{kind}{}", score.measure.name());
        let [value, low, high] = &numbers;
        table.write_record([system, metric, &measure, label, value, low, high, &chance, &score.queries.to_string()])
    };
    for system in &report.systems {
        for metric in &system.metrics {
            for score in &metric.scores {
                line(&system.name, &metric.metric, "", &score.label, score)?;
            }
            for score in &metric.robustness {
                line(&system.name, &metric.metric, "robustness ", &score.label, score)?;
            }
            for style in &metric.styles {
                for score in &style.scores {
                    line(&system.name, &metric.metric, "", &format!("style: {}: {}", style.style, score.label), score)?;
                }
            }
        }
        for score in &system.triplets {
            line(&system.name, "", "", &score.label, score)?;
        }
    }
    for system in &report.systems {
        for agreement in &system.agreement {
            let label = format!("{} – {}", agreement.a, agreement.b);
            let value = agreement.spearman.to_string();
            table.write_record([&system.name, "", "spearman", &label, &value, "", "", "", ""])?;
        }
    }
    Ok(table.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_scores_are() {
        assert_eq!([0.5634, 1.0421, -0.25, 0.0, -1.5].map(number), [".563", "1.042", "−.250", ".000", "−1.500"]);
        // The neighbours of a number half way between two are written as it is.
        let half = 0.4125_f64;
        assert_eq!([half.next_down(), half, half.next_up()].map(number), [number(half), number(half), number(half)]);
    }

    #[test]
    fn headings_break_between_words_that_can_stand_alone() {
        assert_eq!(words("recording R@1"), ["recording", "R@1"]);
        assert_eq!(words("noise at 20 dB"), ["noise at 20 dB"]);
        assert_eq!(words("1 s shift"), ["1 s", "shift"]);
    }

    #[test]
    fn columns_stand_in_line_under_headings_of_any_height() {
        let text = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let table = Table {
            title: "T".to_owned(),
            about: "About.".to_owned(),
            header: text(&["system", "long heading"]),
            names: 1,
            rows: vec![text(&["é", ".5"]), text(&["longer name", "1.000"])],
        };
        let lines: Vec<String> = table_text(&table).lines().skip(2).map(str::to_owned).collect();
        assert_eq!(
            lines,
            ["                  long", "  system       heading", "  é                 .5", "  longer name    1.000"]
        );
    }
}
