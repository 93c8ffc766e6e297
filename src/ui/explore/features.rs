//! How Spotify's audio features of a recommendation differ from the query's, where the catalogue knows both.

use crate::domain::{AudioFeatures, Feature, TrackId};
use crate::state::AppState;

/// Short names, in the order of [`Feature::ALL`].
const SHORT: [&str; 7] = ["val", "en", "mode", "ac", "dance", "instr", "bpm"];

/// Both tracks' features; `None` where one of them is not in the catalogue.
fn both(state: &AppState, target: TrackId) -> Option<(&AudioFeatures, &AudioFeatures)> {
    let query = state.selected().filter(|_| state.query.file.is_none())?;
    Some((state.spotify.features.get(&query)?, state.spotify.features.get(&target)?))
}

/// All seven in one line: `val +.12 · en −.05 · …`.
pub fn line(state: &AppState, target: TrackId) -> Option<String> {
    let (query, target) = both(state, target)?;
    let parts = Feature::ALL.iter().zip(SHORT).filter_map(|(feature, short)| {
        let difference = feature.difference(query, target)?;
        Some(format!("{short} {}", signed(*feature, difference)))
    });
    Some(parts.collect::<Vec<_>>().join(" · "))
}

/// Name and difference of each, for a table.
pub fn rows(state: &AppState, target: TrackId) -> Vec<(&'static str, String)> {
    let Some((query, target)) = both(state, target) else { return Vec::new() };
    let row = |feature: &Feature| Some((feature.name(), signed(*feature, feature.difference(query, target)?)));
    Feature::ALL.iter().filter_map(row).collect()
}

fn signed(feature: Feature, difference: f64) -> String {
    match feature {
        Feature::Tempo => format!("{difference:+.0}"),
        Feature::Mode => match difference {
            0.0 => "same".to_owned(),
            up if up > 0.0 => "to major".to_owned(),
            _ => "to minor".to_owned(),
        },
        _ => format!("{difference:+.2}"),
    }
    .replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign_and_modes_have_words() {
        assert_eq!(signed(Feature::Valence, -0.053), "−0.05");
        assert_eq!(signed(Feature::Tempo, 4.4), "+4");
        assert_eq!(
            (signed(Feature::Mode, 0.0), signed(Feature::Mode, -1.0)),
            ("same".to_owned(), "to minor".to_owned())
        );
    }
}
