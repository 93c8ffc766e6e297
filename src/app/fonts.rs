//! Letters that the fonts within the program lack: an installed font of the platform steps in for them.
//!
//! Found and read on a thread at the start. Where nothing is found, nothing changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread;

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontFamily};

/// Folders are searched this deep: `/usr/share/fonts/opentype/noto` is three below the root of the fonts.
const DEPTH: usize = 6;
/// A folder of fonts with more files than this is not worth the wait.
const MOST_FILES: usize = 20_000;
/// Larger files are not read.
const LARGEST: u64 = 128 << 20;

/// Fonts of one purpose, the best first: the start of the file's name in lower case, without spaces, hyphens and
/// underscores.
type Wanted = &'static [&'static str];

/// Chinese, Japanese and Korean; one font has to do for all three where it can.
const EAST_ASIAN: Wanted = &[
    // Linux
    "notosanscjk",
    "sourcehansans",
    "notosanscjksc",
    "wqymicrohei",
    "wqyzenhei",
    "droidsansfallback",
    "unifont",
    // macOS
    "pingfang",
    "hiraginosansgb",
    "arialunicode",
    "ヒラギノ角ゴシックw3",
    "stheitilight",
    // Windows
    "msyh.",
    "yugothr",
    "meiryo.",
    "msgothic",
    "simsun",
];
/// Korean where the font above has none of it.
const KOREAN: Wanted = &["notosanscjk", "nanumgothic", "applesdgothicneo", "malgun."];
/// Arabic, Hebrew, Armenian, Georgian, signs.
const OTHERS: Wanted =
    &["dejavusans.", "notosans.", "notosansregular", "arialunicode", "lucidagrande", "segoeui.", "tahoma."];
const ARABIC: Wanted = &["notosansarabicregular", "notosansarabic", "notonaskharabicregular", "geezapro"];
const THAI: Wanted = &["notosansthairegular", "notosansthai", "thonburi", "leelawui", "loma."];
const DEVANAGARI: Wanted =
    &["notosansdevanagariregular", "notosansdevanagari", "kohinoor", "devanagarimt", "nirmala", "lohitdevanagari"];

/// The purposes in the order in which their fonts are asked.
const PURPOSES: [Wanted; 6] = [OTHERS, EAST_ASIAN, KOREAN, ARABIC, THAI, DEVANAGARI];

/// A font to load.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    path: PathBuf,
    /// The font in a file of several.
    index: u32,
}

/// Looks for fonts on a thread and hands them to `context` once they are read.
pub fn load(context: &egui::Context) {
    let context = context.clone();
    let work = move || {
        for (place, font) in find(&folders(), &language()).into_iter().enumerate() {
            let Some(bytes) = read(&font.path) else { continue };
            tracing::debug!(path = %font.path.display(), index = font.index, "a font steps in");
            let mut data = FontData::from_owned(bytes);
            data.index = font.index;
            let last = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
            let families = vec![last(FontFamily::Proportional), last(FontFamily::Monospace)];
            context.add_font(FontInsert::new(&format!("platform {place}"), data, families));
            context.request_repaint();
        }
    };
    if let Err(error) = thread::Builder::new().name("fonts".to_owned()).spawn(work) {
        tracing::warn!(%error, "the fonts of the platform cannot be looked for");
    }
}

/// The bytes of a font that may be one: what is no font at all would make the window fall over when it is drawn with.
fn read(path: &Path) -> Option<Vec<u8>> {
    const STARTS: [&[u8; 4]; 5] = [b"\0\x01\0\0", b"OTTO", b"ttcf", b"true", b"typ1"];
    let size = std::fs::metadata(path).ok()?.len();
    let bytes = (size <= LARGEST).then(|| std::fs::read(path).ok())??;
    STARTS.iter().any(|start| bytes.starts_with(*start)).then_some(bytes)
}

/// Where the platform keeps its fonts.
fn folders() -> Vec<PathBuf> {
    let home = |rest: &str| std::env::var_os("HOME").map(|home| Path::new(&home).join(rest));
    let from = |name: &str, rest: &str| std::env::var_os(name).map(|base| Path::new(&base).join(rest));
    if cfg!(target_os = "macos") {
        let fixed = ["/System/Library/Fonts", "/Library/Fonts"].map(|folder| Some(PathBuf::from(folder)));
        return fixed.into_iter().chain([home("Library/Fonts")]).flatten().collect();
    }
    if cfg!(windows) {
        let windows = from("WINDIR", "Fonts").or_else(|| Some(PathBuf::from(r"C:\Windows\Fonts")));
        return [windows, from("LOCALAPPDATA", r"Microsoft\Windows\Fonts")].into_iter().flatten().collect();
    }
    let fixed = ["/usr/share/fonts", "/usr/local/share/fonts", "/run/current-system/sw/share/X11/fonts"];
    let own = [from("XDG_DATA_HOME", "fonts").or_else(|| home(".local/share/fonts")), home(".fonts")];
    fixed.into_iter().map(PathBuf::from).chain(own.into_iter().flatten()).collect()
}

/// The language of the user, as "zh_TW".
fn language() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default()
}

/// The best font of each purpose below `folders`, none twice.
fn find(folders: &[PathBuf], language: &str) -> Vec<Found> {
    let files = files(folders);
    let mut found: Vec<Found> = Vec::new();
    for wanted in PURPOSES {
        let best = wanted.iter().find_map(|start| best(&files, start));
        if let Some(path) = best
            && found.iter().all(|font| font.path != *path)
        {
            found.push(Found { path: path.clone(), index: index_of(path, language) });
        }
    }
    found
}

