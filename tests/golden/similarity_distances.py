"""Golden distances from implementations that share nothing with Songline's.

    python -m venv venv && venv/bin/pip install numpy==2.* scipy dtw-python==1.9.* similaritymeasures==1.5.*
    venv/bin/python similarity_distances.py

mean: scipy.spatial.distance.euclidean of numpy means; min: scipy cdist; Fréchet: similaritymeasures.frechet_dist;
DTW: dtw-python, step pattern symmetric1 (every pair weighs 1), distance divided by the length of the path it returns.
"""

import json
from pathlib import Path

import numpy as np
import similaritymeasures
from dtw import dtw
from scipy.spatial.distance import cdist, euclidean

rng = np.random.default_rng(20240511)
cases = []
for m, n, dim, step in [
    (14, 14, 128, 0.3), (14, 14, 64, 1.0), (14, 9, 16, 0.5), (5, 23, 3, 0.7),
    (1, 1, 4, 1.0), (1, 7, 5, 1.0), (6, 1, 5, 1.0), (40, 31, 2, 0.2), (10, 10, 128, 0.05),
]:
    # Random walks: neighbouring points are near each other, as the segments of a track are.
    query = (rng.normal(size=dim) + np.cumsum(rng.normal(scale=step, size=(m, dim)), axis=0)).round(3).astype(np.float32)
    target = (rng.normal(size=dim) + np.cumsum(rng.normal(scale=step, size=(n, dim)), axis=0)).round(3).astype(np.float32)
    q, t = query.astype(np.float64), target.astype(np.float64)
    table = cdist(q, t)
    warp = dtw(table, step_pattern="symmetric1")
    cases.append({
        "dim": dim,
        "query": [round(float(x), 3) for x in query.ravel()],
        "target": [round(float(x), 3) for x in target.ravel()],
        "mean": euclidean(q.mean(axis=0), t.mean(axis=0)),
        "min": float(table.min(axis=1).mean()),
        "frechet": float(similaritymeasures.frechet_dist(q, t)),
        "dtw": float(warp.distance / len(warp.index1)),
        "path": [[int(i), int(j)] for i, j in zip(warp.index1, warp.index2)],
    })
Path(__file__).with_suffix(".json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
