//! What commands say of tracks and recommendations, for people and as JSON.

use serde_json::{Value, json};

use crate::domain::{Metric, Origin, Track};
use crate::jobs::message::{ExplanationOutput, Recommendations};
use crate::similarity::{coupling, nearest_points};

/// A track with where its sound comes from.
pub(super) fn track_with_origin(track: &Track, origin: Option<&Origin>) -> Value {
    let mut value = track_json(track);
    value["origin"] = json!(origin.map(|origin| json!({
        "source": origin.source, "licence": origin.licence, "trainable": origin.trainable,
    })));
    value
}

pub(super) fn track_json(track: &Track) -> Value {
    json!({
        "id": track.id.0, "path": track.path, "title": track.title(), "artist": track.tags.artist,
        "album": track.tags.album, "genre": track.tags.genre, "year": track.tags.year,
        "duration_s": track.duration_s, "segments": track.segments, "preview_start": track.preview_start,
        "tempo": track.tempo, "key": track.key.map(|key| key.to_string()),
        "camelot": track.key.map(|key| key.camelot()), "loudness_lufs": track.loudness,
        "damaged_packets": track.damaged_packets,
    })
}

pub(super) fn track_line(track: &Track) -> String {
    let genre = track.tags.genre.as_deref().unwrap_or("–");
    format!("{:>6}  {:>7.1} s  {:<16}  {} – {}", track.id.0, track.duration_s, genre, track.artist(), track.title())
}

pub(super) fn by_metric<T: serde::Serialize>(values: &[T; 5]) -> Value {
    Metric::ALL.iter().zip(values).map(|(metric, value)| (metric.name().to_owned(), json!(value))).collect()
}

pub(super) fn explanation_json(output: &ExplanationOutput) -> Value {
    let grid = output.grid;
    let explanation = &output.explanation;
    let (query, target) = (output.query_offset + explanation.best.0, output.target_offset + explanation.best.1);
    let seconds = |pairs: Vec<(usize, usize)>| -> Vec<Value> {
        let start = |(a, b): (usize, usize)| {
            let (a_s, b_s) = (grid.start_s(output.query_offset + a), grid.start_s(output.target_offset + b));
            json!({ "query": a, "target": b, "query_start_s": a_s, "target_start_s": b_s })
        };
        pairs.into_iter().map(start).collect()
    };
    // The mean sets no segment against another.
    let alignments = json!({
        "min": seconds(nearest_points(explanation).into_iter().enumerate().collect()),
        "frechet": seconds(coupling(explanation).pairs), "dtw": seconds(explanation.path.clone()),
    });
    json!({
        "query_start_s": grid.start_s(query), "target_start_s": grid.start_s(target), "length_s": grid.length_s(),
        "distance": explanation.best_distance, "path": explanation.path, "alignments": alignments,
    })
}

pub(super) fn recommendation_lines(
    found: &Recommendations,
    tracks: &[Track],
    explanations: &[ExplanationOutput],
) -> String {
    let mut text = format!("{:>4}  {:>9}  {:<24}  title\n", "rank", "distance", "mean min Fréchet DTW blend");
    for (position, (item, track)) in found.items.iter().zip(tracks).enumerate() {
        let ranks = item.ranks.map(|rank| if rank == 0 { "–".to_owned() } else { rank.to_string() }).join(" ");
        text.push_str(&format!(
            "{:>4}  {:>9.4}  {ranks:<26}  {} – {}\n",
            position + 1,
            item.distance,
            track.artist(),
            track.title()
        ));
        if let Some(output) = explanations.get(position) {
            let best = output.explanation.best;
            text.push_str(&format!(
                "      nearest: {:.0} s of the query and {:.0} s here, {:.4} apart\n",
                output.grid.start_s(output.query_offset + best.0),
                output.grid.start_s(output.target_offset + best.1),
                output.explanation.best_distance,
            ));
        }
    }
    text.push_str(&format!("compared with {} tracks in {:.1} ms", found.compared, found.took.as_secs_f64() * 1e3));
    if found.filtered > 0 {
        text.push_str(&format!(", {} left out by the filter", found.filtered));
    }
    if !found.folded.is_empty() {
        text.push_str(&format!(", {} other versions folded away", found.folded.len()));
    }
    if found.capped > 0 {
        text.push_str(&format!(", {} more of the same artists left out", found.capped));
    }
    text.push('\n');
    text
}
