//! Names of music as different catalogues write them, made comparable.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that only say which edition of a recording it is, or who else is on it.
const EDITIONS: [&str; 10] =
    ["feat", "ft", "featuring", "with", "remaster", "remastered", "version", "mono", "stereo", "deluxe"];

/// A name without what catalogues write differently: case, accents, width of letters, punctuation, brackets about guests and
/// editions ("(feat. X)", "[2011 Remaster]"), and the like after a dash.
pub fn plain_name(name: &str) -> String {
    let name = without_editions(name);
    let decomposed = name.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase);
    let mut plain = String::with_capacity(name.len());
    for letter in decomposed {
        // An apostrophe joins what it stands between.
        if letter.is_alphanumeric() {
            plain.push(letter);
        } else if letter == '&' {
            plain.push_str(" and ");
        } else if !matches!(letter, '\'' | '’' | '‘' | '`') {
            plain.push(' ');
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two names mean the same. Names of which nothing is left, as those of punctuation alone, must be the same letter by
/// letter.
pub fn same_name(one: &str, other: &str) -> bool {
    let (plain, against) = (plain_name(one), plain_name(other));
    if plain.is_empty() || against.is_empty() { one.trim() == other.trim() } else { plain == against }
}

/// Leaves out brackets, and what follows " - ", where they speak of an edition; all of it stays where nothing else would.
fn without_editions(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find(['(', '[']) {
        let close = if rest[open..].starts_with('(') { ')' } else { ']' };
        let Some(length) = rest[open..].find(close) else { break };
        let inside = &rest[open + 1..open + length];
        kept.push_str(&rest[..open]);
        if !speaks_of_edition(inside) {
            kept.push_str(&rest[open..=open + length]);
        }
        rest = &rest[open + length + 1..];
    }
    kept.push_str(rest);
    if let Some((before, after)) = kept.rsplit_once(" - ")
        && speaks_of_edition(after)
    {
        kept.truncate(before.len());
    }
    if kept.trim().is_empty() { name.to_owned() } else { kept }
}

fn speaks_of_edition(text: &str) -> bool {
    let words = text.to_lowercase();
    words.split(|letter: char| !letter.is_alphanumeric()).any(|word| EDITIONS.contains(&word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_one_recording_agree() {
        for (one, other) in [
            ("Beyoncé", "Beyonce"),
            ("Don't Stop", "dont stop"),
            ("Don’t Stop", "Don't Stop"),
            ("Song (feat. Somebody)", "Song"),
            ("Song [2011 Remaster]", "Song"),
            ("Song - Remastered 2009", "song"),
            ("Salt & Pepper", "Salt and Pepper"),
            ("ＦＵＬＬ　Width", "full width"),
            ("A–B", "a b"),
            ("Ω", "ω"),
        ] {
            assert!(same_name(one, other), "{one} / {other}: {} / {}", plain_name(one), plain_name(other));
        }
    }

    #[test]
    fn names_of_others_do_not() {
        for (one, other) in [
            ("Song", "Song II"),
            ("Song (Live)", "Song"),
            ("Song - Remix", "Song"),
            ("Song (Reprise)", "Song"),
            ("!!!", "???"),
            ("", "Song"),
            ("(Mono)", "(Stereo)"),
        ] {
            assert!(!same_name(one, other), "{one} / {other}: {} / {}", plain_name(one), plain_name(other));
        }
    }

    proptest! {
        #[test]
        fn plain_names_stay_as_they_are_and_agreeing_is_mutual(one in any::<String>(), other in any::<String>()) {
            let plain = plain_name(&one);
            // Letters that decompose into several may leave words that speak of editions; names without brackets or dashes do not.
            prop_assert_eq!(plain_name(&plain), plain.clone());
            prop_assert!(same_name(&one, &one));
            prop_assert_eq!(same_name(&one, &other), same_name(&other, &one));
        }
    }
}
