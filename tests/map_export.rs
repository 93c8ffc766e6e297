//! Maps as other programs read them.

use songline::map::export::{Drawing, DrawnLine, DrawnPoint, Look, TableRow, palette, raster, svg, write_csv};

fn point(at: [f32; 2], group: &str, name: &str) -> DrawnPoint {
    DrawnPoint { at, group: group.to_owned(), name: name.to_owned(), approximate: false }
}

fn drawing() -> Drawing {
    Drawing {
        title: "Demo <1> & more".to_owned(),
        points: vec![
            point([0.0, 0.0], "Rock", "A \"quoted\"\u{1} name"),
            point([10.0, 0.0], "Jazz", "B"),
            point([10.0, 5.0], "Rock", "C"),
            point([0.0, 5.0], "", "D"),
        ],
        lines: vec![DrawnLine { points: vec![[0.0, 0.0], [10.0, 5.0]], colour: [1, 2, 3] }],
    }
}

#[test]
fn a_table_quotes_what_needs_it_and_has_a_header_when_empty() {
    let mut out = Vec::new();
    write_csv(&mut out, &[]).unwrap();
    assert_eq!(out, b"file,title,artist,x,y,cluster,approximate\n");
    let row = TableRow {
        file: "a, b.mp3".to_owned(),
        title: "Say \"hi\"".to_owned(),
        artist: "Björk".to_owned(),
        x: 1.5,
        y: -2.0,
        cluster: 3,
        approximate: true,
    };
    let mut out = Vec::new();
    write_csv(&mut out, [&row]).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().nth(1), Some("\"a, b.mp3\",\"Say \"\"hi\"\"\",Björk,1.5,-2.0,3,true"));
}

#[test]
fn an_svg_holds_every_point_the_line_the_title_and_a_legend_by_size() {
    let text = svg(&drawing(), &Look::dark());
    assert_eq!(text.matches("<title>").count(), 4);
    assert_eq!(text.matches("<polyline").count(), 1);
    assert!(text.contains("Demo &lt;1&gt; &amp; more") && text.contains("A &quot;quoted&quot; name"));
    let legend: Vec<_> = ["Rock (2)", "Jazz (1)", "Other (1)"].iter().map(|row| text.find(row).unwrap()).collect();
    assert!(legend.is_sorted());
    assert!(text.contains("fill=\"#12141a\"") && text.contains("#010203"));
    let empty = svg(&Drawing::default(), &Look::light());
    assert!(empty.starts_with("<svg") && empty.ends_with("</svg>\n") && !empty.contains("NaN"));
}

#[test]
fn a_raster_paints_points_in_their_groups_colours_with_smooth_edges() {
    let look = Look { width: 320, height: 200, radius: 6.0, ..Look::light() };
    let image = raster(&Drawing { lines: Vec::new(), ..drawing() }, &look);
    assert_eq!(image.dimensions(), (320, 200));
    assert!(image.pixels().all(|pixel| pixel.0[3] == 255));
    let over = |colour: palette::Rgb| colour.map(|value| (f32::from(value) * 0.85 + 255.0 * 0.15).round() as u8);
    let count = |colour: palette::Rgb| image.pixels().filter(|pixel| pixel.0[..3] == over(colour)).count();
    let disc = std::f32::consts::PI * 36.0;
    for (colour, discs) in [(palette::GROUPS[0], 2.0), (palette::GROUPS[1], 1.0), (palette::OTHER, 1.0)] {
        let painted = count(colour) as f32;
        assert!(painted > 0.75 * discs * disc && painted <= discs * disc, "{painted} {}", discs * disc);
    }
    let blends = image.pixels().filter(|pixel| pixel.0[..3] != [255; 3]).count() as f32;
    assert!(blends > 4.0 * disc, "edges are blended");
}

#[test]
fn a_trajectory_is_drawn_once_and_strange_places_do_no_harm() {
    let look = Look { width: 100, height: 80, ..Look::dark() };
    let line = |points: &[[f32; 2]]| Drawing {
        lines: vec![DrawnLine { points: points.to_vec(), colour: [255, 0, 0] }],
        ..Drawing::default()
    };
    let image = raster(&line(&[[0.0, 0.0], [4.0, 3.0], [8.0, 0.0]]), &look);
    assert!(image.pixels().any(|pixel| pixel.0[..3] == [255, 0, 0]));
    for points in [&[][..], &[[1.0, 1.0]], &[[f32::NAN, 0.0], [f32::INFINITY, 1.0]]] {
        assert_eq!(raster(&line(points), &look).dimensions(), (100, 80));
        assert!(svg(&line(points), &look).ends_with("</svg>\n"));
    }
    assert_eq!(raster(&Drawing::default(), &Look { width: 0, height: 0, ..look }).dimensions(), (0, 0));
}

#[test]
fn the_palette_has_a_colour_for_every_cluster() {
    let mut colours = palette::GROUPS.to_vec();
    colours.push(palette::OTHER);
    colours.sort_unstable();
    colours.dedup();
    assert_eq!(colours.len(), 13);
}
