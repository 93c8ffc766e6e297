//! The rooms of `src` import only those that the table below lets them, and each outside crate is used only where it
//! belongs. When the code teaches a better cut, change the table and say why in ARCHITECTURE.md.

use std::path::{Path, PathBuf};

/// A room and what it may import from the crate. `room::module` allows that module of a room alone.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("settings", &["domain"]),
    ("archive", &["domain"]),
    ("audio", &["domain", "archive"]),
    ("dsp", &["domain"]),
    ("source", &["domain", "settings", "archive", "audio"]),
    ("library", &["domain", "archive"]),
    ("model", &["domain", "dsp", "library"]),
    ("similarity", &["domain"]),
    ("gpu", &["domain", "similarity"]),
    ("map", &["domain", "similarity"]),
    ("evaluate", &["domain", "dsp", "library", "similarity"]),
    (
        "jobs",
        &[
            "domain",
            "settings",
            "archive",
            "audio",
            "dsp",
            "source",
            "library",
            "model",
            "similarity",
            "gpu",
            "map",
            "evaluate",
        ],
    ),
    ("render", &["domain"]),
    ("state", &["domain", "settings", "library", "similarity", "jobs::message", "audio::message"]),
    ("ui", &["domain", "settings", "state", "render", "jobs::message"]),
];

/// Files beside the rooms: they wire them together and may import all.
const WIRING: &[&str] = &["app", "cli", "lib", "log", "main"];

