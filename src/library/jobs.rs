//! Work that was asked for: what is under way survives the program, what ended is its history.

use rusqlite::{Row, Transaction};

use super::{Library, LibraryError, now};

/// Ended work that is remembered; older work is forgotten.
const REMEMBERED: i64 = 1_000;

/// How work stands, in the words of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// At work, or about to be.
    Waiting,
    Paused,
    Done,
    Failed,
    Cancelled,
    /// The program ended, and this is not taken up again by itself.
    Interrupted,
}

impl JobState {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Waiting, "waiting"),
        (Self::Paused, "paused"),
        (Self::Done, "done"),
        (Self::Failed, "failed"),
        (Self::Cancelled, "cancelled"),
        (Self::Interrupted, "interrupted"),
    ];

    /// The word of the database.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("waiting", |(_, name)| name)
    }

    /// Whether it is over.
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Paused)
    }
}

/// A piece of work that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    pub id: i64,
    /// What it is: "Import".
    pub title: String,
    /// What of: "3 folders". May be empty.
    pub about: String,
    /// What to do, as JSON; none where it cannot be taken up again.
    pub work: Option<String>,
    pub state: JobState,
    /// Times it was taken up.
    pub attempts: u32,
    /// Seconds since the Unix epoch, by a clock that may have been set since.
    pub asked_at: i64,
    pub ended_at: Option<i64>,
    /// Seconds at work, the last time.
    pub seconds: Option<f64>,
    /// What came of it, or why not.
    pub detail: String,
}

const COLUMNS: &str = "id, title, about, work, state, attempts, asked_at, ended_at, seconds, detail";

impl JobRecord {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let state: String = row.get(4)?;
        // The table's own check lets no other word in.
        let state =
            JobState::ALL.iter().find(|(_, name)| *name == state).map_or(JobState::Interrupted, |(state, _)| *state);
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            about: row.get(2)?,
            work: row.get(3)?,
            state,
            attempts: row.get(5)?,
            asked_at: row.get(6)?,
            ended_at: row.get(7)?,
            seconds: row.get(8)?,
            detail: row.get(9)?,
        })
    }
}

impl Library {
    /// Notes work that was asked for and gives its number. The same work, left by a program that ended, is taken up instead:
    /// its number is not among `under_way`.
    pub fn note_job(
        &self,
        title: &str,
        about: &str,
        work: Option<&str>,
        under_way: &[i64],
    ) -> Result<i64, LibraryError> {
        self.database.write(|transaction| {
            let left = match work {
                Some(work) => unfinished(transaction)?
                    .into_iter()
                    .find(|record| record.work.as_deref() == Some(work) && !under_way.contains(&record.id)),
                None => None,
            };
            if let Some(left) = left {
                let sql = "UPDATE jobs SET state = 'waiting', attempts = attempts + 1 WHERE id = ?1";
                transaction.prepare_cached(sql)?.execute([left.id])?;
                return Ok(left.id);
            }
            let sql = "INSERT INTO jobs (title, about, work, state, asked_at) VALUES (?1, ?2, ?3, 'waiting', ?4)";
            transaction.prepare_cached(sql)?.execute((title, about, work, now()))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Notes how work stands now.
    pub fn job_stands(&self, id: i64, state: JobState, seconds: Option<f64>, detail: &str) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let ended = state.has_ended().then(now);
            let sql =
                "UPDATE jobs SET state = ?2, ended_at = ?3, seconds = coalesce(?4, seconds), detail = ?5 WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute((id, state.name(), ended, seconds, detail))?;
            if state.has_ended() {
                let sql = "DELETE FROM jobs WHERE state NOT IN ('waiting', 'paused') AND id NOT IN \
                           (SELECT id FROM jobs ORDER BY id DESC LIMIT ?1)";
                transaction.prepare_cached(sql)?.execute([REMEMBERED])?;
            }
            Ok(())
        })
    }

