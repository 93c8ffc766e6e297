//! Reading playlists of other programs: M3U, extended or not, in UTF-8 or Latin-1.

use std::path::{Path, PathBuf};

/// The places that a playlist names, in order: files as whole paths, links as they stand. `folder` is where the playlist
/// lies, which relative paths start from.
///
/// Bytes that are not UTF-8 are read as Latin-1, as older players write it. `file://` links become paths; on systems that
/// part folders by `/`, a path without one is read with `\` in its place.
pub fn read_m3u(bytes: &[u8], folder: &Path) -> Vec<PathBuf> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    let lines = text.lines().map(|line| line.trim_matches(['\r', '\n'])).filter(|line| !line.trim().is_empty());
    lines.filter(|line| !line.starts_with('#')).map(|line| place(line, folder)).collect()
}

fn place(line: &str, folder: &Path) -> PathBuf {
    if let Some(rest) = line.strip_prefix("file://") {
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        let path = if cfg!(windows) { path.trim_start_matches('/') } else { path };
        return path_of(unescaped(path));
    }
    if line.contains("://") {
        return PathBuf::from(line);
    }
    let foreign = !cfg!(windows) && line.contains('\\') && !line.contains('/');
    let line = if foreign { line.replace('\\', "/") } else { line.to_owned() };
    tidy(&folder.join(line))
}

/// The bytes behind the percent signs of a link.
fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    out
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// A path without `.` and `..`, as far as they can be taken out by name alone.
fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if tidied.file_name().is_some() => {
                tidied.pop();
            }
            part => tidied.push(part),
        }
    }
    tidied
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_other_players_write_is_read() {
        let text = "\u{feff}#EXTM3U\r\n#EXTINF:12,A - B\r\n../a b/Jóga.flac\r\n\r\n./#1.mp3\r\n/abs/x.mp3\r\n\
                    file:///m/J%C3%B3ga%20%231.mp3\nfile://localhost/m/y.mp3\nsub\\z.mp3\nhttp://radio/stream\n100%.mp3\n";
        let expected = [
            "/music/a b/Jóga.flac",
            "/music/lists/#1.mp3",
            "/abs/x.mp3",
            "/m/Jóga #1.mp3",
            "/m/y.mp3",
            "/music/lists/sub/z.mp3",
            "http://radio/stream",
            "/music/lists/100%.mp3",
        ];
        assert_eq!(read_m3u(text.as_bytes(), Path::new("/music/lists")), expected.map(PathBuf::from));
    }

    #[test]
    fn old_playlists_in_latin_1_are_read() {
        assert_eq!(read_m3u(b"J\xf3ga.mp3\n", Path::new("/m")), [PathBuf::from("/m/Jóga.mp3")]);
        assert!(read_m3u(b"#EXTM3U\n", Path::new("/m")).is_empty());
    }
}
