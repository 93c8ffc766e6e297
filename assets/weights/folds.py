#!/usr/bin/env python3
"""One table of several folds: the means over the questions of all of them.

    folds.py OUT...

Each OUT is the folder of a `songline evaluate --out OUT` of one fold; its models may have other names, and count as one. Hubness,
which is no mean over questions, is the mean over the folds.
"""
import csv
import os
import sys
from collections import defaultdict

COLUMNS = [("R@1", "recording"), ("P@5", "album"), ("P@5", "artist"), ("P@10", "style"), ("hubness", "k = 10")]
BASELINES = {"untrained network", "MFCC statistics", "MFCC statistics, no deltas", "MFCC Gaussian", "random ranking"}


def main(folders):
    sums, counts = defaultdict(float), defaultdict(float)
    for folder in folders:
        for row in csv.DictReader(open(os.path.join(folder, "scores.csv"))):
            asked = (row["measure"], row["label"])
            if asked in COLUMNS:
                count = 1 if row["measure"] == "hubness" else int(row["queries"])
                system = row["system"] if row["system"] in BASELINES else "model"
                for key, value in (((system, row["metric"]), row["value"]), (("chance", ""), row["chance"])):
                    sums[key, asked] += count * float(value)
                    counts[key, asked] += count
    print("| system | metric | " + " | ".join(f"{label} {measure}" for measure, label in COLUMNS) + " |")
    print("|---|---|" + "---:|" * len(COLUMNS))
    for key in dict.fromkeys(key for key, _ in sums):
        cells = [sums[key, asked] / counts[key, asked] if counts[key, asked] else float("nan") for asked in COLUMNS]
        print(f"| {key[0]} | {key[1]} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
