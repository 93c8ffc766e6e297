//! Files for other programs: tables, arrays, pictures.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{Rgb, RgbImage};
use ndarray::{ArrayView, IxDyn};
use ndarray_npy::WriteNpyExt;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::context::SearchIndex;
use super::failure::RoomError;
use super::inspect::Stage;
use super::map::{build, place};
use super::message::{JobError, MapSettings, MapWays, PlacedTrajectory};
use super::{Context, Report};
use crate::domain::{Control, MEL_BANDS, Span, Track, TrackId, viridis};
use crate::map::{MapError, Mark, Picture, Way, write_csv, write_html, write_png, write_svg};
use crate::similarity::NeighbourRow;

/// Writes the table of neighbours: query, rank, neighbour, distance, with paths as imported.
pub fn neighbours(found: &SearchIndex, rows: &[NeighbourRow], path: &Path) -> Result<(), JobError> {
    let doing = "Writing the neighbours";
    whole_file(path, doing, |file| {
        let mut table = csv::Writer::from_writer(BufWriter::new(file));
        write_neighbours(found, rows, &mut table)?;
        Ok(table.flush()?)
    })
}

/// The same table as text, for standard output.
pub fn neighbours_text(found: &SearchIndex, rows: &[NeighbourRow]) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = write_neighbours(found, rows, &mut table);
    table.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn write_neighbours<W: Write>(
    found: &SearchIndex,
    rows: &[NeighbourRow],
    table: &mut csv::Writer<W>,
) -> csv::Result<()> {
    let name = |id: TrackId| found.tracks().get(&id).map(|track| track.path.display().to_string()).unwrap_or_default();
    table.write_record(["query", "rank", "neighbour", "distance"])?;
    for row in rows {
        let numbers = [row.rank.to_string(), row.distance.to_string()];
        table.write_record([&name(row.query), &numbers[0], &name(row.neighbour), &numbers[1]])?;
    }
    Ok(())
}

/// The colours of the written map: those of Okabe and Ito (2008), told apart by the colour-blind too, then their mixtures.
const COLOURS: [[u8; 3]; 12] = [
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [213, 94, 0],
    [240, 228, 66],
    [120, 94, 240],
    [143, 188, 143],
    [178, 76, 76],
    [112, 128, 144],
    [160, 130, 60],
];

/// Writes the map as PNG, SVG, HTML or CSV, by the path's extension, making it first where it is not there. The ways asked for
/// are drawn over it, which a table cannot have; returns how many.
pub fn map(
    context: &Context,
    settings: &MapSettings,
    ways: &MapWays,
    path: &Path,
    control: &Control,
    report: &dyn Report,
) -> Result<usize, JobError> {
    let doing = "Writing the map";
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let write: fn(&Path, &Picture) -> Result<(), MapError> = match extension.as_deref() {
        Some("csv") => write_csv,
        Some("svg") => write_svg,
        Some("png") => write_png,
        Some("html") => write_html,
        _ => return Err(MapError::Format(path.to_path_buf()).doing(doing)),
    };
    let layout = build(context, settings, false, control, report)?;
    let tracks: HashMap<TrackId, Track> = context
        .library
        .tracks()
        .map_err(|error| error.doing(doing))?
        .into_iter()
        .map(|track| (track.id, track))
        .collect();
    let tagged = |track: &Track| track.tags.genre.clone().unwrap_or_else(|| "No genre".to_owned());
    let spelt = spellings(tracks.values().map(tagged));
    let genre = |track: &Track| {
        let tagged = tagged(track);
        spelt.get(&tagged.trim().to_lowercase()).cloned().unwrap_or(tagged)
    };
    let groups = largest(layout.points.iter().filter_map(|point| tracks.get(&point.track)).map(genre));
    let marks = layout.points.iter().filter_map(|point| {
        let track = tracks.get(&point.track)?;
        let genre = genre(track);
        Some(Mark {
            x: point.x,
            y: point.y,
            approximate: point.approximate,
            cluster: point.cluster,
            title: track.title().to_owned(),
            artist: track.artist().to_owned(),
            group: groups.iter().position(|group| *group == genre).unwrap_or(COLOURS.len() - 1),
            genre,
            file: track.path.display().to_string(),
        })
    });
    let mut caption = format!("{} tracks · {} · {}", layout.points.len(), layout.model, layout.method);
    if let (Some(kl), Some(recall)) = (layout.kl, layout.recall_10) {
        caption.push_str(&format!(" · KL divergence {kl:.3} · {:.0} % of the 10 nearest kept", recall * 100.0));
    }
    let picture = Picture {
        caption,
        marks: marks.collect(),
        ways: drawn(context, settings, ways, &tracks)?,
        groups: groups.iter().cloned().zip(COLOURS).collect(),
        background: [18, 20, 26],
        text: [222, 226, 234],
        size: (1_600, 1_200),
    };
    write(path, &picture).map_err(|error| error.doing(doing))?;
    Ok(if extension.as_deref() == Some("csv") { 0 } else { picture.ways.len() })
}

