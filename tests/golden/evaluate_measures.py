"""Golden measures from implementations that share nothing with Songline's.

    python -m venv venv && venv/bin/pip install numpy==2.* scipy scikit-learn
    venv/bin/python evaluate_measures.py

AP: sklearn.metrics.average_precision_score; skewness: scipy.stats.skew; MFCC: scipy.fft.dct (type 2, ortho); deltas:
numpy.convolve with edges repeated; Gaussians: numpy.cov, numpy.linalg.inv, and the KL divergence of
scipy.stats.multivariate_normal by Monte Carlo as a check of the closed form. R@1, P@k and MRR are counted in numpy.
"""

import json
from pathlib import Path

import numpy as np
from scipy.fft import dct
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal, skew
from sklearn.metrics import average_precision_score

rng = np.random.default_rng(20260311)

# Forty clips of thirty recordings by eight artists on eleven albums in four styles, as points that lean on their labels.
recording = np.concatenate([np.arange(30), np.arange(10)])
artist_of = rng.integers(0, 8, 30)
album_of = artist_of * 2 + rng.integers(0, 2, 30)
style_of = (artist_of // 2 + (rng.random(30) < 0.3)) % 4
artist, album, style = artist_of[recording], album_of[recording], style_of[recording]
points = (rng.normal(size=(4, 3))[style] + 0.8 * rng.normal(size=(8, 3))[artist]
          + 0.5 * rng.normal(size=(30, 3))[recording] + 0.4 * rng.normal(size=(40, 3))).round(3)
unknown_album = rng.random(40) < 0.1
left_out = 3
distances = cdist(points, points)


def ranked(query, gallery, relevant):
    order = np.flatnonzero(gallery)[np.argsort(distances[query][gallery], kind="stable")]
    return relevant[order]


def measures(relevant_of, gallery_of, asks):
    hits, p5, p10, rr, ap, queries = [], [], [], [], [], 0
    for query in range(40):
        if not asks[query]:
            continue
        gallery = gallery_of(query) & (np.arange(40) != query)
        relevant = relevant_of(query)
        if not (gallery & relevant).any():
            continue
        queries += 1
        row = ranked(query, gallery, relevant)
        hits.append(row[0])
        p5.append(row[:5].sum() / 5)
        p10.append(row[:10].sum() / 10)
        rr.append(1 / (1 + np.argmax(row)))
        ap.append(average_precision_score(relevant[gallery], -distances[query][gallery]))
    return {"R@1": np.mean(hits), "P@5": np.mean(p5), "P@10": np.mean(p10), "MRR": np.mean(rr), "mAP": np.mean(ap),
            "queries": queries}


everyone = np.ones(40, bool)
scores = {
    "recording": measures(lambda q: recording == recording[q], lambda q: everyone, everyone),
    "artist": measures(lambda q: artist == artist[q], lambda q: recording != recording[q], everyone),
    "album": measures(lambda q: album == album[q], lambda q: (recording != recording[q]) & ~unknown_album, ~unknown_album),
    "style": measures(
        lambda q: style == style[q],
        lambda q: (recording != recording[q]) & (artist != artist[q])
        & ~((album == album[q]) & ~unknown_album & ~unknown_album[q]) & (style != left_out),
        style != left_out),
}
neighbours = np.argsort(np.where(np.eye(40, dtype=bool), np.inf, distances), axis=1, kind="stable")[:, :10]
hubness = skew(np.bincount(neighbours.ravel(), minlength=40))

# Two short spectrograms: smooth in both directions, as music is.
def spectrogram(frames):
    values = rng.normal(size=(frames, 60)).cumsum(axis=0) * 0.02 + rng.normal(size=(1, 60)).cumsum(axis=1) * 0.05 + 0.5
    return values.clip(0, 1).round(4)


def coefficients(values):
    return dct(80.0 * values - 80.0, type=2, norm="ortho", axis=1)[:, :20]


def statistics(c):
    padded = np.pad(c, ((2, 2), (0, 0)), mode="edge")
    slope = np.stack([np.convolve(padded[:, k], [2, 1, 0, -1, -2], mode="valid") / 10 for k in range(20)], axis=1)
    return np.concatenate([c.mean(0), c.std(0), slope.mean(0), slope.std(0)])


def gaussian(c):
    covariance = np.cov(c.T, bias=True)
    return c.mean(0), covariance + np.eye(20) * (1e-3 * np.trace(covariance) / 20 + 1e-3)


def divergence(p, q):
    (mp, sp), (mq, sq) = p, q
    ip, iq = np.linalg.inv(sp), np.linalg.inv(sq)
    return 0.5 * (np.trace(iq @ sp) + np.trace(ip @ sq) - 40 + (mp - mq) @ (ip + iq) @ (mp - mq))


sounds = [spectrogram(frames) for frames in (120, 90)]
mfcc = [coefficients(sound) for sound in sounds]
p, q = (gaussian(c) for c in mfcc)
closed = divergence(p, q)
by_sampling = 0.0
for (mean, covariance), (other, spread) in ((p, q), (q, p)):
    drawn = rng.multivariate_normal(mean, covariance, 200_000)
    here, there = multivariate_normal(mean, covariance), multivariate_normal(other, spread)
    by_sampling += (here.logpdf(drawn) - there.logpdf(drawn)).mean()
assert abs(closed / by_sampling - 1) < 0.02, (closed, by_sampling)

Path(__file__).with_suffix(".json").write_text(json.dumps({
    "points": points.tolist(),
    "recording": [f"r{x}" for x in recording], "artist": [f"artist {x}" for x in artist],
    "album": ["" if unknown else f"album {x}" for x, unknown in zip(album, unknown_album)],
    "style": [f"style {x}" for x in style], "left_out": f"style {left_out}",
    "scores": {label: {name: float(value) for name, value in of.items()} for label, of in scores.items()},
    "hubness": float(hubness),
    "spectrograms": [sound.ravel().tolist() for sound in sounds],
    "mfcc_of_the_first_frame": mfcc[0][0].tolist(),
    "statistics": [statistics(c).tolist() for c in mfcc],
    "divergence": float(closed),
}, separators=(",", ":")) + "\n")