/// The regular font whose name starts so; the first by name where there are several.
fn best<'a>(files: &'a HashMap<String, PathBuf>, start: &str) -> Option<&'a PathBuf> {
    let heavy = |name: &str| {
        ["bold", "black", "thin", "light", "italic", "oblique", "heavy", "mono", "condensed", "serif", "medium"]
            .iter()
            .any(|word| name.strip_prefix(start).is_some_and(|rest| rest.contains(word)))
    };
    let fitting = files.iter().filter(|(name, _)| name.starts_with(start));
    fitting.min_by_key(|(name, _)| (heavy(name), name.len(), (*name).clone())).map(|(_, path)| path)
}

/// Noto's collections hold the same letters in the shapes of each country, in this order; wherever else there are several
/// fonts in a file, the first is the one meant.
fn index_of(path: &Path, language: &str) -> u32 {
    let collection = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ttc"));
    if !collection || !plain(path).is_some_and(|name| name.starts_with("notosanscjk")) {
        return 0;
    }
    let is = |start: &str| language.starts_with(start);
    match () {
        () if is("ko") => 1,
        () if is("zh_TW") => 3,
        () if is("zh_HK") => 4,
        () if is("zh") => 2,
        () => 0,
    }
}

/// All font files below `folders` by their plain names. Links are not followed: they may lead in circles.
fn files(folders: &[PathBuf]) -> HashMap<String, PathBuf> {
    let mut files = HashMap::new();
    let all = folders.iter().flat_map(|folder| {
        let walk = walkdir::WalkDir::new(folder).max_depth(DEPTH).sort_by_file_name();
        walk.into_iter().filter_map(Result::ok)
    });
    for entry in all.take(MOST_FILES) {
        let path = entry.path();
        let known = ["ttf", "otf", "ttc", "otc"];
        let is_font = path.extension().is_some_and(|end| known.iter().any(|known| end.eq_ignore_ascii_case(known)));
        if let Some(name) = plain(path).filter(|_| is_font && !entry.file_type().is_dir()) {
            files.entry(name).or_insert_with(|| path.to_path_buf());
        }
    }
    files
}

/// A file's name in lower case without spaces, hyphens and underscores, with its ending: "notosanscjkregular.ttc".
fn plain(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    Some(name.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of fonts that are none.
    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        root
    }

    fn found(files: &[&str], language: &str) -> Vec<(String, u32)> {
        let root = tree(files);
        let name = |path: &Path| path.strip_prefix(root.path()).unwrap().to_str().unwrap().replace('\\', "/");
        find(&[root.path().to_path_buf()], language).iter().map(|font| (name(&font.path), font.index)).collect()
    }

    #[test]
    fn the_best_font_that_is_there_is_taken_and_none_twice() {
        let noto = "opentype/noto/NotoSansCJK-Regular.ttc";
        let both = ["truetype/wqy/wqy-microhei.ttc", noto, "opentype/noto/NotoSansCJK-Bold.ttc", "x/readme.txt"];
        assert_eq!(found(&both, "en_GB.UTF-8"), [(noto.to_owned(), 0)]);
        let micro = "truetype/wqy/wqy-microhei.ttc";
        let mixed = [micro, "truetype/dejavu/DejaVuSans-Bold.ttf", "truetype/dejavu/DejaVuSans.ttf"];
        let expected = [("truetype/dejavu/DejaVuSans.ttf".to_owned(), 0), (micro.to_owned(), 0)];
        assert_eq!(found(&mixed, ""), expected);
    }

    #[test]
    fn a_collection_speaks_the_language_of_the_user() {
        let noto = ["NotoSansCJK-Regular.ttc"];
        let index = |language| found(&noto, language)[0].1;
        assert_eq!(["ja_JP", "ko_KR", "zh_CN", "zh_TW", "zh_HK", "C"].map(index), [0, 1, 2, 3, 4, 0]);
        assert_eq!(found(&["wqy-microhei.ttc"], "ko_KR")[0].1, 0);
    }

    #[test]
    fn the_fonts_of_other_platforms_are_known() {
        let mac = ["ヒラギノ角ゴシック W3.ttc", "PingFang.ttc", "AppleSDGothicNeo.ttc"];
        assert_eq!(found(&mac, "")[0].0, "PingFang.ttc");
        assert_eq!(found(&mac, "")[1].0, "AppleSDGothicNeo.ttc");
        let windows = ["malgun.ttf", "malgunbd.ttf", "msyh.ttc", "msyhbd.ttc", "segoeui.ttf", "segoeuib.ttf"];
        let names: Vec<String> = found(&windows, "").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["segoeui.ttf", "msyh.ttc", "malgun.ttf"]);
    }

    #[test]
    fn no_folder_no_font_and_what_is_no_font_is_not_loaded() {
        assert_eq!(find(&[PathBuf::from("/no/such/folder")], ""), []);
        let root = tree(&["NotoSansCJK-Regular.ttc"]);
        assert_eq!(read(&root.path().join("NotoSansCJK-Regular.ttc")), None);
        std::fs::write(root.path().join("a.otf"), b"OTTO and so on").unwrap();
        assert!(read(&root.path().join("a.otf")).is_some());
    }
}
