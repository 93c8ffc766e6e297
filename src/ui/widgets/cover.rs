//! The cover of what plays: decoded off the window's thread, kept as one small texture.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use egui::{ColorImage, Context, TextureHandle, TextureId, TextureOptions};

/// Side of the texture in pixels: twice the size drawn, for dense screens.
const SIDE: u32 = 96;
/// Largest cover that is decoded, in pixels of one side.
const LARGEST: u32 = 8_192;

/// The texture of the newest cover.
#[derive(Default)]
pub struct Cover {
    bytes: Option<Arc<[u8]>>,
    decoding: Option<Receiver<Option<ColorImage>>>,
    texture: Option<TextureHandle>,
}

impl Cover {
    /// The texture of the cover in `bytes` (PNG or JPEG); `None` where there is none, or while it is decoded.
    pub fn texture(&mut self, ctx: &Context, bytes: Option<&Arc<[u8]>>) -> Option<TextureId> {
        let same = match (&self.bytes, bytes) {
            (Some(known), Some(bytes)) => Arc::ptr_eq(known, bytes),
            (None, None) => true,
            _ => false,
        };
        if !same {
            *self = Self { bytes: bytes.cloned(), ..Self::default() };
            self.decoding = bytes.and_then(|bytes| decode(ctx, Arc::clone(bytes)));
        }
        match self.decoding.as_ref().map(Receiver::try_recv) {
            Some(Ok(image)) => {
                self.texture = image.map(|image| ctx.load_texture("cover", image, TextureOptions::LINEAR));
                self.decoding = None;
            }
            Some(Err(TryRecvError::Disconnected)) => self.decoding = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        self.texture.as_ref().map(TextureHandle::id)
    }
}

fn decode(ctx: &Context, bytes: Arc<[u8]>) -> Option<Receiver<Option<ColorImage>>> {
    let (sender, receiver) = sync_channel(1);
    let ctx = ctx.clone();
    let work = move || {
        // Nobody waits for the answer any more where the track has changed meanwhile.
        let _ = sender.send(thumbnail(&bytes));
        ctx.request_repaint();
    };
    match std::thread::Builder::new().name("cover".to_owned()).spawn(work) {
        Ok(_) => Some(receiver),
        Err(error) => {
            tracing::warn!("no thread to decode a cover: {error}");
            None
        }
    }
}

/// The middle square of a picture, made small.
fn thumbnail(bytes: &[u8]) -> Option<ColorImage> {
    let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LARGEST);
    limits.max_image_height = Some(LARGEST);
    reader.limits(limits);
    let picture = match reader.decode() {
        Ok(picture) => picture,
        Err(error) => {
            tracing::debug!("a cover cannot be decoded: {error}");
            return None;
        }
    };
    let small = picture.resize_to_fill(SIDE, SIDE, image::imageops::FilterType::Triangle).to_rgba8();
    let size = [small.width() as usize, small.height() as usize];
    Some(ColorImage::from_rgba_unmultiplied(size, small.as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_becomes_a_small_square_and_rubbish_becomes_nothing() {
        let mut bytes = Vec::new();
        let picture = image::RgbImage::from_pixel(300, 200, image::Rgb([200, 10, 30]));
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        let small = thumbnail(&bytes).unwrap();
        assert_eq!(small.size, [SIDE as usize, SIDE as usize]);
        assert_eq!(small.pixels[0], egui::Color32::from_rgb(200, 10, 30));
        assert!(thumbnail(b"not a picture").is_none());
    }
}
