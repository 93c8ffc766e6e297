//! A map as a file: rows, a drawing with a legend, or a picture of points and lines alone.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};

use super::MapError;

/// A track on a map that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub x: f32,
    pub y: f32,
    pub approximate: bool,
    pub cluster: u16,
    pub title: String,
    pub artist: String,
    pub genre: String,
    /// The file, as imported.
    pub file: String,
    /// Index into the picture's groups; the last one where there are more marks' groups than colours.
    pub group: usize,
}

/// A track's way over a map that is written: the positions of its segments in time order.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// "Artist – Title".
    pub name: String,
    pub colour: [u8; 3],
    pub positions: Vec<[f32; 2]>,
}

/// What is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// "64 tracks · songline-base · KL 0.52".
    pub caption: String,
    pub marks: Vec<Mark>,
    /// Drawn over the marks, the last one on top; the marks step back then.
    pub ways: Vec<Way>,
    /// Names and colours (red, green, blue) of the groups.
    pub groups: Vec<(String, [u8; 3])>,
    pub background: [u8; 3],
    pub text: [u8; 3],
    /// Width and height in pixels; the legend of the drawing stands to the right of that.
    pub size: (u32, u32),
}

/// Space around the outermost points, as a share of the shorter side.
const MARGIN: f32 = 0.05;

impl Picture {
    /// From the map's units to pixels, keeping its proportions.
    fn scale(&self) -> impl Fn([f32; 2]) -> [f32; 2] + use<> {
        let bounds = |axis: usize| {
            let of_marks = self.marks.iter().map(|mark| [mark.x, mark.y][axis]);
            let of_ways = self.ways.iter().flat_map(|way| &way.positions).map(|position| position[axis]);
            let values = of_marks.chain(of_ways);
            let low = values.clone().fold(f32::INFINITY, f32::min);
            let high = values.fold(f32::NEG_INFINITY, f32::max);
            if low.is_finite() { (low, high) } else { (0.0, 0.0) }
        };
        let (left, right) = bounds(0);
        let (bottom, top) = bounds(1);
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        let margin = MARGIN * width.min(height);
        let span = ((right - left) / (width - 2.0 * margin)).max((top - bottom) / (height - 2.0 * margin));
        let span = if span > 0.0 { span } else { 1.0 };
        let centre = [f32::midpoint(left, right), f32::midpoint(bottom, top)];
        move |[x, y]| [width / 2.0 + (x - centre[0]) / span, height / 2.0 - (y - centre[1]) / span]
    }

    fn radius(&self) -> f32 {
        let crowd = (self.marks.len() as f32).sqrt();
        (self.size.1 as f32 / crowd / 8.0).clamp(1.5, 7.0)
    }

    /// Half the width of a way.
    fn stroke(&self) -> f32 {
        (self.size.1 as f32 / 800.0).max(1.0)
    }

    /// How opaque a mark is: less where it is approximate, and where ways stand out from it.
    fn opacity(&self, mark: &Mark) -> f32 {
        let opacity = if mark.approximate { 0.45 } else { 0.9 };
        if self.ways.is_empty() { opacity } else { opacity * 0.5 }
    }

    fn colour(&self, mark: &Mark) -> [u8; 3] {
        self.groups.get(mark.group).or(self.groups.last()).map_or(self.text, |(_, colour)| *colour)
    }
}

/// Writes one row a track: file, title, artist, genre, x, y, cluster, approximate.
///
/// # Errors
/// [`MapError::Write`]
pub fn write_csv(path: &Path, picture: &Picture) -> Result<(), MapError> {
    let failed = |error: csv::Error| MapError::Write { path: path.to_path_buf(), source: Box::new(error) };
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["file", "title", "artist", "genre", "x", "y", "cluster", "approximate"]).map_err(failed)?;
    for mark in &picture.marks {
        let numbers = [mark.x.to_string(), mark.y.to_string(), mark.cluster.to_string(), mark.approximate.to_string()];
        let texts = [&mark.file, &mark.title, &mark.artist, &mark.genre];
        table.write_record(texts.into_iter().chain(&numbers)).map_err(failed)?;
    }
    let rows = table
        .into_inner()
        .map_err(|error| MapError::Write { path: path.to_path_buf(), source: error.to_string().into() })?;
    write(path, &rows)
}

