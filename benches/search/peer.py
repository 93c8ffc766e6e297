"""One query at a time through FAISS IndexFlatL2: python peer.py MEANS.f32 DIM QUERIES.f32 TOP.

Prints milliseconds of processor time and of wall time a query, the best of five runs over all queries, threads as they
come, and the neighbours of the first query. Needs `pip install faiss-cpu`.
"""

import json
import sys
import time

import faiss
import numpy as np

means, dim, queries, top = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
points = np.fromfile(means, dtype="<f4").reshape(-1, dim)
asked = np.fromfile(queries, dtype="<f4").reshape(-1, dim)
index = faiss.IndexFlatL2(dim)
index.add(points)
best = (float("inf"), float("inf"))
for _ in range(5):
    wall, cpu = time.perf_counter(), time.process_time()
    for row in asked:
        index.search(row[None], top)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    best = min(best, (1e3 * cpu / len(asked), 1e3 * wall / len(asked)))
found = index.search(asked[:1], top)[1][0].tolist()
print(json.dumps({"version": faiss.__version__, "threads": faiss.omp_get_max_threads(), "cpu_ms": best[0],
                  "wall_ms": best[1], "found": found}))
