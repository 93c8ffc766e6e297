//! Data sets into the library: while one archive is imported and embedded, the next one is downloaded.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;

use super::failure::RoomError;
use super::import::{Told, import_told, of_known_set};
use super::message::{ImportSummary, JobError, SetSource, SetSpec, SetSummary, Sets};
use super::{Context, Report, models};
use crate::archive::{self, Kind};
use crate::domain::{Control, DeviceChoice, Origin, Progress};
use crate::source::dataset::{Dataset, FMA_WITHOUT_SOUND, FmaTrack, fma_number, fma_tracks, known};
use crate::source::download::{Checksum, DownloadError, Manner, News, Wanted, download, free, progress, remove};
use crate::source::net::Client;

const DOING: &str = "Downloading";

/// One archive that is wanted.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: String,
    pub urls: Vec<String>,
    pub checksum: Option<Checksum>,
    /// It describes the tracks of the others and holds no music.
    pub describes: bool,
    /// Where its tracks come from, unless a description knows better.
    pub origin: Option<Origin>,
}

/// Where archives are kept unless another folder is named.
pub fn folder(context: &Context) -> PathBuf {
    context.library.root().join("datasets")
}

/// The data sets that are known, with what is there of them.
pub fn sets(context: &Context, hosts: &BTreeMap<String, String>) -> Sets {
    let into = folder(context);
    let summary = |set: Dataset| SetSummary {
        got: downloaded(&parts(&set), &into).0,
        available: !set.files.is_empty(),
        name: set.name,
        title: set.title,
        about: set.about,
        licence: set.licence,
        bytes: set.bytes,
    };
    Sets { sets: known(hosts).into_iter().map(summary).collect(), free: free(context.library.root()) }
}

/// The known set of that name.
///
/// # Errors
/// Where there is none, with the names of those that there are.
pub fn named(name: &str, hosts: &BTreeMap<String, String>) -> Result<Dataset, JobError> {
    let sets = known(hosts);
    let names = sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>().join(", ");
    sets.into_iter().find(|set| set.name == name).ok_or_else(|| JobError::Failed {
        doing: "Finding the data set",
        reason: format!("there is no data set {name}; there are {names}"),
    })
}

