"""The page of an evaluation of one run, or of two side by side."""

import datetime

import numpy as np

import tfpose
from tfpose.commands import runs
from tfpose.commands.pages import drawings, html
from tfpose.data.records import decode
from tfpose.evaluation.page import curves
from tfpose.evaluation.page.errors import errors_of
from tfpose.metrics import PROTOCOLS
from tfpose.metrics.error_kinds import GOOD, KINDS, NEAR, SAME_PERSON, UNCOUNTED
from tfpose.metrics.sigmas import sigmas_of

SHOWN = 12  # People of each kind who are drawn.
NAMED = 4  # Wrong keypoints that are named below a picture.


def write(path, results, records):
    """Writes the page.

    Args:
        path: The file.
        results: The results of one run or two on the same records, as `tfpose evaluate` makes them: with `weights`.
        records: The records.
    """
    names = run_names(results)
    errors = {name: errors_of(result, records) for name, result in zip(names, results, strict=True)}
    people = _chosen(errors)
    wanted = [image for entries in people.values() for image, *_ in entries]
    images = {
        name: example["image"]
        for example in records.dataset().take(results[0]["images"]).as_numpy_iterator()
        if (name := example["id"].decode()) in set(wanted)
    }
    draw = _Drawing(records.skeleton, images, errors)
    first = results[0]
    html.write(
        path,
        "evaluation.html",
        title=" and ".join(names),
        subtitle=f"evaluated on {first['data_set']['converter']} {first['split']}: {first['people']} people in "
        f"{first['images']} images",
        made=f"tfpose {tfpose.__version__}, {datetime.datetime.now():%Y-%m-%d %H:%M}",
        names=names,
        results=results,
        several="found" in first["predictions"],
        tables=_people_tables(names, results) if "found" in first["predictions"] else _rate_tables(names, results),
        charts=_charts(names, results, errors),
        score_charts=curves.score_charts(errors),
        errors=errors,
        keypoints=records.skeleton.keypoints,
        kinds=KINDS,
        thresholds={"good": GOOD, "near": NEAR, "same person": SAME_PERSON},
        sigmas_from=sigmas_of(records.skeleton)[1],
        worst=[draw.person(*person) for person in people["worst"]],
        worse=[draw.person(*person) for person in people["worse"]],
        better=[draw.person(*person) for person in people["better"]],
        excess=[draw.excess(*person) for person in people["excess"]],
    )


def run_names(results) -> list[str]:
    """Names of the runs, numbered where both are equal."""
    names = [runs.name(result["weights"]["file"]) for result in results]
    return names if len(set(names)) == len(names) else [f"{name} ({i + 1})" for i, name in enumerate(names)]


def _chosen(errors):
    """The people to draw, what `_Drawing` takes: worst of the first run, worse and better in the second, in excess."""
    first = next(iter(errors.values()))
    order = np.argsort(first.oks, kind="stable")
    chosen = {"worst": [(first.ids[i], int(i)) for i in order[:SHOWN]], "worse": [], "better": []}
    chosen["excess"] = [(image, score, person) for image, score, person in first.false[:SHOWN]]
    if len(errors) > 1:
        second = list(errors.values())[1]
        places = {(name, person): i for i, (name, person) in enumerate(zip(second.ids, second.persons, strict=True))}
        gains = [
            (second.oks[places[key]] - first.oks[i], i)
            for i, key in enumerate(zip(first.ids, first.persons, strict=True))
            if key in places
        ]
        gains.sort()
        chosen["worse"] = [(first.ids[i], i) for gain, i in gains[:SHOWN] if gain < 0]
        chosen["better"] = [(first.ids[i], i) for gain, i in gains[: -SHOWN - 1 : -1] if gain > 0]
    return chosen


