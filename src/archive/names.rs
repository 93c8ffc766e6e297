//! Names of members: in any encoding, and only those that stay inside the archive.

use encoding_rs::SHIFT_JIS;

/// A member's name as text. Old archives do not say how their names are encoded: what is valid UTF-8 is that, what reads as
/// Japanese with kana is Shift JIS, and the rest is `otherwise`.
pub(super) fn decode(raw: &[u8], otherwise: impl FnOnce() -> String) -> String {
    if let Ok(text) = std::str::from_utf8(raw) {
        return text.to_owned();
    }
    let (text, _, damaged) = SHIFT_JIS.decode(raw);
    let is_kana = |c: char| ('\u{3041}'..='\u{30ff}').contains(&c);
    if !damaged && text.chars().any(is_kana) { text.into_owned() } else { otherwise() }
}

/// The name with `/` between its parts and without `./`, or why it is refused.
pub(super) fn inside(name: &str) -> Result<String, &'static str> {
    if name.contains('\0') {
        return Err("its name has a zero byte in it");
    }
    let name = name.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    if name.starts_with('/') || drive {
        return Err("its name is an absolute path, which may lead out of the archive");
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("its name leads out of the archive");
    }
    if parts.is_empty() { Err("it has no name") } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_old_encodings_are_read() {
        let latin = || "latin".to_owned();
        assert_eq!(decode("Größe.mp3".as_bytes(), latin), "Größe.mp3");
        // python3 -c 'print("さくら.mp3".encode("shift_jis"))'
        assert_eq!(decode(b"\x82\xb3\x82\xad\x82\xe7.mp3", latin), "さくら.mp3");
        assert_eq!(decode(b"Caf\x82.mp3", latin), "latin");
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        assert_eq!(inside("./000//000002.mp3").as_deref(), Ok("000/000002.mp3"));
        assert_eq!(inside("a\\b.mp3").as_deref(), Ok("a/b.mp3"));
        for bad in ["../a.mp3", "a/../../b.mp3", "/etc/a.mp3", "C:\\a.mp3", "..\\a.mp3", "a\0.mp3", "", "./"] {
            assert!(inside(bad).is_err(), "{bad:?}");
        }
    }
}
