"""Draws the training curves of a run from its log.csv: losses on the left, rates on the right.

python examples/learning_curves.py learning.png --run=models_ex/RUN
"""

import argparse
import csv
import itertools
import pathlib

from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tfpose.commands import runs

RATES = ("pck", "detection_rate", "recall", "AP", "AP50", "accuracy", "k_t", "_true", "map_height")
STYLES = {"training": "--", "validation": "-"}


def main(argv=None):
    """Writes the picture as the flags say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="image file to write, such as learning.png")
    parser.add_argument("--run", help="folder of the run (default: the newest)")
    args = parser.parse_args(argv)
    run = pathlib.Path(args.run or runs.newest())
    with (run / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        parser.error(f"`--run` must have finished an epoch. Received: {run}, whose log.csv has no rows.")
    config = runs.read_config(run)
    pathlib.Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    draw(rows, f"{run.name}: {config['model']} on {config['data_dir']}").savefig(args.out, dpi=100)
    print(f"Wrote {args.out}")


def draw(rows, title):
    """The figure of a log: training dashed, validation solid, one colour per quantity.

    Args:
        rows: One dict per epoch: `epoch`, and numbers by name, as text; what belongs to validation begins with `val_`.
        title: Title of the figure.
    """
    figure = Figure(figsize=(11, 5.5), layout="constrained")
    losses, rates = figure.subplots(1, 2)
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name != "epoch"]
    quantities = dict.fromkeys(name.removeprefix("val_") for name in names)
    colours = dict(zip(quantities, itertools.cycle(colormaps["tab20"].colors)))
    for name in names:
        points = [(int(row["epoch"]), float(row[name])) for row in rows if row.get(name)]
        panel = rates if name.endswith(RATES) else losses
        quantity = name.removeprefix("val_")
        style = STYLES["training" if name == quantity else "validation"]
        panel.plot(*zip(*points, strict=True), style, color=colours[quantity], label=quantity)
    figure.suptitle(title)
    losses.set(title="losses", xlabel="epoch", yscale="symlog")
    rates.set(title="rates", xlabel="epoch", ylim=(0, 1))
    for panel in (losses, rates):
        panel.grid(alpha=0.3)
        _add_legend(panel)
    return figure


def _add_legend(panel):
    """A legend below a panel: a colour per quantity, and what dashed and solid lines are."""
    colours = {line.get_label(): line.get_color() for line in panel.lines}
    entries = [Line2D([], [], color=colour, label=quantity) for quantity, colour in colours.items()]
    entries += [Line2D([], [], color="black", linestyle=style, label=name) for name, style in STYLES.items()]
    if colours:
        panel.legend(
            handles=entries, fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3
        )


if __name__ == "__main__":
    main()
