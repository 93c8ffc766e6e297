//! Listening sessions: what is played to a listener, who recommended it, and what they answered.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::{Library, LibraryError};
use crate::domain::{
    Answers, Chooser, ContentHash, ListeningPick, ListeningRecord, ListeningRound, ListeningSession, Metric, Question,
    Response, ScaledDistances, Span, Standing, TrackId,
};

/// A session that is to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewListening {
    pub listener: String,
    pub seed: u64,
    pub span: Span,
    /// Weights of mean, min, Fréchet and DTW in the blend.
    pub blend: [f32; 4],
    pub rounds: Vec<NewRound>,
}

/// A query, and what is played for it in that order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRound {
    pub query: TrackId,
    pub picks: Vec<NewPick>,
}

/// A recommendation with all who made it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPick {
    pub track: TrackId,
    /// Who recommended it, and at which place, from 1.
    pub credits: Vec<(Chooser, usize)>,
    pub distances: Vec<ScaledDistances>,
}

impl Library {
    /// Keeps a session that nobody has listened to yet; returns its number.
    pub fn add_listening(&self, new: &NewListening) -> Result<i64, LibraryError> {
        let blend = serde_json::to_string(&new.blend)?;
        self.database.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO listening_sessions (listener, seed, span, blend, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((&new.listener, new.seed.cast_signed(), new.span.name(), &blend, super::now()))?;
            let session = transaction.last_insert_rowid();
            for (position, round) in (1..).zip(&new.rounds) {
                add_round(transaction, session, position, round)?;
            }
            Ok(session)
        })
    }

    /// Every session, oldest first, as the listener meets it.
    pub fn listening_sessions(&self) -> Result<Vec<ListeningSession>, LibraryError> {
        self.database.read(|connection| {
            let mut sessions: Vec<ListeningSession> = connection
                .prepare_cached("SELECT id, listener, seed, created_at FROM listening_sessions ORDER BY id")?
                .query_map([], |row| {
                    Ok(ListeningSession {
                        id: row.get(0)?,
                        listener: row.get(1)?,
                        seed: row.get::<_, i64>(2)?.cast_unsigned(),
                        created_at: row.get(3)?,
                        rounds: Vec::new(),
                    })
                })?
                .collect::<Result<_, _>>()?;
            let places: HashMap<i64, usize> =
                sessions.iter().enumerate().map(|(place, session)| (session.id, place)).collect();
            let mut statement = connection.prepare_cached(
                "SELECT p.standing, p.vibe, p.style, p.enjoyed, p.known, p.id, p.track, r.id, r.session, r.query \
                 FROM listening_rounds AS r JOIN listening_picks AS p ON p.round = r.id \
                 ORDER BY r.session, r.position, p.position",
            )?;
            let mut rows = statement.query([])?;
            let mut last = None;
            while let Some(row) = rows.next()? {
                let (round, session): (i64, i64) = (row.get(7)?, row.get(8)?);
                let Some(place) = places.get(&session) else { continue };
                let rounds = &mut sessions[*place].rounds;
                if last.replace(round) != Some(round) {
                    rounds.push(ListeningRound { query: TrackId(row.get(9)?), picks: Vec::new() });
                }
                let pick = ListeningPick { id: row.get(5)?, track: TrackId(row.get(6)?), response: response(row)? };
                if let Some(round) = rounds.last_mut() {
                    round.picks.push(pick);
                }
            }
            Ok(sessions)
        })
    }

    /// Keeps what a listener said of recommendations, named by their numbers.
    pub fn keep_responses(&self, responses: &[(i64, Response)]) -> Result<(), LibraryError> {
        let now = super::now();
        self.database.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE listening_picks SET standing = ?2, vibe = ?3, style = ?4, enjoyed = ?5, known = ?6, \
                 answered_at = ?7 WHERE id = ?1",
            )?;
            for (pick, response) in responses {
                let [vibe, style, enjoyed, known] = Question::ALL.map(|question| response.answers.get(question));
                let standing = response.standing as i64;
                statement.execute((pick, standing, vibe, style, enjoyed, known, now))?;
            }
            Ok(())
        })
    }

    /// Every recommendation of every session with all that is known of it, in the order in which they are heard.
    pub fn listening_records(&self) -> Result<Vec<ListeningRecord>, LibraryError> {
        self.database.read(|connection| {
            let mut credits = credits(connection)?;
            let mut distances = distances(connection)?;
            let mut statement = connection.prepare_cached(
                "SELECT p.standing, p.vibe, p.style, p.enjoyed, p.known, p.id, p.track, p.position, p.answered_at, \
                 r.position, r.query, s.id, s.listener, s.seed, s.blend \
                 FROM listening_sessions AS s JOIN listening_rounds AS r ON r.session = s.id \
                 JOIN listening_picks AS p ON p.round = r.id ORDER BY s.id, r.position, p.position",
            )?;
            let rows = statement.query_map([], |row| {
                let id: i64 = row.get(5)?;
                let place = |column| row.get::<_, i64>(column).map(|value| usize::try_from(value).unwrap_or(0));
                let blend: String = row.get(14)?;
                Ok(ListeningRecord {
                    session: row.get(11)?,
                    listener: row.get(12)?,
                    seed: row.get::<_, i64>(13)?.cast_unsigned(),
                    // Written by `add_listening`; if damaged, the answers are good without it.
                    blend: serde_json::from_str(&blend).unwrap_or([1.0; 4]),
                    round: place(9)?,
                    position: place(7)?,
                    query: TrackId(row.get(10)?),
                    track: TrackId(row.get(6)?),
                    response: response(row)?,
                    answered_at: row.get(8)?,
                    credits: credits.remove(&id).unwrap_or_default(),
                    distances: distances.remove(&id).unwrap_or_default(),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn add_round(
    transaction: &rusqlite::Transaction<'_>,
    session: i64,
    position: i64,
    round: &NewRound,
) -> Result<(), LibraryError> {
    transaction
        .prepare_cached("INSERT INTO listening_rounds (session, position, query) VALUES (?1, ?2, ?3)")?
        .execute((session, position, round.query.0))?;
    let id = transaction.last_insert_rowid();
    for (position, pick) in (1_i64..).zip(&round.picks) {
        transaction
            .prepare_cached("INSERT INTO listening_picks (round, position, track) VALUES (?1, ?2, ?3)")?
            .execute((id, position, pick.track.0))?;
        let pick_id = transaction.last_insert_rowid();
        for (chooser, rank) in &pick.credits {
            let (model, weights, metric) = match chooser {
                Chooser::Chance => (None, None, None),
                Chooser::Model { name, weights, metric } => (Some(name), Some(weights.0), Some(metric.name())),
            };
            let rank = i64::try_from(*rank).unwrap_or(i64::MAX);
            transaction
                .prepare_cached(
                    "INSERT INTO listening_credits (pick, model, weights, metric, rank) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((pick_id, model, weights, metric, rank))?;
        }
        for distances in &pick.distances {
            let [mean, min, frechet, dtw] = distances.values.map(f64::from);
            transaction
                .prepare_cached(
                    "INSERT INTO listening_distances (pick, model, weights, mean, min, frechet, dtw) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute((pick_id, &distances.model, distances.weights.0, mean, min, frechet, dtw))?;
        }
    }
    Ok(())
}

/// The answers in the first five columns of a row.
fn response(row: &Row<'_>) -> rusqlite::Result<Response> {
    let mut answers = Answers::default();
    for (column, question) in (1..).zip(Question::ALL) {
        answers.set(question, row.get(column)?);
    }
    let standing = match row.get::<_, i64>(0)? {
        0 => Standing::Open,
        1 => Standing::Answered,
        _ => Standing::Skipped,
    };
    Ok(Response { answers, standing })
}

type ByPick<T> = HashMap<i64, Vec<T>>;

fn credits(connection: &Connection) -> Result<ByPick<(Chooser, usize)>, LibraryError> {
    let mut statement = connection
        .prepare_cached("SELECT pick, model, weights, metric, rank FROM listening_credits ORDER BY pick, rowid")?;
    let mut rows = statement.query([])?;
    let mut credits: ByPick<(Chooser, usize)> = HashMap::new();
    while let Some(row) = rows.next()? {
        let name: Option<String> = row.get(3)?;
        let metric = name.and_then(|name| Metric::ALL.into_iter().find(|metric| metric.name() == name));
        let chooser = match (row.get::<_, Option<String>>(1)?, row.get::<_, Option<[u8; 32]>>(2)?, metric) {
            (Some(name), Some(weights), Some(metric)) => Chooser::Model { name, weights: ContentHash(weights), metric },
            (None, None, None) => Chooser::Chance,
            // A metric that a later version knows.
            _ => continue,
        };
        let rank = usize::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
        credits.entry(row.get(0)?).or_default().push((chooser, rank));
    }
    Ok(credits)
}

fn distances(connection: &Connection) -> Result<ByPick<ScaledDistances>, LibraryError> {
    let mut statement = connection.prepare_cached(
        "SELECT pick, model, weights, mean, min, frechet, dtw FROM listening_distances ORDER BY pick, model",
    )?;
    let mut rows = statement.query([])?;
    let mut distances: ByPick<ScaledDistances> = HashMap::new();
    while let Some(row) = rows.next()? {
        let value = |column| row.get::<_, f64>(column).map(|value| value as f32);
        let values = [value(3)?, value(4)?, value(5)?, value(6)?];
        let scaled = ScaledDistances { model: row.get(1)?, weights: ContentHash(row.get(2)?), values };
        distances.entry(row.get(0)?).or_default().push(scaled);
    }
    Ok(distances)
}