/// Writes a picture of the window, 8 bits a channel and four channels, as PNG.
pub fn picture(path: &Path, [width, height]: [usize; 2], pixels: &[u8]) -> Result<(), JobError> {
    let doing = "Saving the picture";
    let failed = |reason: String| JobError::Failed { doing, reason };
    let image = image::RgbaImage::from_raw(width as u32, height as u32, pixels.to_vec())
        .ok_or_else(|| failed("the window gave no whole picture".to_owned()))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    // What lies behind the window is no part of it.
    let image = image::DynamicImage::ImageRgba8(image).into_rgb8();
    image.write_to(&mut bytes, image::ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    std::fs::write(path, bytes.get_ref()).map_err(|error| error.doing(doing))
}

/// The colour of what is asked about, and those of the ways beside it, which stand out from [`COLOURS`] by being lighter.
const ASKED: [u8; 3] = [255, 255, 255];
const BESIDE: [[u8; 3]; 5] = [[255, 180, 84], [61, 219, 176], [247, 143, 179], [244, 231, 110], [185, 156, 255]];

/// The ways to draw: what is asked about last, and so on top.
fn drawn(
    context: &Context,
    settings: &MapSettings,
    ways: &MapWays,
    tracks: &HashMap<TrackId, Track>,
) -> Result<Vec<Way>, JobError> {
    let named = |track: &Track| format!("{} – {}", track.artist(), track.title());
    let others: Vec<_> = ways.others.iter().zip(BESIDE.iter().cycle()).collect();
    let order: Vec<(TrackId, [u8; 3])> = others
        .into_iter()
        .rev()
        .map(|(id, colour)| (*id, *colour))
        .chain(ways.asked.iter().rev().map(|id| (*id, ASKED)))
        .collect();
    let ids: Vec<TrackId> = order.iter().map(|(id, _)| *id).collect();
    let placed = place(context, settings, &ids, &[], settings.span)?;
    let mut drawn: Vec<Way> = order
        .into_iter()
        .filter_map(|(id, colour)| {
            let way = placed.iter().find(|way| way.track == Some(id))?;
            Some(Way { name: tracks.get(&id).map(named)?, colour, positions: way.positions.clone() })
        })
        .collect();
    for file in ways.files.iter().rev() {
        let placed = place(context, settings, &[], std::slice::from_ref(file), settings.span)?;
        let way =
            |placed: PlacedTrajectory| Way { name: named(&file.track), colour: ASKED, positions: placed.positions };
        drawn.extend(placed.into_iter().map(way));
    }
    Ok(drawn)
}

/// One spelling of each name by its key in small letters, the one that occurs most: "ambient" is "Ambient".
fn spellings(names: impl Iterator<Item = String>) -> HashMap<String, String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in names {
        *counts.entry(name.trim().to_owned()).or_default() += 1;
    }
    let mut ordered: Vec<(String, usize)> = counts.into_iter().collect();
    ordered.sort_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
    // Of several spellings the last one stays.
    ordered.into_iter().map(|(name, _)| (name.to_lowercase(), name)).collect()
}

/// The names that occur most, largest first; the last one stands for all others where there are more than colours.
fn largest(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut groups: Vec<(String, usize)> = counts.into_iter().collect();
    groups.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut names: Vec<String> = groups.into_iter().map(|(name, _)| name).collect();
    if names.len() > COLOURS.len() {
        names.truncate(COLOURS.len() - 1);
        names.push("Other".to_owned());
    }
    names
}

