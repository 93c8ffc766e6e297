//! Lists of strings as Python's `repr` writes them: `['Noam Chomsky']`, `["John O'Gallagher", 'X']`.

use std::iter::Peekable;
use std::str::Chars;

/// Reads a list of strings. Strings may be in single or double quotes, with Python's escapes; `None` where it is no such list.
pub fn read(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let mut characters = inner.chars().peekable();
    let mut found = Vec::new();
    loop {
        while characters.next_if(|next| next.is_whitespace()).is_some() {}
        let Some(quote) = characters.next() else { return Some(found) };
        if quote != '\'' && quote != '"' {
            return None;
        }
        let mut string = String::new();
        loop {
            match characters.next()? {
                end if end == quote => break,
                '\\' => escape(&mut characters, &mut string)?,
                other => string.push(other),
            }
        }
        found.push(string);
        while characters.next_if(|next| next.is_whitespace()).is_some() {}
        match characters.next() {
            None => return Some(found),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

/// What stands for the characters after a backslash (The Python Language Reference, 2.4.1); octal ones do not occur in what
/// `repr` writes.
fn escape(characters: &mut Peekable<Chars<'_>>, to: &mut String) -> Option<()> {
    match characters.next()? {
        'n' => to.push('\n'),
        'r' => to.push('\r'),
        't' => to.push('\t'),
        'x' => to.push(hexadecimal(characters, 2)?),
        'u' => to.push(hexadecimal(characters, 4)?),
        'U' => to.push(hexadecimal(characters, 8)?),
        quoted @ ('\\' | '\'' | '"') => to.push(quoted),
        other => to.extend(['\\', other]),
    }
    Some(())
}

fn hexadecimal(characters: &mut Peekable<Chars<'_>>, digits: usize) -> Option<char> {
    let mut value = 0_u32;
    for _ in 0..digits {
        value = value.checked_mul(16)?.checked_add(characters.next()?.to_digit(16)?)?;
    }
    char::from_u32(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right sides are what `ast.literal_eval` of Python 3.11 gives.
    #[test]
    fn lists_are_read_as_python_reads_them() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("['Noam Chomsky']", Some(&["Noam Chomsky"])),
            ("['A', 'B']", Some(&["A", "B"])),
            (r#"["John O'Gallagher", 'X']"#, Some(&["John O'Gallagher", "X"])),
            (r#"['say "hi"']"#, Some(&["say \"hi\""])),
            (r#"['both \' and "']"#, Some(&["both ' and \""])),
            (r"['back\\slash', 'tab\there', '\xe9\u2019\U0001f3b5']", Some(&["back\\slash", "tab\there", "é’🎵"])),
            (r"['\q']", Some(&["\\q"])),
            ("[]", Some(&[])),
            ("[ 'a' , ]", Some(&["a"])),
            ("['Ben, the [one]']", Some(&["Ben, the [one]"])),
            ("['open", None),
            ("['open]", None),
            ("plain", None),
            ("[1, 2]", None),
            ("['a' 'b']", None),
            (r"['\ud800']", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|list| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            assert_eq!(read(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_quoted_comes_back(names in proptest::collection::vec("[^\\\\]*", 0..5)) {
            let quoted: Vec<String> = names
                .iter()
                .map(|name| if name.contains('\'') { format!("\"{}\"", name.replace('"', "\\\"")) } else { format!("'{name}'") })
                .collect();
            proptest::prop_assert_eq!(read(&format!("[{}]", quoted.join(", "))), Some(names));
        }
    }
}
