//! A listening study: what a listener is asked about a recommendation, what they answer, and who recommended it.

use serde::{Deserialize, Serialize};

use super::{ContentHash, Metric, TrackId};

/// What is asked about every recommendation: the publication's four questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    #[default]
    Vibe,
    Style,
    Enjoyed,
    Known,
}

impl Question {
    pub const ALL: [Self; 4] = [Self::Vibe, Self::Style, Self::Enjoyed, Self::Known];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vibe => "vibe",
            Self::Style => "style",
            Self::Enjoyed => "enjoyed",
            Self::Known => "known",
        }
    }

    /// The name in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Vibe => "similar vibe",
            Self::Style => "similar style",
            Self::Enjoyed => "enjoyed",
            Self::Known => "known before",
        }
    }

    /// The question as it is asked.
    pub fn text(self) -> &'static str {
        match self {
            Self::Vibe => "Does it have a similar vibe?",
            Self::Style => "Is it in a similar style?",
            Self::Enjoyed => "Did you enjoy it?",
            Self::Known => "Did you know it before?",
        }
    }

    /// Whether it is answered by yes (1) or no (0) and not on the scale from 1, not at all, to 5, very much.
    pub fn is_yes_or_no(self) -> bool {
        self == Self::Known
    }

    /// Whether `answer` answers it.
    pub fn accepts(self, answer: u8) -> bool {
        if self.is_yes_or_no() { answer <= 1 } else { (1..=5).contains(&answer) }
    }

    /// The one `step` further on; it stays at the ends.
    #[must_use]
    pub fn step(self, step: isize) -> Self {
        let at = (self as usize).saturating_add_signed(step).min(Self::ALL.len() - 1);
        Self::ALL[at]
    }
}

/// The answers to the four questions; `None` where one was skipped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers([Option<u8>; 4]);

impl Answers {
    pub fn get(&self, question: Question) -> Option<u8> {
        self.0[question as usize]
    }

    /// Sets an answer, or takes it back; one that does not answer the question changes nothing.
    pub fn set(&mut self, question: Question, answer: Option<u8>) {
        if answer.is_none_or(|answer| question.accepts(answer)) {
            self.0[question as usize] = answer;
        }
    }

    /// Whether every question was skipped.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// How similar it was found, 1 to 5: the mean of vibe and style, or the one that was answered.
    pub fn similarity(&self) -> Option<f64> {
        let both: Vec<f64> = [Question::Vibe, Question::Style]
            .iter()
            .filter_map(|question| self.get(*question).map(f64::from))
            .collect();
        (!both.is_empty()).then(|| both.iter().sum::<f64>() / both.len() as f64)
    }
}

/// How far a listener is with a recommendation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    #[default]
    Open,
    Answered,
    /// Left out as a whole.
    Skipped,
}

/// What a listener said of a recommendation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Response {
    pub answers: Answers,
    pub standing: Standing,
}

/// Who recommended a track.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Chooser {
    /// It was drawn at random.
    Chance,
    /// A model under a metric, with the hash of its weights.
    Model { name: String, weights: ContentHash, metric: Metric },
}

/// A recommendation as the listener meets it: nothing tells who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListeningPick {
    /// Its number in the library.
    pub id: i64,
    pub track: TrackId,
    pub response: Response,
}

/// A query and what was recommended for it, in the order in which it is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListeningRound {
    pub query: TrackId,
    pub picks: Vec<ListeningPick>,
}

impl ListeningRound {
    /// Whether every recommendation was answered or skipped.
    pub fn is_done(&self) -> bool {
        self.picks.iter().all(|pick| pick.response.standing != Standing::Open)
    }
}

/// One sitting of one listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListeningSession {
    /// Its number in the library.
    pub id: i64,
    pub listener: String,
    pub seed: u64,
    /// Seconds since the Unix epoch.
    pub created_at: i64,
    pub rounds: Vec<ListeningRound>,
}

impl ListeningSession {
    /// Recommendations that were answered or skipped, of how many.
    pub fn progress(&self) -> (usize, usize) {
        let picks = || self.rounds.iter().flat_map(|round| &round.picks);
        (picks().filter(|pick| pick.response.standing != Standing::Open).count(), picks().count())
    }

    pub fn is_done(&self) -> bool {
        self.rounds.iter().all(ListeningRound::is_done)
    }
}

/// Distances of a recommendation from its query under mean, min, Fréchet and DTW, each divided by its median over all tracks
/// that the query was compared with: what the blend weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaledDistances {
    pub model: String,
    pub weights: ContentHash,
    pub values: [f32; 4],
}

/// A recommendation with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListeningRecord {
    pub session: i64,
    pub listener: String,
    pub seed: u64,
    /// Weights of mean, min, Fréchet and DTW that the blend had.
    pub blend: [f32; 4],
    /// Which round of the session, from 1, and which recommendation of it, from 1.
    pub round: usize,
    pub position: usize,
    pub query: TrackId,
    pub track: TrackId,
    pub response: Response,
    /// When it was answered, in seconds since the Unix epoch.
    pub answered_at: Option<i64>,
    /// All who recommended it, with the place they gave it, from 1.
    pub credits: Vec<(Chooser, usize)>,
    pub distances: Vec<ScaledDistances>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_that_answer_the_question() {
        let mut answers = Answers::default();
        for (question, answer) in [(Question::Vibe, 6), (Question::Vibe, 0), (Question::Known, 2)] {
            answers.set(question, Some(answer));
        }
        assert!(answers.is_empty() && answers.similarity().is_none());
        answers.set(Question::Style, Some(2));
        assert_eq!(answers.similarity(), Some(2.0));
        answers.set(Question::Vibe, Some(5));
        answers.set(Question::Enjoyed, Some(1));
        answers.set(Question::Known, Some(0));
        assert_eq!((answers.similarity(), answers.get(Question::Known)), (Some(3.5), Some(0)));
        answers.set(Question::Style, None);
        assert_eq!(answers.get(Question::Style), None);
    }

    #[test]
    fn questions_are_stepped_through_and_end() {
        assert_eq!(Question::Vibe.step(1), Question::Style);
        assert_eq!(Question::Known.step(1), Question::Known);
        assert_eq!(Question::Vibe.step(-1), Question::Vibe);
    }
}