    /// Work that was taken up again after a failure.
    pub fn job_tried_again(&self, id: i64, why: &str) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let sql = "UPDATE jobs SET attempts = attempts + 1, detail = ?2 WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute((id, why))?;
            Ok(())
        })
    }

    /// Work that a program which ended left undone, oldest first. What cannot be taken up again is marked so and not given.
    /// Asked once, before the first work of this program is noted.
    pub fn left_jobs(&self) -> Result<Vec<JobRecord>, LibraryError> {
        self.database.write(|transaction| {
            let sql = "UPDATE jobs SET state = 'interrupted', detail = 'Songline ended before this did' \
                       WHERE state IN ('waiting', 'paused') AND work IS NULL";
            transaction.prepare_cached(sql)?.execute([])?;
            unfinished(transaction)
        })
    }

    /// All that is remembered, the newest first.
    pub fn jobs(&self, limit: usize) -> Result<Vec<JobRecord>, LibraryError> {
        self.database.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?1");
            let mut all = connection.prepare_cached(&sql)?;
            let rows = all.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], JobRecord::read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets work that has ended.
    pub fn forget_jobs(&self) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction.prepare_cached("DELETE FROM jobs WHERE state NOT IN ('waiting', 'paused')")?.execute([])?;
            Ok(())
        })
    }
}

fn unfinished(transaction: &Transaction<'_>) -> Result<Vec<JobRecord>, LibraryError> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE state IN ('waiting', 'paused') ORDER BY id");
    let mut left = transaction.prepare_cached(&sql)?;
    let rows = left.query_map([], JobRecord::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_taken_up_and_keeps_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let import = library.note_job("Import", "1 folder", Some("a"), &[]).unwrap();
        let study = library.note_job("Study", "", None, &[import]).unwrap();
        library.job_stands(import, JobState::Paused, None, "").unwrap();
        drop(library);

        let library = Library::open(folder.path()).unwrap();
        let left = library.left_jobs().unwrap();
        assert_eq!(left.iter().map(|job| (job.id, job.state)).collect::<Vec<_>>(), [(import, JobState::Paused)]);
        assert_eq!(library.note_job("Import", "1 folder", Some("a"), &[]).unwrap(), import);
        // The same again, while the first is under way, is other work.
        let again = library.note_job("Import", "1 folder", Some("a"), &[import]).unwrap();
        assert_ne!(again, import);
        library.job_stands(import, JobState::Done, Some(2.5), "3 tracks imported").unwrap();
        let all = library.jobs(10).unwrap();
        let states: Vec<_> = all.iter().map(|job| (job.id, job.state, job.attempts)).collect();
        assert_eq!(
            states,
            [(again, JobState::Waiting, 1), (study, JobState::Interrupted, 1), (import, JobState::Done, 2)]
        );
        assert_eq!((all[2].seconds, all[2].detail.as_str()), (Some(2.5), "3 tracks imported"));
        library.forget_jobs().unwrap();
        assert_eq!(library.jobs(10).unwrap().len(), 1);
    }

    #[test]
    fn old_work_is_forgotten_and_what_is_under_way_never() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let under_way = library.note_job("Import", "", Some("w"), &[]).unwrap();
        // As many as are remembered, in one transaction for speed.
        library
            .database
            .write(|transaction| {
                for _ in 0..REMEMBERED {
                    let sql = "INSERT INTO jobs (title, about, state, asked_at) VALUES ('Import', '', 'done', 0)";
                    transaction.execute(sql, [])?;
                }
                Ok(())
            })
            .unwrap();
        let last = library.note_job("Import", "last", None, &[under_way]).unwrap();
        library.job_stands(last, JobState::Done, None, "").unwrap();
        let all = library.jobs(2_000).unwrap();
        assert_eq!(all.len() as i64, REMEMBERED + 1);
        assert_eq!((all[0].id, all[REMEMBERED as usize].id), (last, under_way));
    }
}
