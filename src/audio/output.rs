//! The audio device, by way of rodio.

use std::any::Any;
use std::num::NonZero;
use std::time::Duration;

use crossbeam_channel::Sender;
use rodio::cpal::traits::{DeviceTrait, HostTrait};
use rodio::{CpalError, CpalErrorKind, Device, DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Source, cpal};

use super::engine::{CHANNELS, Engine, EngineHandle};

/// Frames that the device asks for at a time, where it lets itself be told: 21 ms at 48 kHz. Twice that lies between
/// the engine and the ear.
const DEVICE_FRAMES: u32 = 1_024;
/// Frames that the engine renders at a time: 2.7 ms at 48 kHz.
const ENGINE_FRAMES: usize = 128;

/// An open device.
pub(super) struct Output {
    pub(super) handle: EngineHandle,
    pub(super) rate: u32,
    /// Keeps the device open.
    pub(super) _device: Box<dyn Any>,
}

/// Opens a device whose engine begins at the given volume. The channel is told when the device goes away.
pub(super) type OpenOutput = Box<dyn FnMut(f32, Sender<String>) -> Result<Output, String> + Send>;

/// Opens the default device, or else the first one that works.
pub(super) fn open_device(volume: f32, lost: Sender<String>) -> Result<Output, String> {
    let host = cpal::default_host();
    let default = host.default_output_device().ok_or_else(|| "there is no audio device".to_owned());
    let sink = default.and_then(|device| open_sink(device, &lost)).or_else(|reason| {
        let mut others = host.output_devices().into_iter().flatten().filter(can_be_heard);
        others.find_map(|device| open_sink(device, &lost).ok()).ok_or(reason)
    })?;
    let rate = sink.config().sample_rate();
    let (engine, handle) = Engine::new(rate.get(), volume);
    sink.mixer().add(EngineSource { engine, rate, buffer: [0.0; ENGINE_FRAMES * CHANNELS], next: usize::MAX });
    Ok(Output { handle, rate: rate.get(), _device: Box::new(sink) })
}

/// ALSA lists a device that swallows all sound. To open it would be to say that all is well.
fn can_be_heard(device: &Device) -> bool {
    device.description().is_ok_and(|description| description.driver() != Some("null"))
}

/// The name of the output that would be played through.
///
/// # Errors
/// Why there is none.
pub fn default_output() -> Result<String, String> {
    let device = cpal::default_host().default_output_device().ok_or_else(|| "there is no audio device".to_owned())?;
    device.description().map(|description| description.name().to_owned()).map_err(|error| error.to_string())
}

fn open_sink(device: Device, lost: &Sender<String>) -> Result<MixerDeviceSink, String> {
    let lost = lost.clone();
    let on_error = move |error: CpalError| {
        if is_fatal(error.kind()) {
            // The channel holds one message, and one is enough.
            let _ = lost.try_send(error.to_string());
        } else {
            tracing::debug!(%error, "audio device");
        }
    };
    let builder = DeviceSinkBuilder::from_device(device).map_err(|error| reason(&error))?;
    let builder = builder.with_buffer_size(cpal::BufferSize::Fixed(DEVICE_FRAMES)).with_error_callback(on_error);
    let mut sink = builder.open_sink_or_fallback().map_err(|error| reason(&error))?;
    sink.log_on_drop(false);
    Ok(sink)
}

/// The stream has to be opened anew after these; the others it survives.
fn is_fatal(kind: CpalErrorKind) -> bool {
    matches!(
        kind,
        CpalErrorKind::DeviceNotAvailable | CpalErrorKind::StreamInvalidated | CpalErrorKind::HostUnavailable
    )
}

/// An error with what caused it: rodio's own words do not say.
fn reason(error: &DeviceSinkError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The engine as an endless source of stereo.
struct EngineSource {
    engine: Engine,
    rate: NonZero<u32>,
    buffer: [f32; ENGINE_FRAMES * CHANNELS],
    next: usize,
}

impl Iterator for EngineSource {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.next >= self.buffer.len() {
            self.engine.render(&mut self.buffer);
            self.next = 0;
        }
        let sample = self.buffer.get(self.next).copied();
        self.next += 1;
        sample
    }
}

impl Source for EngineSource {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> NonZero<u16> {
        const STEREO: NonZero<u16> = NonZero::new(CHANNELS as u16).unwrap();
        STEREO
    }

    fn sample_rate(&self) -> NonZero<u32> {
        self.rate
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}