class _Drawing:
    """Pictures of people, annotated and found."""

    def __init__(self, skeleton, images, errors):
        self.skeleton, self.images, self.errors = skeleton, images, errors

    def person(self, name, i):
        """A person of the first run: the annotation, and what each run found."""
        first = next(iter(self.errors.values()))
        rows = {run: self._row(errors, name, first.persons[i]) for run, errors in self.errors.items()}
        found = [person for person, *_ in rows.values()]
        region = self._region(first.true[i], found)
        return {
            "name": name,
            "person": int(first.persons[i]) + 1,
            "pictures": [
                ("annotated", self._draw(name, first.true[i], region)),
                *((run, self._draw(name, person, region)) for run, (person, *_) in rows.items()),
            ],
            "oks": [(run, oks) for run, (_, oks, _) in rows.items()],
            "wrong": [(run, wrong) for run, (*_, wrong) in rows.items()],
        }

    def excess(self, name, score, person):
        """A person found who is annotated nowhere."""
        return {"name": name, "score": score, "picture": self._draw(name, person, drawings.around(person))}

    def _row(self, errors, name, person):
        """What a run found for a person: keypoints, OKS, and what is wrong in words."""
        for i, place in enumerate(zip(errors.ids, errors.persons, strict=True)):
            if place == (name, person):
                return errors.found[i], errors.oks[i], self._wrong(errors.kinds[i], errors.found[i])
        return np.full((len(self.skeleton), 3), np.nan), np.nan, "left out"

    def _wrong(self, kinds, found):
        if np.isnan(found).all():
            return "nobody found"
        kind_names = list(KINDS)
        wrong = [k for k, kind in enumerate(kinds) if kind not in (UNCOUNTED, 0, 1)]
        named = ", ".join(
            f"{self.skeleton.keypoints[k].replace('_', ' ')}: {kind_names[kinds[k]]}" for k in wrong[:NAMED]
        )
        return (named or "all in the right place") + (f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else "")

    def _region(self, true, found):
        """The surroundings of the annotated person, and of what was found within twice the person's size beyond."""
        x, y, w, h = drawings.around(true)
        reach = 2 * max(w, h)
        near = [np.where((np.abs(person[:, :1] - x - w / 2) < w / 2 + reach), person, np.nan) for person in found]
        near = [np.where((np.abs(person[:, 1:2] - y - h / 2) < h / 2 + reach), person, np.nan) for person in near]
        return drawings.around(true, *near)

    def _draw(self, name, person, region):
        pixels = decode(self.images[name]).numpy()
        return drawings.picture(pixels, np.nan_to_num(person)[None], self.skeleton, region=region, side=280)


def _charts(names, results, errors):
    """Charts of the first metric; names of their series; whether dashes are sides."""
    if "found" in results[0]["predictions"]:
        return {
            "charts": curves.people_charts(errors),
            "series": names,
            "dashes": ["OKS 0.5", "OKS 0.75"],
            "metric": "",
        }
    metric = next(iter(next(iter(results[0]["results"].values()))))
    measures = {label: by_metric[metric] for label, by_metric in _measures(names, results)}
    return {
        "charts": curves.rate_charts(measures, metric),
        "series": list(measures),
        "dashes": ["mean of both sides", "left", "right"],
        "metric": metric,
    }


def _measures(names, results):
    """Label of each series, of the run and of the output where it has several, and its measures by metric."""
    for name, result in zip(names, results, strict=True):
        for label, by_metric in result["results"].items():
            yield name if len(result["results"]) == 1 else f"{name}, {label}", by_metric


def _rate_tables(names, results):
    """One table per metric of networks of one person: heads, rows of numbers, and how it is counted."""
    tables = []
    for metric in next(iter(results[0]["results"].values())):
        series = [(label, measures[metric]) for label, measures in _measures(names, results)]
        first, shown = series[0][1], PROTOCOLS[metric].shown
        heads = [f"{threshold:g}" for threshold in shown] + (["area"] if "area" in first else [])
        rows = [
            (name, [_rates(measure, name, shown) for _, measure in series], _is_mean(name))
            for name in first["keypoints"]
        ]
        tables.append(
            {
                "caption": f"{metric}, per cent",
                "series": [label for label, _ in series],
                "heads": heads,
                "rows": [(name, cells, _difference(cells, results), total) for name, cells, total in rows],
                "note": "{distance}, {near}; {means}".format(**first["protocol"]),
            }
        )
    return tables


def _people_tables(names, results):
    """One table per metric of networks of several people."""
    tables = []
    for metric, numbers in results[0]["results"].items():
        rows = [(name, [[100 * result["results"][metric][name]] for result in results]) for name in numbers]
        tables.append(
            {
                "caption": f"{metric}, per cent",
                "series": names,
                "heads": [""],
                "rows": [(name, cells, _difference(cells, results), False) for name, cells in rows],
                "note": results[0]["protocol"]["metrics"][metric],
            }
        )
    return tables


def _rates(measure, name, shown):
    if name not in measure["keypoints"]:
        return [np.nan] * (len(shown) + ("area" in measure))
    at = [measure["thresholds"].index(threshold) for threshold in shown]
    return [*measure["keypoints"][name][at]] + ([measure["area"][name]] if "area" in measure else [])


def _difference(cells, results):
    """The last run's numbers less the first one's, of their last outputs; none for a single run."""
    if len(results) == 1:
        return []
    before = cells[len(results[0]["results"]) - 1 if len(cells) > len(results) else 0]
    return [b - a for a, b in zip(before, cells[-1], strict=True)]


def _is_mean(name):
    return name.startswith(("mean", "pooled"))
