//! What may be recommended, through the work that the window and the command line ask for.

use std::sync::{Arc, Mutex};

use songline::domain::{Control, DeviceChoice, Filter, Key, KeyRule, Metric, Progress, Span, TempoRange, TrackId};
use songline::jobs::message::{JobError, Partial, Query, RecommendSpec, Recommendations};
use songline::jobs::{Context, Report, Silent, filter, neighbours, recommend};
use songline::library::{Library, LibraryError};

use crate::support::*;

const TRACKS: u64 = 60;

/// Tracks of ten tempos, seven keys and two genres, all embedded by the active model.
fn filled() -> (tempfile::TempDir, Context, Vec<TrackId>) {
    let (folder, library) = library();
    library.register_model(&model("m", 1)).unwrap();
    library.set_active_model("m").unwrap();
    let add = |seed: u64| {
        let mut track = new_track(format!("/{seed}"), seed);
        track.tempo = (seed % 10 != 9).then_some(60.0 + 10.0 * (seed % 10) as f32);
        track.key = Key::from_index((seed % 7) as u8).filter(|_| seed % 7 != 6);
        track.tags.genre = Some(if seed.is_multiple_of(2) { " house " } else { "Drone" }.to_owned());
        library.add_track(track, &spectrogram(seed, 600), &waveform(seed), None).unwrap().id()
    };
    let ids: Vec<TrackId> = (0..TRACKS).map(add).collect();
    let all: Vec<_> = ids.iter().zip(0..).map(|(id, seed)| (*id, trajectory(seed, 5))).collect();
    library.put_trajectories("m", &all).unwrap();
    (folder, Context::new(Arc::new(library)), ids)
}

fn spec(query: TrackId, metric: Metric, filter: Filter) -> RecommendSpec {
    RecommendSpec {
        query: Query::Tracks(vec![query]),
        weights: Vec::new(),
        metric,
        top: 100,
        per_artist: 0,
        span: Span::Whole,
        blend: [1.0; 4],
        filter,
        device: DeviceChoice::Cpu,
    }
}

fn ask(context: &Context, query: TrackId, metric: Metric, filter: Filter) -> Recommendations {
    recommend::recommend(context, &spec(query, metric, filter), &Control::default(), &Silent).unwrap().0
}

fn tracks(found: &Recommendations) -> Vec<(TrackId, f32)> {
    found.items.iter().map(|item| (item.track, item.distance)).collect()
}

#[test]
fn a_filtered_answer_is_the_whole_one_without_what_does_not_pass() {
    let (_folder, context, ids) = filled();
    let query = ids[8];
    let keys = [context.track(query).unwrap().key.unwrap()];
    let tempo = |from, to, half_double| Some(TempoRange { from, to, half_double });
    let filters = [
        Filter { tempo: tempo(60.0, 80.0, false), ..Filter::default() },
        Filter { tempo: tempo(120.0, 140.0, true), ..Filter::default() },
        Filter { key: KeyRule::Same, ..Filter::default() },
        Filter { key: KeyRule::Compatible, ..Filter::default() },
        Filter { genre: "House".to_owned(), ..Filter::default() },
        Filter { words: "DRONE title".to_owned(), ..Filter::default() },
        Filter { not: ids[20..45].to_vec(), ..Filter::default() },
        Filter {
            tempo: tempo(60.0, 100.0, false),
            key: KeyRule::Compatible,
            genre: "HOUSE".to_owned(),
            ..Filter::default()
        },
        Filter { words: "nowhere".to_owned(), ..Filter::default() },
    ];
    for metric in Metric::ALL {
        let whole = ask(&context, query, metric, Filter::default());
        assert_eq!((whole.compared, whole.filtered), (59, 0));
        for filter in &filters {
            let lets = |id: &TrackId| filter.lets(&context.track(*id).unwrap(), &keys);
            let expected: Vec<_> = tracks(&whole).into_iter().filter(|(id, _)| lets(id)).collect();
            let found = ask(&context, query, metric, filter.clone());
            assert_eq!(tracks(&found), expected, "{} {filter:?}", metric.name());
            assert_eq!((found.compared, found.compared + found.filtered), (expected.len(), 59));
        }
    }
}

#[test]
fn a_hidden_track_is_recommended_by_nobody_until_it_is_taken_back() {
    let (_folder, context, ids) = filled();
    let whole = ask(&context, ids[0], Metric::Mean, Filter::default());
    let best = whole.items[0].track;
    assert_eq!(filter::hide(&context, &[best, ids[0]], true).unwrap(), {
        let mut hidden = vec![best, ids[0]];
        hidden.sort();
        hidden
    });
    let found = ask(&context, ids[0], Metric::Mean, Filter::default());
    assert_eq!(tracks(&found), tracks(&whole)[1..], "the query itself may be hidden, and is asked about all the same");
    assert_eq!((found.compared, found.filtered), (58, 1));
    let reopened = Library::open(context.library.root()).unwrap();
    assert_eq!(reopened.hidden().unwrap().len(), 2, "it is kept");
    assert!(matches!(
        context.library.set_hidden(&[ids[3], TrackId(999)], true),
        Err(LibraryError::NoTrack(TrackId(999)))
    ));
    assert_eq!(context.library.hidden().unwrap().len(), 2, "all or none");
    filter::hide(&context, &[best], true).unwrap();
    assert_eq!(filter::hide(&context, &[best, ids[0]], false).unwrap(), []);
    assert_eq!(tracks(&ask(&context, ids[0], Metric::Mean, Filter::default())), tracks(&whole));
}

