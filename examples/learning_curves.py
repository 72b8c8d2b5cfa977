"""Draws how a run went, epoch by epoch, from its log.csv: losses on the left, rates on the right.

python examples/learning_curves.py learning.png --run=models_ex/RUN
"""

import argparse
import csv
import itertools
import pathlib

from matplotlib import colormaps
from matplotlib.figure import Figure

from tfpose import runs

RATES = ("pck", "detection_rate", "recall", "AP", "AP50", "accuracy", "k_t", "_true", "map_height")


def main(argv=None):
    """Writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="the picture to write, such as learning.png")
    parser.add_argument("--run", help="a run's folder (default: the newest)")
    args = parser.parse_args(argv)
    run = pathlib.Path(args.run or runs.newest())
    with (run / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        parser.error(f"A run must have finished an epoch to be drawn. Received: {run}, whose log is empty.")
    pathlib.Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    draw(rows, run.name).savefig(args.out, dpi=100)
    print(f"Wrote {args.out}")


def draw(rows, title):
    """The picture of a log, one dict of names and numbers per epoch: dashed what was trained on, solid the rest."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    losses, rates = figure.subplots(1, 2)
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name != "epoch"]
    kinds = dict.fromkeys(name.removeprefix("val_") for name in names)
    colours = dict(zip(kinds, itertools.cycle(colormaps["tab20"].colors)))
    for name in names:
        points = [(int(row["epoch"]), float(row[name])) for row in rows if row.get(name)]
        panel = rates if name.endswith(RATES) else losses
        colour = colours[name.removeprefix("val_")]
        panel.plot(*zip(*points, strict=True), "-" if name.startswith("val_") else "--", color=colour, label=name)
    losses.set(title=f"{title}: losses", xlabel="epoch", yscale="symlog")
    rates.set(title="rates", xlabel="epoch", ylim=(0, 1))
    for panel in (losses, rates):
        panel.grid(alpha=0.3)
        if panel.lines:
            panel.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
    return figure


if __name__ == "__main__":
    main()
