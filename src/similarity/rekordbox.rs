//! Playlists as a DJ library: the XML that rekordbox writes and that other DJ programs read
//! (<https://rekordbox.com/en/support/developer/>, "XML format list").

use std::collections::HashMap;
use std::path::Path;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::domain::{Key, Mode};

use super::SimilarityError;
use super::playlist::{PlaylistEntry, folder_of, write_atomically};

/// Writes one playlist named `name` with the tracks in it as their collection, replacing what was there only when all is
/// written. A track that comes twice is in the collection once.
///
/// # Errors
/// [`SimilarityError::Write`] where the folder does not take the file.
pub fn write_rekordbox(file: &Path, name: &str, entries: &[PlaylistEntry]) -> Result<(), SimilarityError> {
    let failed = |source| SimilarityError::Write { path: file.to_owned(), source };
    let bytes = xml(name, entries).map_err(failed)?;
    write_atomically(file, folder_of(file), &bytes).map_err(failed)
}

fn xml(name: &str, entries: &[PlaylistEntry]) -> std::io::Result<Vec<u8>> {
    let locations: Vec<String> = entries.iter().map(|entry| location(&entry.path)).collect();
    let mut keys: HashMap<&str, String> = HashMap::new();
    let mut collection = Vec::new();
    for (entry, location) in entries.iter().zip(&locations) {
        if !keys.contains_key(location.as_str()) {
            let key = (keys.len() + 1).to_string();
            collection.push((key.clone(), entry, location));
            keys.insert(location, key);
        }
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element("DJ_PLAYLISTS").with_attribute(("Version", "1.0.0"));
    root.write_inner_content(|writer| {
        let product = [("Name", "Songline"), ("Version", env!("CARGO_PKG_VERSION")), ("Company", "")];
        writer.create_element("PRODUCT").with_attributes(product).write_empty()?;
        let count = collection.len().to_string();
        let element = writer.create_element("COLLECTION").with_attribute(("Entries", count.as_str()));
        element.write_inner_content(|writer| {
            for (key, entry, location) in &collection {
                let attributes = attributes(key, entry, location);
                let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
                writer.create_element("TRACK").with_attributes(attributes).write_empty()?;
            }
            Ok(())
        })?;
        writer.create_element("PLAYLISTS").write_inner_content(|writer| {
            let folder = [("Type", "0"), ("Name", "ROOT"), ("Count", "1")];
            writer.create_element("NODE").with_attributes(folder).write_inner_content(|writer| {
                let count = locations.len().to_string();
                let name = legal(name);
                let list = [("Name", name.as_str()), ("Type", "1"), ("KeyType", "0"), ("Entries", count.as_str())];
                writer.create_element("NODE").with_attributes(list).write_inner_content(|writer| {
                    for key in locations.iter().filter_map(|location| keys.get(location.as_str())) {
                        writer.create_element("TRACK").with_attribute(("Key", key.as_str())).write_empty()?;
                    }
                    Ok(())
                })?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

/// What is known of a track, under the names of the format.
fn attributes(key: &str, entry: &PlaylistEntry, location: &str) -> Vec<(&'static str, String)> {
    let mut attributes =
        vec![("TrackID", key.to_owned()), ("Name", legal(&entry.title)), ("Artist", legal(&entry.artist))];
    let mut known = |name, value: Option<String>| attributes.extend(value.map(|value| (name, value)));
    known("Album", entry.album.as_deref().map(legal));
    known("Genre", entry.genre.as_deref().map(legal));
    known("Kind", entry.path.extension().map(|ending| format!("{} File", ending.to_string_lossy().to_uppercase())));
    known("TotalTime", entry.duration_s.is_finite().then(|| format!("{:.0}", entry.duration_s)));
    known("Year", entry.year.map(|year| year.to_string()));
    known("AverageBpm", entry.tempo.map(|tempo| format!("{tempo:.2}")));
    known("Tonality", entry.key.map(tonality));
    known("Location", Some(location.to_owned()));
    attributes
}

/// A key as DJ programs write it: "Am", "F#", "Bbm".
fn tonality(key: Key) -> String {
    const NAMES: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
    let mode = if key.mode == Mode::Minor { "m" } else { "" };
    format!("{}{mode}", NAMES[usize::from(key.tonic % 12)])
}

/// A path as the format wants it: `file://localhost/` and the bytes of the whole path, percent-encoded.
fn location(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let bytes = whole.as_os_str().as_encoded_bytes();
    let mut text = String::from("file://localhost");
    // A drive letter begins without a slash.
    if !bytes.starts_with(b"/") {
        text.push('/');
    }
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(*byte)),
            b'\\' if cfg!(windows) => text.push('/'),
            b':' if cfg!(windows) => text.push(':'),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Text without the characters that XML 1.0 cannot hold.
fn legal(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}
