//! A map as a CSV table.

use std::io::Write;

/// One track in the table.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TableRow {
    /// The file as imported.
    pub file: String,
    pub title: String,
    pub artist: String,
    pub x: f32,
    pub y: f32,
    pub cluster: u16,
    pub approximate: bool,
}

/// Writes a header and one line per row.
///
/// # Errors
/// What `out` fails with.
pub fn write_csv<'a>(out: impl Write, rows: impl IntoIterator<Item = &'a TableRow>) -> Result<(), csv::Error> {
    // The header is written here, so that an empty map has one too.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
    writer.write_record(["file", "title", "artist", "x", "y", "cluster", "approximate"])?;
    rows.into_iter().try_for_each(|row| writer.serialize(row))?;
    writer.flush()?;
    Ok(())
}
