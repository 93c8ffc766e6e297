//! A map as a web page of one file, which needs nothing else and no network.

use std::path::Path;

use super::MapError;
use super::export::{Picture, escaped, svg, write};

/// What the page does: the wheel zooms, a drag moves, a word dims what has it not, a click names a track.
const SCRIPT: &str = r#"
const svg = document.querySelector('svg'), marks = [...svg.querySelectorAll('circle')].filter(mark => mark.querySelector('title'));
const word = document.getElementById('word'), name = document.getElementById('name');
let [x, y, w, h] = svg.getAttribute('viewBox').split(' ').map(Number);
const look = () => svg.setAttribute('viewBox', [x, y, w, h].join(' '));
svg.addEventListener('wheel', event => {
  event.preventDefault();
  const box = svg.getBoundingClientRect(), by = Math.exp(event.deltaY * 0.0015);
  const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
  x += w * across * (1 - by); y += h * down * (1 - by); w *= by; h *= by; look();
}, {passive: false});
svg.addEventListener('pointermove', event => {
  if (!event.buttons) return;
  const box = svg.getBoundingClientRect();
  x -= event.movementX * w / box.width; y -= event.movementY * h / box.height; look();
});
word.addEventListener('input', () => {
  const wanted = word.value.toLowerCase(); let found = 0;
  for (const mark of marks) {
    const fits = mark.textContent.toLowerCase().includes(wanted);
    mark.style.opacity = fits ? 1 : 0.12; found += fits;
  }
  name.textContent = wanted ? found + ' of ' + marks.length + ' tracks' : '';
});
svg.addEventListener('click', event => { if (event.target.textContent) name.textContent = event.target.textContent; });
"#;

/// Writes the drawing with its legend as a page that can be zoomed, moved and searched.
///
/// # Errors
/// [`MapError::Write`]
pub fn write_html(path: &Path, picture: &Picture) -> Result<(), MapError> {
    let colour = |[red, green, blue]: [u8; 3]| format!("#{red:02x}{green:02x}{blue:02x}");
    let (ground, text) = (colour(picture.background), colour(picture.text));
    let caption = escaped(&picture.caption);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Songline: {caption}</title>\n<style>\n\
         html, body {{ margin: 0; height: 100%; background: {ground}; color: {text}; font: 15px sans-serif; }}\n\
         header {{ position: fixed; top: 12px; left: 12px; display: flex; gap: 16px; align-items: center; }}\n\
         input {{ font: inherit; padding: 6px 10px; border-radius: 6px; border: 1px solid {text}; background: {ground}; color: {text}; }}\n\
         svg {{ width: 100%; height: 100%; cursor: grab; }}\n</style></head>\n<body>\n\
         <header><input id=\"word\" type=\"search\" placeholder=\"Title or artist\" aria-label=\"Search\"><span id=\"name\" role=\"status\"></span></header>\n\
         {}<script>{SCRIPT}</script>\n</body></html>\n",
        svg(picture),
    );
    write(path, page.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Mark;

    #[test]
    fn the_page_holds_every_track_and_asks_for_nothing_outside() {
        let mark = |title: &str| Mark {
            x: 1.0,
            y: 2.0,
            approximate: false,
            cluster: 0,
            title: title.into(),
            artist: "A & B".into(),
            genre: String::new(),
            file: String::new(),
            group: 0,
        };
        let picture = Picture {
            caption: "2 tracks".into(),
            marks: vec![mark("<script>"), mark("Second")],
            ways: Vec::new(),
            groups: vec![("All".into(), [1, 2, 3])],
            background: [0, 0, 0],
            text: [255, 255, 255],
            size: (400, 300),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.html");
        write_html(&path, &picture).unwrap();
        let page = std::fs::read_to_string(path).unwrap();
        assert!(page.contains("<title>A &amp; B – &lt;script&gt;</title>") && page.contains("– Second</title>"));
        assert_eq!(page.matches("<script>").count(), 1, "a title is no code");
        let outside = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http") && !outside.contains("src="), "nothing is loaded");
    }
}