/// Writes a drawing with legend and caption; each point carries its title for whoever points at it.
///
/// # Errors
/// [`MapError::Write`]
pub fn write_svg(path: &Path, picture: &Picture) -> Result<(), MapError> {
    write(path, svg(picture).as_bytes())
}

/// The drawing as text.
pub(super) fn svg(picture: &Picture) -> String {
    // Names of tracks are longer than those of genres.
    let legend = if picture.ways.is_empty() { 260 } else { 340 };
    let (width, height) = picture.size;
    let colour = |[red, green, blue]: [u8; 3]| format!("#{red:02x}{green:02x}{blue:02x}");
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{height}" viewBox="0 0 {0} {height}" font-family="sans-serif" font-size="15" fill="{1}">"#,
        width + legend,
        colour(picture.text),
    );
    let _ = writeln!(text, r#"<rect width="100%" height="100%" fill="{}"/>"#, colour(picture.background));
    let place = picture.scale();
    let radius = picture.radius();
    for mark in &picture.marks {
        let [x, y] = place([mark.x, mark.y]);
        let opacity = picture.opacity(mark);
        let _ = writeln!(
            text,
            r#"<circle cx="{x:.2}" cy="{y:.2}" r="{radius:.2}" fill="{}" fill-opacity="{opacity}"><title>{} – {}</title></circle>"#,
            colour(picture.colour(mark)),
            escaped(&mark.artist),
            escaped(&mark.title),
        );
    }
    for way in &picture.ways {
        way_as_svg(&mut text, picture, way, &place);
    }
    let entries = picture.groups.iter().map(|(name, colour)| (name, colour, false));
    let entries = entries.chain(picture.ways.iter().rev().map(|way| (&way.name, &way.colour, true)));
    for (line, (name, group, is_way)) in entries.enumerate() {
        // Some room between the groups and the ways.
        let y = 40 + line * 26 + if is_way { 20 } else { 0 };
        if is_way {
            let _ = writeln!(
                text,
                r#"<path d="M{} {} h22" stroke="{}" stroke-width="3"/><text x="{}" y="{y}">{}</text>"#,
                width + 8,
                y - 5,
                colour(*group),
                width + 36,
                escaped(&shortened(name)),
            );
            continue;
        }
        let _ = writeln!(
            text,
            r#"<circle cx="{}" cy="{}" r="7" fill="{}"/><text x="{}" y="{y}">{}</text>"#,
            width + 20,
            y - 5,
            colour(*group),
            width + 36,
            escaped(name),
        );
    }
    let _ =
        writeln!(text, r#"<text x="20" y="{}" fill-opacity="0.7">{}</text>"#, height - 16, escaped(&picture.caption));
    text.push_str("</svg>\n");
    text
}

/// Writes points and ways alone, smoothly edged.
///
/// # Errors
/// [`MapError::Write`]
pub fn write_png(path: &Path, picture: &Picture) -> Result<(), MapError> {
    let mut image = RgbImage::from_pixel(picture.size.0, picture.size.1, Rgb(picture.background));
    let place = picture.scale();
    let radius = picture.radius();
    for mark in &picture.marks {
        disc(&mut image, place([mark.x, mark.y]), radius, picture.colour(mark), picture.opacity(mark));
    }
    let half = picture.stroke();
    for way in &picture.ways {
        let points: Vec<[f32; 2]> = way.positions.iter().map(|position| place(*position)).collect();
        // A rim in the colour of the ground keeps ways apart where they cross.
        for (half, colour) in [(half + 2.0, picture.background), (half, way.colour)] {
            for pair in points.windows(2) {
                stroke(&mut image, pair[0], pair[1], half, colour);
            }
        }
        for (index, point) in points.iter().enumerate() {
            disc(&mut image, *point, half * if index + 1 == points.len() { 4.0 } else { 2.0 }, way.colour, 1.0);
        }
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| MapError::Write { path: path.to_path_buf(), source: Box::new(error) })?;
    write(path, bytes.get_ref())
}

/// Draws a disc; a pixel on its edge is covered as far as the disc reaches into it.
fn disc(image: &mut RgbImage, [x, y]: [f32; 2], radius: f32, colour: [u8; 3], opacity: f32) {
    let low = |centre: f32| (centre - radius - 1.0).floor().max(0.0) as u32;
    let high = |centre: f32, end: u32| ((centre + radius + 1.0).ceil().max(0.0) as u32).min(end);
    for row in low(y)..high(y, image.height()) {
        for column in low(x)..high(x, image.width()) {
            let distance = (column as f32 + 0.5 - x).hypot(row as f32 + 0.5 - y);
            let cover = (radius - distance + 0.5).clamp(0.0, 1.0) * opacity;
            blend(image.get_pixel_mut(column, row), colour, cover);
        }
    }
}

/// Draws a line with round ends, `half` of its width to either side.
fn stroke(image: &mut RgbImage, from: [f32; 2], to: [f32; 2], half: f32, colour: [u8; 3]) {
    let low = |a: f32, b: f32| (a.min(b) - half - 1.0).floor().max(0.0) as u32;
    let high = |a: f32, b: f32, end: u32| ((a.max(b) + half + 1.0).ceil().max(0.0) as u32).min(end);
    let (across, down) = (to[0] - from[0], to[1] - from[1]);
    let length = across.mul_add(across, down * down).max(f32::MIN_POSITIVE);
    for row in low(from[1], to[1])..high(from[1], to[1], image.height()) {
        for column in low(from[0], to[0])..high(from[0], to[0], image.width()) {
            let (x, y) = (column as f32 + 0.5 - from[0], row as f32 + 0.5 - from[1]);
            let along = (x.mul_add(across, y * down) / length).clamp(0.0, 1.0);
            let distance = (x - along * across).hypot(y - along * down);
            blend(image.get_pixel_mut(column, row), colour, (half - distance + 0.5).clamp(0.0, 1.0));
        }
    }
}

fn blend(pixel: &mut Rgb<u8>, colour: [u8; 3], cover: f32) {
    for (under, over) in pixel.0.iter_mut().zip(colour) {
        *under = (f32::from(*under) * (1.0 - cover) + f32::from(over) * cover).round() as u8;
    }
}

/// One way as a line with a rim, its points, and a larger point where it ends.
fn way_as_svg(text: &mut String, picture: &Picture, way: &Way, place: &impl Fn([f32; 2]) -> [f32; 2]) {
    let colour = |[red, green, blue]: [u8; 3]| format!("#{red:02x}{green:02x}{blue:02x}");
    let points: Vec<[f32; 2]> = way.positions.iter().map(|position| place(*position)).collect();
    let list: Vec<String> = points.iter().map(|[x, y]| format!("{x:.2},{y:.2}")).collect();
    let width = 2.0 * picture.stroke();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        r#"<g fill="{0}"><title>{1}</title><polyline points="{2}" fill="none" stroke="{3}" stroke-width="{4:.2}" stroke-linejoin="round"/><polyline points="{2}" fill="none" stroke="{0}" stroke-width="{width:.2}" stroke-linejoin="round"/>"#,
        colour(way.colour),
        escaped(&way.name),
        list.join(" "),
        colour(picture.background),
        width + 4.0,
    );
    for (index, [x, y]) in points.iter().enumerate() {
        let radius = picture.stroke() * if index + 1 == points.len() { 4.0 } else { 2.0 };
        let _ = write!(text, r#"<circle cx="{x:.2}" cy="{y:.2}" r="{radius:.2}"/>"#);
    }
    text.push_str("</g>\n");
}

/// A name that fits the legend.
fn shortened(name: &str) -> String {
    /// In letters of the Latin script; those from the scripts of East Asia on are twice as wide.
    const LONGEST: usize = 34;
    let wide = |letter: char| if letter >= '\u{1100}' { 2 } else { 1 };
    if name.chars().map(wide).sum::<usize>() <= LONGEST {
        return name.to_owned();
    }
    let mut room = LONGEST - 1;
    let kept = name.chars().take_while(|letter| {
        let fits = wide(*letter) <= room;
        room = room.saturating_sub(wide(*letter));
        fits
    });
    kept.chain(['…']).collect()
}

pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML 1.0 knows no other control characters.
            control if control.is_control() && !matches!(control, '\t' | '\n' | '\r') => {}
            other => safe.push(other),
        }
    }
    safe
}

/// Writes a file at once or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), MapError> {
    let failed = |source: std::io::Error| MapError::Write { path: path.to_path_buf(), source: Box::new(source) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // A temporary file is private by default; a map is as readable as any other file of the user's.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
