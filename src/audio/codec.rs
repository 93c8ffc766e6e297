//! Names: of codecs, for people, and of files that are worth opening.

use std::path::Path;

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::*;

/// What people call a codec.
pub(super) fn name(codec: AudioCodecId) -> &'static str {
    match codec {
        CODEC_ID_MP1 => "MP1",
        CODEC_ID_MP2 => "MP2",
        CODEC_ID_MP3 => "MP3",
        CODEC_ID_AAC => "AAC",
        CODEC_ID_ALAC => "ALAC",
        CODEC_ID_FLAC => "FLAC",
        CODEC_ID_VORBIS => "Vorbis",
        CODEC_ID_OPUS => "Opus",
        CODEC_ID_SPEEX => "Speex",
        CODEC_ID_AC3 => "AC-3",
        CODEC_ID_EAC3 => "E-AC-3",
        CODEC_ID_AC4 => "AC-4",
        CODEC_ID_DCA => "DTS",
        CODEC_ID_TRUEHD => "TrueHD",
        CODEC_ID_WMA => "WMA",
        CODEC_ID_WAVPACK => "WavPack",
        CODEC_ID_MONKEYS_AUDIO => "Monkey's Audio",
        CODEC_ID_MUSEPACK => "Musepack",
        CODEC_ID_TTA => "TTA",
        CODEC_ID_ADPCM_MS
        | CODEC_ID_ADPCM_IMA_WAV
        | CODEC_ID_ADPCM_IMA_QT
        | CODEC_ID_ADPCM_G722
        | CODEC_ID_ADPCM_G726
        | CODEC_ID_ADPCM_G726LE => "ADPCM",
        CODEC_ID_PCM_ALAW => "A-law",
        CODEC_ID_PCM_MULAW => "µ-law",
        codec if (CODEC_ID_PCM_S32LE..=CODEC_ID_PCM_F64BE_PLANAR).contains(&codec) => "PCM",
        _ => "unknown",
    }
}

/// The endings of files that a scan of folders opens.
pub const EXTENSIONS: [&str; 25] = [
    "aac", "adts", "aif", "aifc", "aiff", "alac", "caf", "flac", "m4a", "m4b", "m4r", "mka", "mkv", "mp1", "mp2",
    "mp3", "mp4", "mpga", "oga", "ogg", "opus", "wav", "wave", "weba", "webm",
];

/// Whether a file has the name of one that holds sound. Opening does not ask for the name: content decides.
pub fn is_supported(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| EXTENSIONS.binary_search(&extension.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_count_in_any_case() {
        assert!(EXTENSIONS.is_sorted());
        for name in ["a.mp3", "a.FLAC", "dir.x/b.Ogg", "c.m4a", "d.webm"] {
            assert!(is_supported(Path::new(name)), "{name}");
        }
        for name in ["mp3", ".mp3", "a.txt", "a.mp3.part", ""] {
            assert!(!is_supported(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn codecs_have_names() {
        assert_eq!(name(CODEC_ID_PCM_S16LE), "PCM");
        assert_eq!(name(CODEC_ID_PCM_F64BE_PLANAR), "PCM");
        assert_eq!(name(CODEC_ID_MP3), "MP3");
        assert_eq!(name(AudioCodecId::default()), "unknown");
    }
}
