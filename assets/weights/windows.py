#!/usr/bin/env python3
"""Cuts 30-second clips out of full-length recordings of the validation artists, to score a model on music it has not seen.

    windows.py LABELS.csv OUT [SHARE]

LABELS.csv has the columns file (relative to it), track_id, artist and any others. Two clips that do not overlap are cut from
each recording with room for them, else one, as MP3 at 96 kbit/s with title, artist and album as tags; OUT/labels.csv carries
the labels on. Artists are kept aside as `songline train --validation-share SHARE` (0.15 by default) does: by the BLAKE3 hash of
their name. A SHARE of 1 cuts all, for `songline evaluate --validation-only`, which goes by the tags. Needs ffmpeg, ffprobe and
the blake3 package.
"""
import csv
import os
import random
import subprocess
import sys

import blake3


def kept_aside(artist, share):
    head = blake3.blake3(artist.strip().lower().encode()).digest()[:8]
    return (int.from_bytes(head, "little") >> 11) / 2**53 < share


def duration(path):
    probe = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]
    return float(subprocess.run(probe, capture_output=True, text=True, check=True).stdout)


def main(labels, out, share=0.15):
    os.makedirs(out, exist_ok=True)
    draw = random.Random(1)
    rows = []
    for row in csv.DictReader(open(labels)):
        if not kept_aside(row["artist"], share):
            continue
        path = os.path.join(os.path.dirname(labels), row["file"])
        length = duration(path) - 1
        clips = 2 if length >= 62 else 1 if length >= 30.1 else 0
        tags = [word for tag in ("title", "artist", "album") for word in ("-metadata", f"{tag}={row.get(tag, '')}")]
        slack = length - 30.1 * clips
        for index, before in enumerate(sorted(draw.uniform(0, max(slack, 0)) for _ in range(clips))):
            name = f"{row['track_id']}-{index}.mp3"
            cut = ["ffmpeg", "-v", "error", "-y", "-ss", f"{before + 30.1 * index:.3f}", "-t", "30.1", "-i", path, "-vn"]
            sound = ["-ar", "44100", "-ac", "2", "-b:a", "96k", os.path.join(out, name)]
            subprocess.run(cut + ["-map_metadata", "-1", *tags, *sound], check=True)
            rows.append(dict(row, file=name))
    with open(os.path.join(out, "labels.csv"), "w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    print(f"{len(rows)} clips of {len({row['track_id'] for row in rows})} recordings by {len({row['artist'] for row in rows})} artists")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.15)