#[derive(Default)]
struct Heard(Mutex<Vec<Arc<Recommendations>>>);

impl Report for Heard {
    fn progress(&self, _: Progress) {}
    fn warning(&self, _: String) {}
    fn partial(&self, partial: Partial) {
        if let Partial::FirstResults(answer) = partial {
            self.0.lock().unwrap().push(answer);
        }
    }
}

#[test]
fn kept_neighbours_are_shown_first_and_only_while_they_hold() {
    let (_folder, context, ids) = filled();
    let first = |metric, filter: Filter| {
        let heard = Heard::default();
        let spec = RecommendSpec { top: 5, ..spec(ids[4], metric, filter) };
        let (answer, _) = recommend::recommend(&context, &spec, &Control::default(), &heard).unwrap();
        (heard.0.into_inner().unwrap(), answer)
    };
    assert!(first(Metric::Dtw, Filter::default()).0.is_empty(), "a small library has no first answer of its own");
    assert_eq!(neighbours::kept(&context, Span::Whole).unwrap(), []);
    neighbours::keep(&context, Metric::Dtw, Span::Whole, &Control::default(), &Silent).unwrap();
    let kept = neighbours::kept(&context, Span::Whole).unwrap();
    assert_eq!((kept.len(), kept[0].metric, kept[0].top, kept[0].done, kept[0].of), (1, Metric::Dtw, 50, 60, 60));
    assert!(kept[0].is_whole());
    for filter in [Filter::default(), Filter { genre: "house".to_owned(), ..Filter::default() }] {
        let (heard, answer) = first(Metric::Dtw, filter);
        assert!(heard.len() == 1 && !heard[0].exact && answer.exact);
        assert_eq!(tracks(&heard[0]), tracks(&answer));
        assert_eq!(heard[0].items[0].distances[..4], answer.items[0].distances[..4]);
    }
    assert!(first(Metric::Min, Filter::default()).0.is_empty(), "those of another metric are not kept");
    // One track embedded anew: what was kept is of another library.
    context.library.put_trajectories("m", &[(ids[9], trajectory(500, 5))]).unwrap();
    assert!(first(Metric::Dtw, Filter::default()).0.is_empty());
    let kept = neighbours::kept(&context, Span::Whole).unwrap();
    assert_eq!((kept[0].done, kept[0].of), (0, 0));
    neighbours::keep(&context, Metric::Dtw, Span::Whole, &Control::default(), &Silent).unwrap();
    let (heard, answer) = first(Metric::Dtw, Filter::default());
    assert_eq!(tracks(&heard[0]), tracks(&answer));
    // Another model's neighbours are its own.
    context.library.register_model(&model("other", 2)).unwrap();
    context.library.set_active_model("other").unwrap();
    assert_eq!(neighbours::kept(&context, Span::Whole).unwrap(), []);
}

#[test]
fn neighbours_under_a_filter_are_those_of_each_track_alone() {
    let (_folder, context, ids) = filled();
    let filter = Filter { key: KeyRule::Compatible, not: vec![ids[2]], ..Filter::default() };
    let (_, rows) =
        neighbours::of_all_filtered(&context, Metric::Min, 4, Span::Whole, &filter, &Control::default(), &Silent)
            .unwrap();
    for id in &ids {
        let found = ask(&context, *id, Metric::Min, filter.clone());
        let expected: Vec<_> = tracks(&found).into_iter().take(4).collect();
        let rows: Vec<_> =
            rows.iter().filter(|row| row.query == *id).map(|row| (row.neighbour, row.distance)).collect();
        assert_eq!(rows, expected);
    }
    let control = Control::default();
    control.cancel();
    let cancelled = neighbours::of_all_filtered(&context, Metric::Min, 4, Span::Whole, &filter, &control, &Silent);
    assert!(matches!(cancelled, Err(JobError::Cancelled)));
}

#[test]
fn an_index_is_opened_again_only_when_tracks_or_trajectories_changed() {
    let (_folder, context, ids) = filled();
    let model = context.active_model().unwrap();
    let open = || context.index(&model, Span::Whole).unwrap();
    let before = open();
    assert!(Arc::ptr_eq(&before, &open()));
    context.library.set_hidden(&[ids[0]], true).unwrap();
    assert!(Arc::ptr_eq(&before, &open()), "other facts do not matter");
    let beside = Library::open(context.library.root()).unwrap();
    beside.put_trajectories("m", &[(ids[1], trajectory(77, 3))]).unwrap();
    let after = open();
    assert!(!Arc::ptr_eq(&before, &after), "another process embedded");
    assert_eq!(after.index.trajectory(ids[1]).unwrap().len(), 3);
    add(&beside, "/new", 900);
    assert!(!Arc::ptr_eq(&after, &open()), "another process imported");
}
