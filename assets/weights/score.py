#!/usr/bin/env python3
"""Scores tables of neighbours against labels: `score.py labels.csv neighbours.csv...`.

labels.csv has the columns file, track_id (the same for clips of one recording), artist and style; neighbours.csv is what
`songline neighbours --top 10 --out neighbours.csv` writes. Files are matched by name."""
import collections
import csv
import os
import sys


def main(labels, tables):
    of = {os.path.basename(row["file"]): row for row in csv.DictReader(open(labels))}
    for table in tables:
        near = collections.defaultdict(list)
        for row in csv.DictReader(open(table)):
            near[os.path.basename(row["query"])].append(os.path.basename(row["neighbour"]))
        count = collections.Counter(of[name]["track_id"] for name in near)
        paired = [name for name in near if count[of[name]["track_id"]] > 1]
        same = lambda name, other, key: of[name][key] == of[other][key]
        recording = sum(same(name, near[name][0], "track_id") for name in paired) / len(paired)
        style = sum(same(name, other, "style") for name in near for other in near[name][:10]) / (10 * len(near))
        print(f"{table}: same recording first {recording:.3f} ({len(paired)} clips), style among 10 {style:.3f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
