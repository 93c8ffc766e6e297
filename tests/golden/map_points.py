"""Points for the map's golden test, and scikit-learn's t-SNE of them.

    python -m venv venv && venv/bin/pip install numpy==2.* scikit-learn==1.9.*
    venv/bin/python map_points.py

Writes map_points.csv (500 points of 24 dimensions in 9 clusters of unequal size, width and shape, on a common drift, as
track means of an embedding are) and map_points.json: for scikit-learn's TSNE with its defaults (Barnes-Hut, PCA start) and
with method="exact", the Kullback-Leibler divergence and the 10-nearest-neighbour recall. Both are computed here from the
positions by the definitions that Songline's own evaluator uses, and written out independently of it:
P from all pairs (binary search of the Gaussian for the perplexity, mean of both directions), Q normalised over all pairs.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.manifold import TSNE

PERPLEXITY = 30.0
here = Path(__file__).parent


def make_points():
    rng = np.random.default_rng(77)
    sizes = [120, 90, 70, 60, 50, 40, 30, 25, 15]
    parts = []
    for size in sizes:
        centre = rng.normal(scale=1.6, size=24)
        shape = rng.normal(size=(24, 24)) * (0.75 ** np.arange(24))
        parts.append(centre + rng.normal(size=(size, 24)) @ shape.T * rng.uniform(0.25, 0.6))
    points = np.concatenate(parts)
    return rng.permutation(points).round(3)


def joint_probabilities(points):
    n = len(points)
    squared = ((points[:, None] - points[None]) ** 2).sum(-1)
    p = np.zeros((n, n))
    for i in range(n):
        d = np.delete(squared[i], i)
        low, high = 1e-12, 1e12
        for _ in range(200):
            beta = np.sqrt(low * high)
            w = np.exp(-beta * (d - d.min()))
            q = w / w.sum()
            entropy = -(q[q > 0] * np.log(q[q > 0])).sum()
            low, high = (beta, high) if entropy > np.log(PERPLEXITY) else (low, beta)
        p[i] = np.insert(q, i, 0.0)
    return (p + p.T) / (2 * n)


def quality(points, joint, positions):
    positions = positions.astype(np.float64)
    squared = ((positions[:, None] - positions[None]) ** 2).sum(-1)
    kernel = 1 / (1 + squared)
    np.fill_diagonal(kernel, 0.0)
    q = kernel / kernel.sum()
    used = joint > 0
    kl = float((joint[used] * np.log(joint[used] / q[used])).sum())
    near = np.argsort(((points[:, None] - points[None]) ** 2).sum(-1), axis=1, kind="stable")[:, 1:11]
    on_map = np.argsort(squared, axis=1, kind="stable")[:, 1:11]
    kept = [len(set(a) & set(b)) for a, b in zip(near, on_map)]
    return {"kl": kl, "recall_10": float(np.sum(kept) / (10 * len(points)))}


points = make_points()
np.savetxt(here / "map_points.csv", points, fmt="%.3f", delimiter=",")
joint = joint_probabilities(points)
result = {"perplexity": PERPLEXITY}
for method in ["barnes_hut", "exact"]:
    positions = TSNE(perplexity=PERPLEXITY, method=method, random_state=0).fit_transform(points.astype(np.float32))
    result[method] = quality(points, joint, positions)
# One map as it is, so that the evaluators themselves can be compared.
result["positions"] = [[round(float(x), 3) for x in position] for position in positions]
result["of_positions"] = quality(points, joint, np.array(result["positions"]))
(here / "map_points.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
