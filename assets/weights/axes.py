#!/usr/bin/env python3
"""What any 128 numbers a segment give back by sums alone: the bound for autoencoders of that width on a library.

    axes.py LIBRARY [N]

Reads the spectrograms of a library of clips, 14 segments of 4 seconds each, and prints the cosine of the segments of every tenth
track with: the mean segment of the others; what the N principal axes of the others draw; and what the N principal axes of those
very segments draw, which no other N sums can surpass in squared error. Needs numpy.
"""
import glob
import os
import sys

import numpy as np


def segments(path):
    data = open(path, "rb").read()
    frames = np.frombuffer(data[128:], "<u2").reshape(-1, 60)[:1500].astype(np.float32) / 65535
    return [frames[at : at + 200].ravel() for at in range(0, len(frames) - 199, 100)]


def axes(rows, count):
    mean = rows.mean(0)
    _, vectors = np.linalg.eigh((rows - mean) @ (rows - mean).T)
    found = vectors[:, ::-1][:, :count].T @ (rows - mean)
    return mean, found / np.linalg.norm(found, axis=1, keepdims=True)


def drawn(rows, mean, found):
    return mean + (rows - mean) @ found.T @ found


def cosine(a, b):
    return float(((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).mean())


def main(library, count=128):
    tracks = [segments(path) for path in sorted(glob.glob(os.path.join(library, "spectrograms", "*", "*")))]
    others = np.array([row for index, track in enumerate(tracks) if index % 10 for row in track])
    judged = np.array([row for index, track in enumerate(tracks) if index % 10 == 0 for row in track])
    mean = np.broadcast_to(others.mean(0), judged.shape)
    print(f"mean segment: {cosine(judged, mean):.4f}")
    print(f"{count} axes of the other tracks: {cosine(judged, drawn(judged, *axes(others, count))):.4f}")
    print(f"{count} axes of the segments themselves: {cosine(judged, drawn(judged, *axes(judged, count))):.4f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 128)
