"""Writes the log-mel spectrograms that tests/dsp_golden.rs compares with, by librosa 0.11.

    python mel.py                       the goldens: mel/NAME.u16, 150 frames x 60 bands, scaled to 0..65535
    python mel.py SAMPLES.f32 OUT.f32   the spectrogram of raw samples (little-endian float32, mono, 22,050 Hz)

The signals are formulas, written once here and once in the test.
"""

import pathlib
import sys

import librosa
import numpy as np

RATE = 22050


def log_mel(samples):
    power = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=1024, win_length=882, hop_length=441, window="hann", center=True,
        pad_mode="constant", power=2.0, n_mels=60, fmin=0.0, fmax=11025.0, htk=False, norm="slaney",
    )
    decibels = librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=80.0)
    return ((decibels + 80.0) / 80.0).T[: len(samples) // 441]


def noise(count, seed):
    """A linear congruential generator, so that both sides have the same noise."""
    state, out = seed, np.empty(count)
    for n in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[n] = (state >> 8) / 2**23 - 1.0
    return out


def note(t, start, hz, decay):
    """A plucked note of five falling harmonics."""
    since = t - start
    tone = sum(np.sin(2 * np.pi * hz * k * since) / k**1.5 for k in range(1, 6))
    return np.where(since >= 0, tone * np.exp(-np.maximum(since, 0) / decay), 0.0)


def music(t):
    """Four chords in A minor at 120 BPM with a bass and a hi-hat."""
    chords = [(57, 60, 64), (53, 57, 60), (55, 59, 62), (52, 56, 59)]
    hz = lambda midi: 440.0 * 2 ** ((midi - 69) / 12)
    out = np.zeros_like(t)
    for beat in range(6):
        chord = chords[(beat // 2) % 4]
        start = beat * 0.5
        out += 0.3 * note(t, start, hz(chord[0] - 24), 0.4)
        for step, midi in enumerate(chord):
            out += 0.15 * note(t, start + 0.125 * step, hz(midi), 0.3)
    hat = noise(len(t), 99) * np.exp(-np.mod(t, 0.25) / 0.02)
    return 0.5 * (out + 0.1 * hat)


def signals():
    count = 3 * RATE + 100
    t = np.arange(count) / RATE
    yield "sine", 0.5 * np.sin(2 * np.pi * 440 * t)
    yield "sweep", 0.8 * np.sin(2 * np.pi * (50 * t + 1800 * t**2))
    yield "noise", 0.3 * noise(count, 7)
    yield "clicks", np.where(np.arange(count) % 5000 == 1234, 0.9, 0.0)
    yield "fade", 0.9 * noise(count, 3) * 10 ** (-2.5 * t) + 0.2 * np.sin(2 * np.pi * 3000 * t) * (t > 2)
    yield "music", music(t)


def main():
    if len(sys.argv) == 3:
        log_mel(np.fromfile(sys.argv[1], dtype="<f4")).astype("<f4").tofile(sys.argv[2])
        return
    directory = pathlib.Path(__file__).parent / "mel"
    directory.mkdir(exist_ok=True)
    for name, samples in signals():
        mel = log_mel(samples.astype(np.float32))
        assert mel.shape == (150, 60), mel.shape
        np.round(mel * 65535).astype("<u2").tofile(directory / f"{name}.u16")


if __name__ == "__main__":
    main()
