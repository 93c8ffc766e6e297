"""Decodes and analyses the files named on stdin with librosa, as benches/import.rs does, on all cores.

Prints one line: clips a second, and the version of librosa.
"""

import concurrent.futures
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import librosa
import numpy as np


def log_mel(path):
    samples, rate = librosa.load(path, sr=22050, mono=True)
    power = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=1024, win_length=882, hop_length=441, pad_mode="constant", n_mels=60, fmax=11025.0
    )
    return librosa.power_to_db(power, ref=np.max).shape[1]


def main():
    paths = [line.rstrip("\n") for line in sys.stdin if line.strip()]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with concurrent.futures.ProcessPoolExecutor(cores) as pool:
        # One clip on each core first: imports and compiled functions are not what is measured.
        list(pool.map(log_mel, paths[:cores] * 2))
        start = time.perf_counter()
        frames = list(pool.map(log_mel, paths))
        seconds = time.perf_counter() - start
    assert all(frames)
    print(len(paths) / seconds, librosa.__version__)


if __name__ == "__main__":
    main()
