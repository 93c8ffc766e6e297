//! The figures of runs: kept as CSV, and drawn as the table and the plot of `docs/search.md`.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// What one metric took on one catalogue.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Figure {
    pub data: String,
    pub tracks: usize,
    pub metric: String,
    pub cpu_half_ms: f64,
    pub slowest_ms: f64,
    pub wall_ms: f64,
    pub first_ms: f64,
    pub plain_ms: f64,
    /// One line a stage of the search.
    pub stage: String,
    pub seen: usize,
    pub left: usize,
}

const FILE: &str = "search.csv";
const METRICS: [&str; 5] = ["mean", "min", "frechet", "dtw", "blend"];
const DATA: [&str; 4] = ["clustered", "corpus", "slow", "worst"];
/// Between these lines of the document stands what is written here.
const MARKS: [&str; 2] = ["<!-- figures -->", "<!-- end of figures -->"];

/// Writes the figures of a run into a folder.
pub fn write(figures: &[Figure], folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut table = csv::Writer::from_path(folder.join(FILE))?;
    figures.iter().try_for_each(|figure| table.serialize(figure))?;
    table.flush()?;
    std::fs::write(folder.join("search.svg"), plot(figures))
}

/// Reads the figures of earlier runs.
pub fn read(folder: &Path) -> io::Result<Vec<Figure>> {
    Ok(csv::Reader::from_path(folder.join(FILE))?.deserialize().collect::<Result<_, _>>()?)
}

/// Puts the table into the document and the plot beside it.
pub fn publish(figures: &[Figure], document: &Path) -> io::Result<()> {
    let text = std::fs::read_to_string(document)?;
    let around = text.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = around.ok_or_else(|| io::Error::other("the document has no place for figures"))?;
    std::fs::write(document, format!("{before}{}\n{}\n{}{after}", MARKS[0], table(figures), MARKS[1]))?;
    std::fs::write(document.with_extension("svg"), plot(figures))
}

fn of<'a>(figures: &'a [Figure], data: &str, tracks: usize, metric: &str) -> Option<&'a Figure> {
    figures.iter().find(|figure| figure.data == data && figure.tracks == tracks && figure.metric == metric)
}

fn sizes(figures: &[Figure], data: &str) -> Vec<usize> {
    let mut sizes: Vec<usize> =
        figures.iter().filter(|figure| figure.data == data).map(|figure| figure.tracks).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn thousands(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", thousands(number / 1_000), number % 1_000) }
}

fn milliseconds(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { thousands(value.round() as usize) }
}

fn table(figures: &[Figure]) -> String {
    let mut text = String::from(
        "| data | tracks | mean | min | Fréchet | DTW | blend | all: mean, min, Fréchet, DTW |\n|---|---|---|---|---|---|---|---|\n",
    );
    for data in DATA {
        for tracks in sizes(figures, data) {
            let cell = |metric| {
                of(figures, data, tracks, metric).map_or_else(|| "–".to_owned(), |f| milliseconds(f.cpu_half_ms))
            };
            let plain = |metric| of(figures, data, tracks, metric).map(|f| milliseconds(f.plain_ms));
            let cells: Vec<String> = METRICS.into_iter().map(cell).collect();
            let all: Vec<String> = METRICS[..4].iter().filter_map(|metric| plain(metric)).collect();
            let _ = writeln!(text, "| {data} | {} | {} | {} |", thousands(tracks), cells.join(" | "), all.join(", "));
        }
    }
    let Some(most) = figures.iter().map(|figure| figure.tracks).max() else { return text };
    let _ = writeln!(text, "\nTracks left after each stage, of {}:\n", thousands(most));
    text.push_str("| data | metric | left after |\n|---|---|---|\n");
    for data in ["clustered", "worst"] {
        for metric in METRICS {
            let stages: Vec<String> = figures
                .iter()
                .filter(|f| f.data == data && f.tracks == most && f.metric == metric && f.stage != "full precision")
                .map(|f| format!("{} {:.3} %", f.stage, 100.0 * f.left as f64 / f.tracks as f64))
                .collect();
            if !stages.is_empty() {
                let _ = writeln!(text, "| {data} | {metric} | {} |", stages.join(", "));
            }
        }
    }
    text
}

/// Cost against size, both in powers of ten, a line a metric; what is made to be worst in dashes.
fn plot(figures: &[Figure]) -> String {
    const COLOURS: [&str; 5] = ["#3465a4", "#4e9a06", "#c4a000", "#a40000", "#75507b"];
    let x = |tracks: usize| 70.0 + 250.0 * ((tracks.max(1) as f64).log10() - 3.8);
    let y = |ms: f64| 330.0 - 70.0 * (ms.max(0.1).log10() + 1.0);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 780 400\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"780\" height=\"400\" fill=\"white\"/>\n",
    );
    for (power, label) in [(0.1, "0.1 ms"), (1.0, "1 ms"), (10.0, "10 ms"), (100.0, "100 ms"), (1_000.0, "1 s")] {
        let _ = writeln!(
            svg,
            "<path d=\"M70 {0:.0}H660\" stroke=\"#ccc\"/><text x=\"10\" y=\"{0:.0}\">{label}</text>",
            y(power)
        );
    }
    for tracks in [10_000, 100_000, 1_090_000] {
        let _ = writeln!(svg, "<text x=\"{:.0}\" y=\"350\" text-anchor=\"middle\">{tracks}</text>", x(tracks));
    }
    for (metric, colour) in METRICS.iter().zip(COLOURS) {
        for (data, dash) in [("clustered", ""), ("slow", "10 2 2 2"), ("corpus", "2 3"), ("worst", "7 4")] {
            let points: Vec<(f64, f64)> = sizes(figures, data)
                .into_iter()
                .filter_map(|tracks| Some((x(tracks), y(of(figures, data, tracks, metric)?.cpu_half_ms))))
                .collect();
            let Some((last_x, last_y)) = points.last() else { continue };
            let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/><text x=\"{last_x:.1}\" y=\"{last_y:.1}\" fill=\"{colour}\"> {metric}, {data}</text>",
                line.join(" ")
            );
        }
    }
    svg.push_str(
        "<text x=\"70\" y=\"385\">Milliseconds of processor time over two threads against tracks</text></svg>\n",
    );
    svg
}