/// Downloads and imports what `spec` names, as [`take`] does.
pub fn take_set(
    context: &Context,
    spec: &SetSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<ImportSummary, JobError> {
    let parts = match &spec.source {
        SetSource::Known(name) => parts(&named(name, &spec.hosts)?),
        SetSource::Url(url) => vec![part_of_url(url)?],
    };
    let manner = Manner { bytes_a_second: spec.bytes_a_second, ..Manner::default() };
    let taking = Taking { into: folder(context), unpack: spec.unpack, manner, device: spec.device };
    take(context, &parts, &taking, control, report)
}

/// Deletes what was downloaded of a known set.
///
/// # Errors
/// Where there is none of that name, or a file cannot be deleted.
pub fn remove_set(context: &Context, name: &str, hosts: &BTreeMap<String, String>) -> Result<(), JobError> {
    delete(&parts(&named(name, hosts)?), &folder(context))
}

/// The archives of a known set.
pub fn parts(set: &Dataset) -> Vec<Part> {
    let part = |file: &crate::source::dataset::DatasetFile| Part {
        name: file.name.clone(),
        urls: file.urls.clone(),
        checksum: file.checksum(),
        describes: set.metadata.as_ref() == Some(&file.name),
        origin: Some(Origin { source: set.title.clone(), licence: Some(set.licence.clone()), trainable: true }),
    };
    set.files.iter().map(part).collect()
}

/// The archive at an address of the user's.
///
/// # Errors
/// Where the address does not end in an archive's name.
pub fn part_of_url(url: &str) -> Result<Part, JobError> {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let name = plain.rsplit('/').next().unwrap_or_default();
    let safe = !name.contains(['\\', ':']) && !name.starts_with('.');
    if Kind::of_name(name).is_none() || !safe {
        let reason = "the address must end in the name of a .zip, .tar, .tar.gz or .tgz file".to_owned();
        return Err(JobError::Failed { doing: DOING, reason });
    }
    let host = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    let origin = Origin { source: format!("Downloaded from {host}"), licence: None, trainable: true };
    Ok(Part {
        name: name.to_owned(),
        urls: vec![url.to_owned()],
        checksum: None,
        describes: false,
        origin: Some(origin),
    })
}

/// Bytes on the disk and bytes in all, of those archives of a set whose size is known.
pub fn downloaded(parts: &[Part], into: &Path) -> (u64, u64) {
    let known = parts.iter().filter_map(|part| progress(&into.join(&part.name)));
    known.fold((0, 0), |(got, of), (more, all)| (got + more, of + all))
}

/// Deletes what is there of a set's archives.
///
/// # Errors
/// Where a file cannot be deleted.
pub fn delete(parts: &[Part], into: &Path) -> Result<(), JobError> {
    parts.iter().try_for_each(|part| remove(&into.join(&part.name))).map_err(|error| error.doing("Deleting"))
}

/// Where and how archives are taken in.
#[derive(Debug, Clone)]
pub struct Taking {
    pub into: PathBuf,
    /// Writes the members out as files and imports those.
    pub unpack: bool,
    pub manner: Manner,
    pub device: DeviceChoice,
}

/// Downloads archives, one after the other, and imports and embeds each as soon as it is complete, while the next one
/// comes. Called again it goes on where it was cut off.
///
/// # Errors
/// What keeps an archive from being downloaded, or the library from being written. What was finished before stays.
pub fn take(
    context: &Context,
    parts: &[Part],
    taking: &Taking,
    control: &Control,
    report: &dyn Report,
) -> Result<ImportSummary, JobError> {
    if parts.is_empty() {
        let reason = "this set has no address any more; give the address of an archive, or import your own".to_owned();
        return Err(JobError::Failed { doing: DOING, reason });
    }
    let client = Client::default();
    let (done, complete) = bounded::<(Part, PathBuf)>(parts.len());
    std::thread::scope(|scope| {
        let fetcher = std::thread::Builder::new().name("datasets".to_owned()).spawn_scoped(scope, || {
            // It moves in, so that the other side sees the end.
            let done = done;
            for part in parts {
                let to = taking.into.join(&part.name);
                fetch(&client, part, &to, &taking.manner, control, report)?;
                if done.send((part.clone(), to)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let fetcher = fetcher.map_err(|error| error.doing(DOING))?;
        let mut sum = ImportSummary::default();
        let mut described = HashMap::new();
        let mut taken = Ok(());
        for (part, path) in &complete {
            let one = if part.describes {
                describe(&path, report).map(|tracks| described = tracks)
            } else {
                take_one(context, &path, part.origin.as_ref(), &described, taking, control, report)
                    .map(|more| add(&mut sum, &more))
            };
            if one.is_err() {
                taken = one;
                break;
            }
        }
        // Where nobody takes archives any more, the next one is not begun.
        drop(complete);
        let fetched = fetcher.join().unwrap_or_else(|_| {
            Err(JobError::Failed {
                doing: DOING,
                reason: "Songline made a mistake here; the log has the details".to_owned(),
            })
        });
        taken.and(fetched).map(|()| sum)
    })
}

fn fetch(
    client: &Client,
    part: &Part,
    to: &Path,
    manner: &Manner,
    control: &Control,
    report: &dyn Report,
) -> Result<(), JobError> {
    let wanted = Wanted {
        urls: part.urls.clone(),
        to: to.to_path_buf(),
        size: None,
        checksum: part.checksum.clone(),
        kind: Kind::of_name(&part.name),
    };
    let tell = |news| match news {
        News::Bytes { got, of } => report.progress(Progress::new(DOING, got, of).with_detail(&part.name)),
        News::Checking { read, of } => {
            report.progress(Progress::new("Checking", read, Some(of)).with_detail(&part.name))
        }
        News::Note(note) => report.warning(format!("{}: {note}", part.name)),
    };
    download(client, &wanted, manner, control, &tell).map_err(|error: DownloadError| error.doing(DOING))
}

fn take_one(
    context: &Context,
    path: &Path,
    origin: Option<&Origin>,
    described: &HashMap<u32, FmaTrack>,
    taking: &Taking,
    control: &Control,
    report: &dyn Report,
) -> Result<ImportSummary, JobError> {
    let from = if taking.unpack || path.extension().is_some_and(|end| end != "zip" && end != "tar") {
        unpacked(path, control, report)?
    } else {
        path.to_path_buf()
    };
    let told = |file: &Path| {
        let Some(number) = fma_number(file).filter(|_| !described.is_empty()) else {
            let told = of_known_set(file).unwrap_or_default();
            return Some(Told { origin: told.origin.or_else(|| origin.cloned()), ..told });
        };
        let track = described.get(&number);
        let tags = track.map(|track| track.tags.clone()).unwrap_or_default();
        let known_fault = FMA_WITHOUT_SOUND.contains(&number).then_some("a clip that FMA is known to lack");
        Some(Told { tags, known_fault, origin: track.map(FmaTrack::origin).or_else(|| origin.cloned()) })
    };
    let sum = import_told(context, &[from], false, &told, control, report)?;
    match models::embed(context, None, taking.device, control, report) {
        Ok(_) | Err(JobError::NoModel) => Ok(sum),
        Err(error) => Err(error),
    }
}

/// The folder beside the archive that holds its files.
fn unpacked(path: &Path, control: &Control, report: &dyn Report) -> Result<PathBuf, JobError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches(".gz").trim_end_matches(".tgz").trim_end_matches(".tar").trim_end_matches(".zip");
    let folder = path.with_file_name(name);
    let mut on_file = |files: usize| report.progress(Progress::new("Unpacking", files as u64, None));
    let done = archive::unpack(path, &folder, control, &mut on_file).map_err(|error| error.doing("Unpacking"))?;
    for (name, reason) in &done.refused {
        report.warning(format!("{name}: {reason}"));
    }
    Ok(folder)
}

/// Reads `tracks.csv` out of FMA's metadata.
fn describe(path: &Path, report: &dyn Report) -> Result<HashMap<u32, FmaTrack>, JobError> {
    let doing = "Reading what describes the tracks";
    let members = archive::members(path).map_err(|error| error.doing(doing))?;
    let Some(table) = members.iter().find(|member| member.name.rsplit('/').next() == Some("tracks.csv")) else {
        report.warning("the metadata has no tracks.csv; tracks keep the tags of their files".to_owned());
        return Ok(HashMap::new());
    };
    let table = archive::open(&path.join(&table.name)).map_err(|error| error.doing(doing))?;
    let (tracks, bad) = fma_tracks(table).map_err(|reason| JobError::Failed { doing, reason })?;
    if bad > 0 {
        report.warning(format!("{bad} rows of tracks.csv cannot be read"));
    }
    Ok(tracks)
}

fn add(sum: &mut ImportSummary, more: &ImportSummary) {
    sum.imported += more.imported;
    sum.unchanged += more.unchanged;
    sum.duplicates += more.duplicates;
    sum.skipped += more.skipped;
    sum.failed += more.failed;
}