/// An outside crate and the only rooms and wiring that may use it.
const CRATES: &[(&str, &[&str])] = &[
    ("symphonia", &["audio"]),
    ("symphonia_adapter_libopus", &["audio"]),
    ("rodio", &["audio"]),
    ("rubato", &["audio"]),
    ("realfft", &["dsp"]),
    ("burn", &["model"]),
    ("burn_store", &["model"]),
    ("rusqlite", &["library"]),
    ("ureq", &["source"]),
    ("zip", &["archive"]),
    ("tar", &["archive"]),
    ("flate2", &["archive"]),
    ("rustix", &["source"]),
    ("sha1", &["source"]),
    ("sha2", &["source"]),
    ("rspotify", &["source"]),
    ("keyring", &["source"]),
    ("notify", &["source"]),
    ("notify_debouncer_full", &["source"]),
    ("bhtsne", &["map"]),
    ("eframe", &["render", "ui", "app"]),
    ("egui", &["render", "ui", "app"]),
    ("egui_extras", &["ui", "app"]),
    ("egui_plot", &["ui"]),
    ("wgpu", &["gpu", "render", "ui", "app"]),
    ("rfd", &["ui", "app"]),
    ("opener", &["ui", "app"]),
    ("souvlaki", &["app"]),
    ("quick_xml", &["similarity"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli", "main"]),
    ("indicatif", &["cli", "main"]),
];

#[test]
fn rooms_import_only_what_the_table_lets_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    assert!(files.len() > ROOMS.len(), "only {} files below {}", files.len(), source.display());
    let mut broken = Vec::new();
    for file in &files {
        let below = file.strip_prefix(&source).expect("the file is below src");
        let text = std::fs::read_to_string(file).expect("a source file is text");
        broken.extend(violations(below, &text));
    }
    assert!(broken.is_empty(), "{} broken rules:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn the_scanner_finds_every_way_to_break_a_rule() {
    let cases: &[(&str, &str, &[&str])] = &[
        // (file, text, lines on which something is wrong)
        ("domain/a.rs", "use crate::library::Library;", &["1: `domain` must not import `library`"]),
        ("library/a.rs", "use crate::domain::Track;\nuse super::b;\nuse crate::library::c;", &[]),
        ("library/a.rs", "\nuse crate::{domain::{Track, TrackId}, model};", &["2: `library` must not import `model`"]),
        (
            "map/a.rs",
            "use crate::{\n    domain,\n    similarity::Index,\n    jobs::{self, message},\n};",
            &["4: `map` must not import `jobs`"],
        ),
        ("dsp/a.rs", "fn f() -> crate::audio::AudioError { todo!() }", &["1: `dsp` must not import `audio`"]),
        ("dsp/a.rs", "pub(crate) fn f() {}\npub(in crate::dsp) fn g() {}", &[]),
        ("dsp.rs", "use songline::audio;", &["1: `dsp` must not import `audio`"]),
        ("dsp/a.rs", "use ::songline::{audio as sound};", &["1: `dsp` must not import `audio`"]),
        // Through `super`, out of the room.
        ("dsp/mod.rs", "use super::audio::Player;", &["1: `dsp` must not import `audio`"]),
        ("dsp/a/b.rs", "use super::super::super::audio;", &["1: `dsp` must not import `audio`"]),
        ("dsp/a/b.rs", "use super::super::audio;", &[]),
        (
            "dsp/mod.rs",
            "mod tests { use super::super::audio; use super::audio; }",
            &["1: `dsp` must not import `audio`"],
        ),
        ("dsp/mod.rs", "mod tests { fn f() { if true {} } } use super::audio;", &["1: `dsp` must not import `audio`"]),
        ("dsp/a.rs", "fn f() -> impl Fn() + use<> { crate::ui::x(); }", &["1: `dsp` must not import `ui`"]),
        ("dsp/a.rs", "use crate::*;", &["1: `dsp` must not import everything"]),
        ("dsp/a.rs", "use crate::{self as all};", &["1: `dsp` must not import everything"]),
        ("dsp/a.rs", "use crate::nowhere::X;", &["1: `nowhere` is not a room"]),
        ("attic/a.rs", "use crate::domain;", &["1: `attic` is not a room"]),
        // One module of a room.
        ("state/a.rs", "use crate::jobs::message::JobEvent;\nuse crate::jobs::{message::{JobCommand}};", &[]),
        ("state/a.rs", "use crate::jobs::Worker;", &["1: `state` must not import `jobs::Worker`"]),
        (
            "state/a.rs",
            "use crate::jobs::{message, Worker};\nuse crate::audio;",
            &["1: `state` must not import `jobs::Worker`", "2: `state` must not import `audio`"],
        ),
        // Outside crates.
        ("model/a.rs", "use burn::tensor::Tensor;", &[]),
        ("similarity/a.rs", "use burn::tensor::Tensor;", &["1: `burn` belongs to model, not `similarity`"]),
        ("jobs/a.rs", "fn f(c: &egui::Context) {}", &["1: `egui` belongs to render, ui, app, not `jobs`"]),
        ("jobs/a.rs", "use {std::fs, ::wgpu::Device};", &["1: `wgpu` belongs to gpu, render, ui, app, not `jobs`"]),
        ("library/a.rs", "fn f() -> rusqlite::Result<()> { Ok(()) }", &[]),
        ("state/a.rs", "use rusqlite as sql;", &["1: `rusqlite` belongs to library, not `state`"]),
        ("state/a.rs", "#[derive(clap::ValueEnum)] enum A {}", &["1: `clap` belongs to cli, main, not `state`"]),
        ("app.rs", "use crate::{jobs, ui}; use eframe::App;", &[]),
        ("cli.rs", "use songline::{library, model};", &[]),
        ("main.rs", "use burn::tensor;", &["1: `burn` belongs to model, not `main`"]),
        // What only looks like a path.
        (
            "domain/a.rs",
            "//! See [`crate::library`].\n/* use crate::model; /* nested */ use burn::x; */\nconst A: &str = \"crate::ui\";\n\
             const B: &str = r#\"use crate::\"ui\"\"#; const C: char = '\"'; fn f<'a>(x: &'a str) {} // crate::map",
            &[],
        ),
        ("domain/a.rs", "fn f(a: A) { a.burn::<u8>(); self::burn::x(); let egui = 1; egui + 1; b::wgpu::c(); }", &[]),
        ("domain/a.rs", "const A: &[u8] = b\"\\\"\"; use crate::ui;", &["1: `domain` must not import `ui`"]),
    ];
    for (file, text, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|line| format!("src/{file}:{line}")).collect();
        let found = violations(Path::new(file), text);
        let short: Vec<_> = found.iter().map(|line| line.split(" (").next().unwrap_or(line).to_owned()).collect();
        assert_eq!(short, expected, "in {file}:\n{text}\nfound: {found:#?}");
    }
}

#[test]
fn a_broken_rule_is_named_with_its_file_its_line_and_what_is_allowed() {
    let found = violations(Path::new("map/tsne.rs"), "\n\nuse crate::model::Embedder;");
    assert_eq!(found, ["src/map/tsne.rs:3: `map` must not import `model` (it may import domain, similarity)"]);
}

#[test]
fn the_table_names_rooms_above_alone() {
    for (row, (room, allowed)) in ROOMS.iter().enumerate() {
        for import in *allowed {
            let name = import.split("::").next().unwrap_or(import);
            assert!(
                ROOMS[..row].iter().any(|(above, _)| *above == name),
                "{room} imports {name}, which is not above it"
            );
        }
    }
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("src can be read").map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Every rule that the file `below` (its path below `src`) breaks: file, line, rule.
fn violations(below: &Path, text: &str) -> Vec<String> {
    let mut module: Vec<String> = below
        .with_extension("")
        .iter()
        .map(|part| part.to_str().expect("a module's name is text").to_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let room = module[0].clone();
    let mut broken = Vec::new();
    let mut report = |line: usize, rule: String| {
        let text = format!("src/{}:{line}: {rule}", below.to_str().expect("a path is text").replace('\\', "/"));
        if !broken.contains(&text) {
            broken.push(text);
        }
    };
    let is_wiring = WIRING.contains(&room.as_str());
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
    if allowed.is_none() && !is_wiring {
        report(1, format!("`{room}` is not a room (the table in tests/layering.rs names them)"));
        return broken;
    }
    for path in paths(text, if is_wiring { &[] } else { &module }) {
        let (line, names) = (path.line, &path.names);
        if path.in_crate {
            let (Some(allowed), Some(first)) = (allowed, names.first()) else { continue };
            if first == "*" || first == "self" {
                report(line, format!("`{room}` must not import everything (it may import {})", allowed.join(", ")));
            } else if !ROOMS.iter().any(|(name, _)| name == first) {
                report(line, format!("`{first}` is not a room (the table in tests/layering.rs names them)"));
            } else if *first != room {
                let second = names.get(1).filter(|second| *second != "self").map(|second| format!("{first}::{second}"));
                let of_a_module =
                    allowed.iter().any(|name| name.split("::").next() == Some(first) && name.contains("::"));
                let is_allowed = allowed.contains(&first.as_str())
                    || second.as_ref().is_some_and(|second| allowed.contains(&second.as_str()));
                if !is_allowed {
                    let import = second.filter(|_| of_a_module).unwrap_or_else(|| first.clone());
                    let may = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
                    report(line, format!("`{room}` must not import `{import}` (it may import {may})"));
                }
            }
        } else if let Some((name, owners)) =
            CRATES.iter().find(|(name, _)| Some(*name) == names.first().map(String::as_str))
            && !owners.contains(&room.as_str())
        {
            report(line, format!("`{name}` belongs to {}, not `{room}`", owners.join(", ")));
        }
    }
    broken
}

/// A path that leaves its module: into the crate's root or into an outside crate.
struct Import {
    line: usize,
    in_crate: bool,
    /// The names behind `crate`, or all of them.
    names: Vec<String>,
}

/// Every such path of `text`, whose file is the module `module` of the crate; use trees are spread out.
fn paths(text: &str, module: &[String]) -> Vec<Import> {
    let tokens = tokens(text);
    let mut imports = Vec::new();
    // Braces open now; those of `mod NAME {` add a level to the module.
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token: &Token| token.text == text);
        let depth = module.len() + braces.iter().filter(|is_module| **is_module).count();
        let token = &tokens[at];
        // `use<'a>` bounds a type and imports nothing.
        if token.text == "use" && !is(at + 1, "<") {
            let end = (at..tokens.len()).find(|at| is(*at, ";")).unwrap_or(tokens.len());
            use_tree(&tokens[at + 1..end], &[], depth, &mut imports);
            at = end;
        } else if token.text == "{" {
            braces.push(at >= 2 && is(at - 2, "mod") && token_is_name(&tokens[at - 1]));
        } else if token.text == "}" {
            braces.pop();
        } else if token_is_name(token) && !(at > 0 && matches!(tokens[at - 1].text.as_str(), "::" | "." | "mod" | "fn"))
        {
            let mut end = at + 1;
            while is(end, "::") && tokens.get(end + 1).is_some_and(token_is_name) {
                end += 2;
            }
            // A single name is a crate only in `use` and `extern crate`.
            if end > at + 1 || (at > 0 && is(at - 1, "crate")) {
                let names = tokens[at..end].iter().filter(|token| token.text != "::").map(|token| token.text.clone());
                let in_visibility = at >= 2 && is(at - 1, "in") && is(at - 2, "(");
                if !in_visibility {
                    imports.extend(import(token.line, names.collect(), depth));
                }
            }
            at = end - 1;
        } else if token.text == "::" && !(at > 0 && (token_is_name(&tokens[at - 1]) || is(at - 1, ">"))) {
            // `::wgpu::X`: go on with the name as if the colons were not there.
            if let Some(name) = tokens.get(at + 1).filter(|token| token_is_name(token)) {
                let second = tokens.get(at + 3).filter(|_| is(at + 2, "::"));
                let names = std::iter::once(name).chain(second).map(|token| token.text.clone()).collect();
                imports.extend(import(name.line, names, depth));
            }
        }
        at += 1;
    }
    imports
}

/// Spreads the use tree `tokens` out into paths, each with `before` in front of it.
fn use_tree(tokens: &[Token], before: &[String], depth: usize, imports: &mut Vec<Import>) {
    // Branches of this level, parted by commas outside any braces.
    let mut braces = 0_usize;
    let branches = tokens.split(|token| {
        match token.text.as_str() {
            "{" => braces += 1,
            "}" => braces = braces.saturating_sub(1),
            _ => {}
        }
        braces == 0 && token.text == ","
    });
    for branch in branches {
        let mut names = before.to_vec();
        let mut rest = branch;
        loop {
            match rest {
                [brace, inner @ .., _] if brace.text == "{" => {
                    use_tree(inner, &names, depth, imports);
                    break;
                }
                [name, tail @ ..] if token_is_name(name) || name.text == "*" => {
                    names.push(name.text.clone());
                    rest = tail;
                    if rest.first().is_none_or(|token| token.text != "::") {
                        imports.extend(import(name.line, names, depth));
                        break;
                    }
                }
                [colons, tail @ ..] if colons.text == "::" => rest = tail,
                _ => break,
            }
        }
    }
}

/// The path `names`, said in a module `depth` levels below the crate's root, where it leaves the room.
fn import(line: usize, names: Vec<String>, depth: usize) -> Option<Import> {
    let first = names.first()?;
    if first == "crate" || first == "songline" {
        return Some(Import { line, in_crate: true, names: names[1..].to_vec() });
    }
    let ups = names.iter().take_while(|name| *name == "super").count();
    if ups > 0 {
        return (ups >= depth).then(|| Import { line, in_crate: true, names: names[ups..].to_vec() });
    }
    (first != "self" && first != "Self").then_some(Import { line, in_crate: false, names })
}

#[derive(Debug, Clone)]
struct Token {
    text: String,
    line: usize,
}

fn token_is_name(token: &Token) -> bool {
    token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single characters; comments and literals are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let start = at;
        match chars[at] {
            '/' if get(at + 1) == '/' => at = (at..chars.len()).find(|at| get(*at) == '\n').unwrap_or(chars.len()),
            '/' if get(at + 1) == '*' => {
                let mut depth = 0;
                while at < chars.len() {
                    match (get(at), get(at + 1)) {
                        ('/', '*') => (depth, at) = (depth + 1, at + 2),
                        ('*', '/') => (depth, at) = (depth - 1, at + 2),
                        _ => at += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => at = after_string(&chars, at),
            // A character, or else a lifetime.
            '\'' if get(at + 1) == '\\' => {
                at = (at + 3..chars.len()).find(|at| get(*at) == '\'').map_or(chars.len(), |end| end + 1);
            }
            '\'' if get(at + 2) == '\'' => at += 3,
            c if c.is_alphabetic() || c == '_' => {
                at = (at..chars.len())
                    .find(|at| !(get(*at).is_alphanumeric() || get(*at) == '_'))
                    .unwrap_or(chars.len());
                let name: String = chars[start..at].iter().collect();
                let hashes = (at..chars.len()).take_while(|at| get(*at) == '#').count();
                if matches!(name.as_str(), "r" | "br" | "cr") && get(at + hashes) == '"' {
                    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    let from = at + hashes + 1;
                    at = (from..chars.len())
                        .find(|at| chars[*at..].starts_with(&end))
                        .map_or(chars.len(), |at| at + end.len());
                } else if matches!(name.as_str(), "b" | "c") && get(at) == '"' {
                    at = after_string(&chars, at);
                } else {
                    tokens.push(Token { text: name, line });
                }
            }
            ':' if get(at + 1) == ':' => {
                tokens.push(Token { text: "::".to_owned(), line });
                at += 2;
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token { text: c.to_string(), line });
                }
                at += 1;
            }
        }
        line += chars[start..at].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// Where the string that begins with the quote at `at` is over.
fn after_string(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}
