//! Which of the heavy jobs is at work: one at a time, the one that matters most.
//!
//! Heavy jobs keep every core busy, so two at once would only make both late. The others wait, or step aside at their next
//! checkpoint and go on later where they were.

use std::cmp::Reverse;

use crate::jobs::message::JobId;

/// A heavy job, waiting or at work.
#[derive(Debug, Clone, Copy)]
struct Entry {
    id: JobId,
    /// The higher, the sooner.
    urgency: u8,
    /// When it was asked to be the first: the higher, the later. 0 where it was not.
    preferred: u32,
    paused: bool,
    /// It waits before it tries again, and needs no processor.
    rests: bool,
    /// What was last told of it.
    told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    AtWork,
    Behind(JobId),
}

/// What has to happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It may work: it begins, or goes on.
    Work(JobId),
    /// It waits until the other one is out of its way.
    Wait { id: JobId, behind: JobId },
}

/// The heavy jobs, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Line {
    entries: Vec<Entry>,
    preferred: u32,
    at_work: Option<JobId>,
}

impl Line {
    pub(super) fn add(&mut self, id: JobId, urgency: u8) {
        self.entries.push(Entry { id, urgency, preferred: 0, paused: false, rests: false, told: Told::Nothing });
    }

    pub(super) fn remove(&mut self, id: JobId) {
        self.entries.retain(|entry| entry.id != id);
    }

    pub(super) fn pause(&mut self, id: JobId, paused: bool) {
        self.change(id, |entry| entry.paused = paused);
    }

    pub(super) fn rest(&mut self, id: JobId, rests: bool) {
        self.change(id, |entry| entry.rests = rests);
    }

    /// Puts a job before all others.
    pub(super) fn prefer(&mut self, id: JobId) {
        self.preferred += 1;
        let preferred = self.preferred;
        self.change(id, |entry| entry.preferred = preferred);
    }

    /// The job that may work.
    pub(super) fn at_work(&self) -> Option<JobId> {
        self.at_work
    }

    /// Chooses the job that may work, and gives what has changed since the last time.
    pub(super) fn arrange(&mut self) -> Vec<Change> {
        let ready = self.entries.iter().enumerate().filter(|(_, entry)| !entry.paused && !entry.rests);
        let first = ready.max_by_key(|(place, entry)| (entry.preferred, entry.urgency, Reverse(*place)));
        self.at_work = first.map(|(_, entry)| entry.id);
        let mut changes = Vec::new();
        for entry in &mut self.entries {
            let tell = match self.at_work {
                _ if entry.paused || entry.rests => Told::Nothing,
                None => Told::Nothing,
                Some(first) if first == entry.id => Told::AtWork,
                Some(first) => Told::Behind(first),
            };
            if tell != entry.told {
                entry.told = tell;
                match tell {
                    Told::AtWork => changes.push(Change::Work(entry.id)),
                    Told::Behind(behind) => changes.push(Change::Wait { id: entry.id, behind }),
                    Told::Nothing => {}
                }
            }
        }
        changes
    }

    fn change(&mut self, id: JobId, how: impl Fn(&mut Entry)) {
        self.entries.iter_mut().filter(|entry| entry.id == id).for_each(how);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IMPORT: JobId = JobId(1);
    const TRAIN: JobId = JobId(2);
    const MAP: JobId = JobId(3);

    #[test]
    fn the_most_urgent_works_and_the_others_go_on_when_it_is_done() {
        let mut line = Line::default();
        line.add(TRAIN, 1);
        assert_eq!(line.arrange(), [Change::Work(TRAIN)]);
        line.add(IMPORT, 2);
        assert_eq!(line.arrange(), [Change::Wait { id: TRAIN, behind: IMPORT }, Change::Work(IMPORT)]);
        line.add(MAP, 2);
        // As urgent, and asked for later.
        assert_eq!(line.arrange(), [Change::Wait { id: MAP, behind: IMPORT }]);
        line.prefer(TRAIN);
        assert_eq!(
            line.arrange(),
            [Change::Work(TRAIN), Change::Wait { id: IMPORT, behind: TRAIN }, Change::Wait { id: MAP, behind: TRAIN }]
        );
        line.remove(TRAIN);
        assert_eq!(line.arrange(), [Change::Work(IMPORT), Change::Wait { id: MAP, behind: IMPORT }]);
        assert_eq!(line.arrange(), []);
    }

    #[test]
    fn a_paused_job_and_one_that_rests_make_way() {
        let mut line = Line::default();
        line.add(IMPORT, 2);
        line.add(TRAIN, 1);
        line.arrange();
        line.pause(IMPORT, true);
        assert_eq!(line.arrange(), [Change::Work(TRAIN)]);
        line.pause(IMPORT, false);
        assert_eq!(line.arrange(), [Change::Work(IMPORT), Change::Wait { id: TRAIN, behind: IMPORT }]);
        line.rest(IMPORT, true);
        assert_eq!(line.arrange(), [Change::Work(TRAIN)]);
        line.remove(TRAIN);
        assert_eq!(line.arrange(), []);
        assert_eq!(line.at_work(), None);
        line.rest(IMPORT, false);
        assert_eq!(line.arrange(), [Change::Work(IMPORT)]);
    }

    proptest! {
        /// Whatever is asked: one works where one may, nobody who is paused or rests works, and what was told adds up to it.
        #[test]
        fn one_works_where_one_may(steps in prop::collection::vec((0_u8..7, 0_u64..6, 0_u8..4), 1..60)) {
            let mut line = Line::default();
            let (mut known, mut working) = (Vec::<(JobId, bool, bool)>::new(), Vec::<JobId>::new());
            for (what, id, urgency) in steps {
                let id = JobId(id);
                let place = known.iter().position(|(known, ..)| *known == id);
                match (what, place) {
                    (0 | 1, None) => {
                        line.add(id, urgency);
                        known.push((id, false, false));
                    }
                    (2, Some(place)) => {
                        line.remove(id);
                        known.remove(place);
                        working.retain(|working| *working != id);
                    }
                    (3 | 4, Some(place)) => {
                        line.pause(id, what == 3);
                        known[place].1 = what == 3;
                    }
                    (5, Some(place)) => {
                        line.rest(id, urgency % 2 == 0);
                        known[place].2 = urgency % 2 == 0;
                    }
                    _ => line.prefer(id),
                }
                for change in line.arrange() {
                    match change {
                        Change::Work(id) => working.push(id),
                        Change::Wait { id, behind } => {
                            prop_assert_eq!(line.at_work(), Some(behind));
                            working.retain(|working| *working != id);
                        }
                    }
                }
                working.retain(|id| known.contains(&(*id, false, false)));
                let may: Vec<JobId> =
                    known.iter().filter(|(_, paused, rests)| !paused && !rests).map(|(id, ..)| *id).collect();
                prop_assert_eq!(line.at_work().is_some(), !may.is_empty());
                prop_assert!(line.at_work().is_none_or(|id| may.contains(&id)));
                prop_assert_eq!(&working, &line.at_work().into_iter().collect::<Vec<_>>());
            }
        }
    }
}
