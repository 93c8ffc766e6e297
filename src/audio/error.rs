//! Why a sound file could not be read.

use symphonia::core::errors::Error as SymphoniaError;

/// Why a file gives no sound. Every variant is about the file; who asked for it knows its path.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Io(#[source] std::io::Error),
    /// No known container begins in the file.
    #[error("not an audio file, or one of an unknown kind")]
    NotAudio,
    /// The container was recognised, but its head is broken.
    #[error("the file is damaged: {0}")]
    Damaged(#[source] SymphoniaError),
    /// The container holds no audio track.
    #[error("there is no audio track in the file")]
    NoAudioTrack,
    /// The audio track is coded in a way that there is no decoder for, such as AAC of more than two channels.
    #[error("there is no decoder for the {codec} sound in the file: {source}")]
    UnsupportedCodec {
        codec: String,
        #[source]
        source: SymphoniaError,
    },
    /// The sample rate is outside what music has.
    #[error("a sample rate of {rate} Hz is not supported")]
    UnsupportedRate { rate: u32 },
    /// Not one sample could be decoded.
    #[error("nothing in the file could be decoded ({damaged_packets} damaged packets)")]
    NothingDecodable {
        damaged_packets: u32,
        /// The last thing that went wrong, where anything did.
        #[source]
        source: Option<SymphoniaError>,
    },
    /// A decoder gave up on the file in a way it should not.
    #[error("the decoder failed on this file")]
    DecoderPanicked,
    /// The sample rate could not be converted.
    #[error("the sample rate cannot be converted")]
    Resampler(#[from] rubato::ResamplerConstructionError),
    /// A block could not be converted.
    #[error("the sample rate cannot be converted")]
    Resampling(#[from] rubato::ResampleError),
    /// A block has not the length that was announced.
    #[error("the sample rate cannot be converted")]
    ResamplingBlock(#[from] rubato::audioadapter_buffers::SizeError),
}
