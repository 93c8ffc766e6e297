//! Written maps as other programs read them.

use std::fs;

use songline::map::{MapError, Mark, Picture, Way, write_csv, write_png, write_svg};

const ROCK: [u8; 3] = [0, 0x72, 0xB2];
const JAZZ: [u8; 3] = [0xE6, 0x9F, 0];

fn mark(x: f32, y: f32, group: usize, title: &str) -> Mark {
    Mark {
        x,
        y,
        approximate: false,
        cluster: 3,
        title: title.to_owned(),
        artist: "Björk".to_owned(),
        genre: String::new(),
        file: "a, b.mp3".to_owned(),
        group,
    }
}

fn picture(marks: Vec<Mark>) -> Picture {
    Picture {
        caption: "<4> & more".to_owned(),
        marks,
        ways: Vec::new(),
        groups: vec![("Rock".to_owned(), ROCK), ("Jazz".to_owned(), JAZZ)],
        background: [255; 3],
        text: [20; 3],
        size: (320, 200),
    }
}

fn four() -> Picture {
    let corners = [(0.0, 0.0, 0), (10.0, 0.0, 1), (10.0, 5.0, 0), (0.0, 5.0, 9)];
    picture(corners.iter().map(|(x, y, group)| mark(*x, *y, *group, "Say \"hi\"\u{1}")).collect())
}

#[test]
fn a_table_quotes_what_needs_it_and_has_a_header_when_empty() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.csv");
    write_csv(&file, &picture(Vec::new())).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "file,title,artist,genre,x,y,cluster,approximate\n");
    write_csv(&file, &picture(vec![mark(1.5, -2.0, 0, "Say \"hi\"")])).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().nth(1), Some("\"a, b.mp3\",\"Say \"\"hi\"\"\",Björk,,1.5,-2,3,false"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
    let nowhere = folder.path().join("missing/map.csv");
    assert!(matches!(write_csv(&nowhere, &four()), Err(MapError::Write { .. })));
}

#[test]
fn a_drawing_holds_every_point_and_the_legend_and_is_xml() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.svg");
    write_svg(&file, &four()).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("<title>").count(), 4);
    assert!(text.contains("&lt;4&gt; &amp; more") && text.contains("Say &quot;hi&quot;<") && !text.contains('\u{1}'));
    assert!(text.find(">Rock<").unwrap() < text.find(">Jazz<").unwrap());
    assert!(text.contains("#0072b2") && text.contains("#e69f00"));
    write_svg(&file, &picture(Vec::new())).unwrap();
    assert!(!fs::read_to_string(&file).unwrap().contains("NaN"));
}

#[test]
fn a_picture_has_discs_in_the_groups_colours_with_smooth_edges() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.png");
    write_png(&file, &four()).unwrap();
    let image = image::open(&file).unwrap().to_rgb8();
    assert_eq!(image.dimensions(), (320, 200));
    let over = |colour: [u8; 3]| colour.map(|value| (f32::from(value) * 0.9 + 255.0 * 0.1).round() as u8);
    let count = |colour: [u8; 3]| image.pixels().filter(|pixel| pixel.0 == over(colour)).count() as f32;
    assert!(count(ROCK) > 0.0);
    // Group 9 is drawn as the last there is.
    assert!((count(ROCK) / count(JAZZ) - 1.0).abs() < 0.1, "{} {}", count(ROCK), count(JAZZ));
    let painted = image.pixels().filter(|pixel| pixel.0 != [255; 3]).count() as f32;
    assert!(painted > count(ROCK) + count(JAZZ), "edges are blended");
    write_png(&file, &picture(vec![mark(1.0, 1.0, 0, "alone")])).unwrap();
    let alone = image::open(&file).unwrap().to_rgb8();
    assert_eq!(alone.get_pixel(160, 100).0, over(ROCK), "one point lies in the middle");
}

const ORANGE: [u8; 3] = [0xFF, 0xB4, 0x54];

/// A way from the lower left to the upper right, and on to a place beyond every point.
fn with_way() -> Picture {
    let way =
        Way { name: "A <b> – C".to_owned(), colour: ORANGE, positions: vec![[0.0, 0.0], [10.0, 5.0], [20.0, 5.0]] };
    Picture { ways: vec![way], ..four() }
}

#[test]
fn ways_are_drawn_over_the_points_and_named_in_the_legend() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.svg");
    write_svg(&file, &with_way()).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("<title>A &lt;b&gt; – C</title>") && text.contains(">A &lt;b&gt; – C</text>"));
    let line = text.lines().find(|line| line.contains("<polyline")).unwrap();
    assert_eq!(line.matches("<circle").count(), 3, "one point a segment");
    let long = Way { name: "夜の散歩道".repeat(5), ..with_way().ways.remove(0) };
    write_svg(&file, &Picture { ways: vec![long], ..four() }).unwrap();
    let short = format!("{}夜…</text>", "夜の散歩道".repeat(3));
    assert!(fs::read_to_string(&file).unwrap().contains(&short), "no name leaves the legend");
    assert!(text.find("<polyline").unwrap() > text.find("Say &quot;hi&quot;").unwrap(), "above the points");
}

#[test]
fn a_picture_has_the_way_as_an_unbroken_line_inside_its_frame() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.png");
    write_png(&file, &with_way()).unwrap();
    let image = image::open(&file).unwrap().to_rgb8();
    let columns: Vec<u32> =
        image.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 == ORANGE).map(|(x, ..)| x).collect();
    let (first, last) = (*columns.iter().min().unwrap(), *columns.iter().max().unwrap());
    assert!(first >= 5 && last < 315, "the frame holds the way, too: {first} to {last}");
    assert!(last - first > 200 && (first..=last).all(|x| columns.contains(&x)), "no gap");
}
