"""The page of a data set: its pictures and charts, and what the template needs of its findings."""

import collections
import csv
import datetime
import pathlib
import random

import numpy as np

import tfpose
from tfpose import skeletons
from tfpose.commands.check.counts import EDGES, VISIBILITIES
from tfpose.commands.check.scan import fetch
from tfpose.commands.check.suspects import KINDS, SMALL
from tfpose.commands.pages import charts, drawings, html
from tfpose.data.records import decode

SHOWN = 12  # Pictures of each kind of suspects, and groups of equal images.
IN_GROUP = 4  # Pictures of a group of equal images.
GALLERY = 24  # Images drawn with all their people.
SIZE_TICKS = (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
EXPLANATIONS = {
    "limbs": "Compared with the same limb of all people, in relation to the person's size: the median over all limbs.",
    "sides": "Found by limbs that become usual once sides are exchanged, and by sides that lie the other way round "
    "than nearly always. People who are turned or bent far are here, too.",
    "frame": "Keypoints that are annotated outside of the picture can only be guessed.",
    "box": "Boxes decide what a network of one person is shown, and how large an error OKS forgives.",
    "twice": "One of both counts as not found by every network.",
    "small": f"The longer side of the box is below {SMALL} pixels.",
}


def write(path, folder, parts, findings, problems, intact):
    """Writes the page.

    Args:
        path: The file.
        folder: The folder of records.
        parts: The `Records` of every split.
        findings: What `scan.scan` returned.
        problems: The `Problem`s of the folder.
        intact: As for `scan.scan`.
    """
    set_aside = _set_aside(pathlib.Path(folder))
    gallery = _gallery(parts, findings)
    groups = {
        "across": [group for group in findings.groups if len({split for split, _ in group[1]}) > 1],
        "within": [group for group in findings.groups if len({split for split, _ in group[1]}) == 1],
    }
    groups["across"] = [(exact, _alternating(images)) for exact, images in groups["across"]]
    wanted = [(split, name) for entries in findings.suspects.values() for split, name, _ in entries[:SHOWN]]
    wanted += [image for kind in groups.values() for _, images in kind[:SHOWN] for image in images[:IN_GROUP]]
    records = fetch(parts, intact, {*wanted, *gallery})
    draw = _Drawing(findings.skeleton, records)
    metadata = parts[0].metadata
    html.write(
        path,
        "data_set.html",
        title=f"Data set {metadata['converter']}",
        subtitle=str(folder),
        made=_made(),
        metadata=metadata,
        observer_centric=metadata.get("options", {}).get("observer_centric"),
        skeleton=findings.skeleton,
        unpaired=skeletons.unpaired_sides(findings.skeleton),
        problems=problems,
        counts=findings.counts,
        visibilities=VISIBILITIES,
        per_image=_per_image(findings.counts),
        sizes=_sizes(findings.counts),
        gallery=[(image, draw.whole(image)) for image in gallery if image in records],
        groups={name: (len(found), _equal(found, draw)) for name, found in groups.items()},
        suspects={kind: _suspects(entries, draw) for kind, entries in findings.suspects.items()},
        suspected={kind: findings.suspected.get(kind, 0) for kind in KINDS},
        kinds=KINDS,
        explanations=EXPLANATIONS,
        shown=SHOWN,
        set_aside=set_aside,
    )


class _Drawing:
    """Pictures of records by `(split, id)`."""

    def __init__(self, skeleton, records):
        self.skeleton, self.records = skeleton, records

    def whole(self, image, side=300, marks=()):
        """An image with all its people."""
        record = self.records[image]
        pixels = decode(record["image"]).numpy()
        return drawings.picture(pixels, record["keypoints"], self.skeleton, side=side, marks=marks)

    def person(self, image, suspect):
        """A suspect in their surroundings, with the keypoints in question ringed."""
        record = self.records[image]
        person, box = record["keypoints"][suspect.person], record["boxes"][suspect.person]
        extent = np.array([box[:2], box[:2] + box[2:], *person[person[:, 2] > 0, :2]])
        region = np.concatenate([extent.min(axis=0), np.maximum(np.ptp(extent, axis=0), 1)])
        return drawings.picture(
            decode(record["image"]).numpy(),
            person[None],
            self.skeleton,
            region=region,
            side=260,
            marks=person[list(suspect.keypoints), :2],
            boxes=[box] if suspect.kind in ("box", "small") else (),
        )


def _suspects(entries, draw):
    """The entries of one kind: those with a picture, and those without."""
    cards = [
        {
            "picture": draw.person((split, name), suspect),
            "split": split,
            "name": name,
            "reason": suspect.reason,
            "person": suspect.person,
        }
        for split, name, suspect in entries[:SHOWN]
        if (split, name) in draw.records
    ]
    return {"cards": cards, "more": entries[SHOWN:]}


def _equal(groups, draw):
    return [
        {
            "exact": exact,
            "more": len(images) - IN_GROUP,
            "images": [(image, draw.whole(image, 200)) for image in images[:IN_GROUP] if image in draw.records],
        }
        for exact, images in groups[:SHOWN]
    ]


def _alternating(images):
    """Images `(split, id)` in an order that begins with one of each split."""
    seen, order = collections.Counter(), []
    for split, name in images:
        order.append((seen[split], split, name))
        seen[split] += 1
    return [(split, name) for _, split, name in sorted(order)]


def _gallery(parts, findings):
    """Some images of every split, by chance but always the same, as many of each as of the others."""
    chosen, found = random.Random(0), []
    for data in parts:
        names = findings.names[data.split]
        numbers = chosen.sample(range(len(names)), min(-(-GALLERY // len(parts)), len(names)))
        found += [(data.split, names[number]) for number in sorted(numbers)]
    return found


def _sizes(counts):
    splits = list(counts)
    return charts.histogram(
        "Sizes of people",
        "longer side of the box, pixels",
        [counts[split].sizes for split in splits],
        EDGES,
        names=splits,
        x_ticks=[(tick, str(tick)) for tick in SIZE_TICKS],
        log=True,
        size=(560, 260),
    )


def _per_image(counts, most=10):
    """Histogram of the number of people per image; `most` and more are one bin."""
    values = [[0] * (most + 1) for _ in counts]
    for row, count in zip(values, counts.values(), strict=True):
        for people, images in count.per_image.items():
            row[min(people, most)] += images
    labels = [(number + 0.5, f"{number}{'+' if number == most else ''}") for number in range(most + 1)]
    return charts.histogram(
        "People per image",
        "people",
        values,
        range(most + 2),
        names=list(counts),
        x_ticks=labels,
        unit="images",
        size=(560, 260),
    )


def _set_aside(folder, most=500):
    """What was set aside: at most `most` rows, their number, and the number of each reason; None without a file."""
    path = folder / "set_aside.csv"
    if not path.is_file():
        return None
    rows, total, reasons = [], 0, collections.Counter()
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        for row in csv.DictReader(file):
            total += 1
            reasons[row.get("what") or "", (row.get("reason") or "").partition(": ")[0]] += 1
            if len(rows) < most:
                rows.append(row)
    return {"rows": rows, "total": total, "reasons": reasons.most_common()}


def _made():
    return f"tfpose {tfpose.__version__}, {datetime.datetime.now():%Y-%m-%d %H:%M}"
