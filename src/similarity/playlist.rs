//! Playlists as M3U8: UTF-8, one entry a track.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::SimilarityError;

/// One entry of a playlist.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaylistEntry {
    /// Absolute path of the file.
    pub path: PathBuf,
    pub artist: String,
    pub title: String,
    pub duration_s: f64,
}

/// Writes a playlist at once or not at all. With `relative`, files are named from the playlist's own folder.
///
/// # Errors
/// [`SimilarityError::Playlist`]
pub fn write_m3u8(path: &Path, entries: &[PlaylistEntry], relative: bool) -> Result<(), SimilarityError> {
    let failed = |source| SimilarityError::Playlist { path: path.to_path_buf(), source };
    let whole = std::path::absolute(path).map_err(failed)?;
    let folder = whole.parent().unwrap_or(Path::new("/"));
    let mut text = String::from("#EXTM3U\n");
    for entry in entries {
        let file = if relative { relative_to(&entry.path, folder) } else { entry.path.clone() };
        let seconds = entry.duration_s.round() as i64;
        let (artist, title) = (one_line(&entry.artist), one_line(&entry.title));
        text.push_str(&format!("#EXTINF:{seconds},{artist} - {title}\n{}\n", file.display()));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A line break in a tag would end the entry.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The path of `file` as seen from `folder`, both absolute; `file` itself where they share no root.
fn relative_to(file: &Path, folder: &Path) -> PathBuf {
    let (file_parts, folder_parts): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (file.components().collect(), folder.components().collect());
    let shared = file_parts.iter().zip(&folder_parts).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return file.to_path_buf();
    }
    let up = folder_parts[shared..].iter().map(|_| Component::ParentDir);
    up.chain(file_parts[shared..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_playlists_folder() {
        let at = |file: &str, folder: &str| relative_to(Path::new(file), Path::new(folder));
        assert_eq!(at("/music/a/b.mp3", "/music/a"), Path::new("b.mp3"));
        assert_eq!(at("/music/a/b.mp3", "/music/lists/x"), Path::new("../../a/b.mp3"));
        assert_eq!(at("/music/b.mp3", "/"), Path::new("music/b.mp3"));
    }

    #[test]
    fn a_playlist_survives_line_breaks_in_tags() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.m3u8");
        let entry = PlaylistEntry {
            path: folder.path().join("ä song.mp3"),
            artist: "A\nB".to_owned(),
            title: "Über\r\nall".to_owned(),
            duration_s: 29.6,
        };
        write_m3u8(&path, std::slice::from_ref(&entry), true).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "#EXTM3U\n#EXTINF:30,A B - Über all\nä song.mp3\n");
        write_m3u8(&path, &[entry.clone()], false).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains(&entry.path.display().to_string()));
        assert!(matches!(
            write_m3u8(&folder.path().join("no/such/list.m3u8"), &[], true),
            Err(SimilarityError::Playlist { .. })
        ));
    }
}