/// Writes a stage of the network as `NAME.npy` and `NAME.png`.
///
/// The picture of segments × frames × bands shows the segments one under another, low bands at the bottom of each, time
/// to the right; that of segments × dimensions shows a row a segment, each value as a square. Values are scaled from the
/// smallest to the largest of the stage; 0 to 1 for spectrograms.
pub(super) fn write_stage(folder: &Path, stage: &Stage<'_>) -> Result<Vec<PathBuf>, JobError> {
    let doing = "Writing the stages";
    let numbers = folder.join(format!("{}.npy", stage.name));
    let array = ArrayView::from_shape(IxDyn(&stage.shape), stage.values)
        .map_err(|error| JobError::Failed { doing, reason: error.to_string() })?;
    whole_file(&numbers, doing, |file| Ok(array.write_npy(file)?))?;
    let picture = folder.join(format!("{}.png", stage.name));
    let image = stage_image(&stage.shape, stage.values);
    whole_file(&picture, doing, |file| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png)?;
        Ok(file.write_all(bytes.get_ref())?)
    })?;
    Ok(vec![numbers, picture])
}

/// Side of the square that stands for one value of a vector, in pixels.
const CELL: u32 = 4;

fn stage_image(shape: &[usize], values: &[f32]) -> RgbImage {
    let colour = |value: f32| Rgb(viridis(value));
    match *shape {
        [segments, frames, bands] => {
            let line = bands + 1;
            RgbImage::from_fn(frames as u32, (segments * line) as u32, |x, y| {
                let (segment, row) = (y as usize / line, y as usize % line);
                // A dark line parts the segments.
                let band = bands.checked_sub(row + 1);
                let at = band.map(|band| (segment * frames + x as usize) * bands + band);
                at.and_then(|at| values.get(at)).map_or(Rgb([0, 0, 0]), |value| colour(*value))
            })
        }
        [frames, bands] if bands == MEL_BANDS => RgbImage::from_fn(frames as u32, bands as u32, |x, y| {
            let at = x as usize * bands + (bands - 1 - y as usize);
            values.get(at).map_or(Rgb([0, 0, 0]), |value| colour(*value))
        }),
        _ => {
            let columns = shape.last().copied().unwrap_or(1).max(1);
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let range = if high > low { high - low } else { 1.0 };
            let (width, height) = (columns as u32 * CELL, (values.len() / columns) as u32 * CELL);
            RgbImage::from_fn(width, height, |x, y| {
                let at = (y / CELL) as usize * columns + (x / CELL) as usize;
                values.get(at).map_or(Rgb([0, 0, 0]), |value| colour((value - low) / range))
            })
        }
    }
}

/// The formats in which embeddings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbeddingFormat {
    /// Columns track (path as imported), title, artist, genre, segment, start_s, v0 … vM-1; a row a segment.
    Parquet,
    /// An array segments × M; what its rows are stands beside it in `FILE.csv`.
    Npy,
    /// The columns of Parquet, tab-separated, as the Embedding Projector reads them with a header.
    Tsv,
}

/// Writes the embedding of every segment; returns how many rows there are.
pub fn embeddings(context: &Context, span: Span, format: EmbeddingFormat, path: &Path) -> Result<usize, JobError> {
    let doing = "Writing the embeddings";
    let model = context.active_model()?;
    let found = context.index(&model, span)?;
    let rows = embedding_rows(&found);
    match format {
        EmbeddingFormat::Npy => {
            let values: Vec<f32> = rows.iter().flat_map(|row| row.values.iter().copied()).collect();
            let array = ArrayView::from_shape(IxDyn(&[rows.len(), found.index.dim()]), &values)
                .map_err(|error| JobError::Failed { doing, reason: error.to_string() })?;
            whole_file(path, doing, |file| Ok(array.write_npy(file)?))?;
            let beside = PathBuf::from(format!("{}.csv", path.display()));
            whole_file(&beside, doing, |file| table(file, b',', &rows, false))?;
        }
        EmbeddingFormat::Tsv => whole_file(path, doing, |file| table(file, b'\t', &rows, true))?,
        EmbeddingFormat::Parquet => whole_file(path, doing, |file| parquet(file, &rows, found.index.dim()))?,
    }
    Ok(rows.len())
}

struct EmbeddingRow<'a> {
    track: &'a Track,
    segment: usize,
    start_s: f64,
    values: &'a [f32],
}

