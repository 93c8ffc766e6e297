//! Text within an address.

/// `text` as a value in a query: everything but letters, digits and `-._~` is escaped (RFC 3986, 2.3).
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What [`encoded`] was made of; `+` is a space, as forms write it. What is no escape stays.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (first, escape.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_survives(text in any::<String>()) {
            prop_assert_eq!(decoded(&encoded(&text)), text);
        }
    }

    #[test]
    fn reserved_letters_are_escaped() {
        // python3 -c 'from urllib.parse import quote; print(quote("a b&c=\"é\"", safe=""))'
        assert_eq!(encoded("a b&c=\"é\""), "a%20b%26c%3D%22%C3%A9%22");
        assert_eq!(decoded("a+b%2"), "a b%2");
    }
}
