//! Values that are written in a way of their own.

/// Reads "TRACK=0.5"; a track whose name has no weight behind its last "=" weighs 1.
pub fn weighted(text: &str) -> Result<(String, f32), String> {
    let Some((track, weight)) = text.rsplit_once('=') else { return Ok((text.to_owned(), 1.0)) };
    match weight.trim().parse::<f32>() {
        Ok(weight) if weight.is_finite() && weight >= 0.0 => Ok((track.to_owned(), weight)),
        Ok(_) => Err(format!("{weight} is no weight: it is 0 or more; --less pushes away")),
        Err(_) => Ok((text.to_owned(), 1.0)),
    }
}

/// Reads "128:64".
pub fn pair(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once(':').and_then(|(n, m)| Some((n.trim().parse().ok()?, m.trim().parse().ok()?)));
    parts.ok_or_else(|| format!("{text} is no pair of sizes such as 128:64"))
}

/// Reads "120..130", "120..", "..130" and "124".
pub fn tempi(text: &str) -> Result<(f32, f32), String> {
    let number = |part: &str, open: f32| {
        let part = part.trim();
        let value = if part.is_empty() { Some(open) } else { part.parse().ok() };
        value.filter(|value: &f32| *value >= 0.0)
    };
    let range = match text.split_once("..") {
        Some((from, to)) => number(from, 0.0).zip(number(to, f32::INFINITY)),
        None => number(text, -1.0).map(|tempo| (tempo - 0.5, tempo + 0.5)),
    };
    range.filter(|(from, to)| from <= to).ok_or_else(|| format!("{text} is no range of tempos such as 120..130"))
}

/// One of several folds of the artists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// From 1 on.
    number: u16,
    folds: u16,
}

impl Fold {
    /// Where the fold begins among the artists' places from 0 to 1.
    pub fn from(self) -> f64 {
        f64::from(self.number - 1) / f64::from(self.folds)
    }

    /// The share of the artists that is in it.
    pub fn share(self) -> f64 {
        1.0 / f64::from(self.folds)
    }
}

/// Reads "2/5".
pub fn fold(text: &str) -> Result<Fold, String> {
    let parts =
        text.split_once('/').and_then(|(number, of)| Some((number.trim().parse().ok()?, of.trim().parse().ok()?)));
    let fold = parts.map(|(number, folds)| Fold { number, folds });
    let fold = fold.filter(|fold| fold.folds >= 2 && (1..=fold.folds).contains(&fold.number));
    fold.ok_or_else(|| format!("{text} is no fold such as 2/5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_read_and_others_refused() {
        let second = fold(" 2/5").unwrap();
        assert!((second.from() - 0.2).abs() < 1e-12 && (second.share() - 0.2).abs() < 1e-12);
        for text in ["0/5", "6/5", "1/1", "2", "a/b", "-1/5", "1/99999999", ""] {
            assert!(fold(text).is_err(), "{text}");
        }
    }
}