fn embedding_rows(found: &SearchIndex) -> Vec<EmbeddingRow<'_>> {
    let mut tracks: Vec<&Arc<Track>> = found.tracks().values().collect();
    tracks.sort_by_key(|track| track.id);
    let mut rows = Vec::new();
    for track in tracks {
        let Some(points) = found.index.points(track.id) else { continue };
        let segments = found.offset(track.id)..;
        let start_s = |segment| found.grid.start_s(segment);
        rows.extend(segments.zip(points.chunks_exact(found.index.dim())).map(|(segment, values)| EmbeddingRow {
            track,
            segment,
            start_s: start_s(segment),
            values,
        }));
    }
    rows
}

pub(super) type WriteResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

fn table(file: &mut File, delimiter: u8, rows: &[EmbeddingRow<'_>], values: bool) -> WriteResult {
    let mut table = csv::WriterBuilder::new().delimiter(delimiter).from_writer(BufWriter::new(file));
    let dim = rows.first().map_or(0, |row| row.values.len());
    let mut header: Vec<String> =
        ["track", "title", "artist", "genre", "segment", "start_s"].map(str::to_owned).to_vec();
    if values {
        header.extend((0..dim).map(|index| format!("v{index}")));
    }
    table.write_record(&header)?;
    for row in rows {
        let mut record = vec![
            row.track.path.display().to_string(),
            row.track.title().to_owned(),
            row.track.artist().to_owned(),
            row.track.tags.genre.clone().unwrap_or_default(),
            row.segment.to_string(),
            row.start_s.to_string(),
        ];
        if values {
            record.extend(row.values.iter().map(f32::to_string));
        }
        table.write_record(&record)?;
    }
    Ok(table.flush()?)
}

fn parquet(file: &mut File, rows: &[EmbeddingRow<'_>], dim: usize) -> WriteResult {
    let values: String = (0..dim).map(|index| format!("REQUIRED FLOAT v{index};")).collect();
    let schema = format!(
        "message embeddings {{ REQUIRED BYTE_ARRAY track (UTF8); REQUIRED BYTE_ARRAY title (UTF8); \
         REQUIRED BYTE_ARRAY artist (UTF8); REQUIRED BYTE_ARRAY genre (UTF8); REQUIRED INT64 id; REQUIRED INT32 segment; \
         REQUIRED FLOAT start_s; {values} }}"
    );
    let schema = Arc::new(parquet::schema::parser::parse_message_type(&schema)?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::builder().build()))?;
    let mut group = writer.next_row_group()?;
    let texts: [fn(&EmbeddingRow<'_>) -> String; 4] = [
        |row| row.track.path.display().to_string(),
        |row| row.track.title().to_owned(),
        |row| row.track.artist().to_owned(),
        |row| row.track.tags.genre.clone().unwrap_or_default(),
    ];
    let missing = || std::io::Error::other("the table has fewer columns than its schema");
    for text in texts {
        let column: Vec<ByteArray> = rows.iter().map(|row| ByteArray::from(text(row).into_bytes())).collect();
        let mut writer = group.next_column()?.ok_or_else(missing)?;
        writer.typed::<ByteArrayType>().write_batch(&column, None, None)?;
        writer.close()?;
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.track.id.0).collect();
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<Int64Type>().write_batch(&ids, None, None)?;
    column.close()?;
    let segments: Vec<i32> = rows.iter().map(|row| row.segment as i32).collect();
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<Int32Type>().write_batch(&segments, None, None)?;
    column.close()?;
    let starts: Vec<f32> = rows.iter().map(|row| row.start_s as f32).collect();
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<FloatType>().write_batch(&starts, None, None)?;
    column.close()?;
    for index in 0..dim {
        let values: Vec<f32> = rows.iter().map(|row| row.values[index]).collect();
        let mut column = group.next_column()?.ok_or_else(missing)?;
        column.typed::<FloatType>().write_batch(&values, None, None)?;
        column.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(())
}

/// Writes a file at once or not at all: beside its place, synced, renamed.
pub(super) fn whole_file(
    path: &Path,
    doing: &'static str,
    write: impl FnOnce(&mut File) -> WriteResult,
) -> Result<(), JobError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || -> WriteResult {
        let mut builder = tempfile::Builder::new();
        // A temporary file is private by default; what is exported is as readable as any other file of the user's.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(|error| JobError::Failed { doing, reason: format!("{error}: {}", path.display()) })
}
