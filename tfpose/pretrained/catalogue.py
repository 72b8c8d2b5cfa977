"""The catalogue of trained models: one model card, `cards/NAME.json`, for each file of `weights/`."""

import dataclasses
import functools
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent
CARDS, WEIGHTS = FOLDER / "cards", FOLDER / "weights"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """A model card: what a trained model finds, what it was trained on, and how good it was measured to be.

    Attributes:
        name: Name to load it by.
        summary: What it finds, in one line.
        sha256: Hexadecimal SHA-256 of the file, whose name has the first eight digits.
        keypoints: Names of the keypoints, in the order of its output.
        crop: What it was trained to see, see `tfpose.data.crops`; `"frame"` for several people.
        image_size: Height and width of its input, in pixels.
        data: Each data set it was trained on: its name, split, number of people and terms of use.
        commands: Commands that train it from the data sets.
        hardware: Machine and time of these commands.
        results: Measurements on people that it was not trained on, see `evaluation.card_results.measurement`: data set,
            split, number of people, metric, threshold, unit, protocol; `values` by keypoint with their 95 % `intervals`
            (bootstrap over people); `groups`, the values of visible and of occluded keypoints alone; `command`.
        failures: Known failures, a sentence each.
        terms: Terms of use.
    """

    name: str
    summary: str
    sha256: str
    keypoints: tuple[str, ...]
    crop: str
    image_size: tuple[int, int]
    data: tuple[dict, ...]
    commands: tuple[str, ...]
    hardware: str
    results: tuple[dict, ...]
    failures: tuple[str, ...]
    terms: str

    @property
    def file(self) -> pathlib.Path:
        """The `.keras` file."""
        return WEIGHTS / f"{self.name}-{self.sha256[:8]}.keras"

    def text(self) -> str:
        """Returns the card as lines of text for people."""
        size = "{} x {}".format(*self.image_size)
        lines = [
            f"{self.name}: {self.summary}",
            f"  file        {self.file.name}, {self.file.stat().st_size / 1e6:.1f} MB; sha256 {self.sha256}",
            f"  input       {size} pixels, crop: {self.crop}",
            f"  keypoints   {len(self.keypoints)}: {', '.join(self.keypoints)}",
            "  trained on",
            *(f"    {each['name']} {each['split']}: {each['people']} people; {each['terms']}" for each in self.data),
            "  trained by",
            *(f"    {command}" for command in self.commands),
            f"    ({self.hardware})",
            "  measured",
            *(line for result in self.results for line in _result(result)),
            "  known failures",
            *(f"    {failure}" for failure in self.failures),
            f"  terms       {self.terms}",
        ]
        return "\n".join(lines)


def names() -> list[str]:
    """Returns the names of all models, sorted."""
    return sorted(path.stem for path in CARDS.glob("*.json"))


@functools.cache
def card(name: str) -> Card:
    """Returns the card of a model.

    Raises:
        ValueError: If there is none of this name.
    """
    path = CARDS / f"{name}.json"
    if name not in names():
        raise ValueError(f"Unknown trained model. Received: {name!r}. Known: {', '.join(names()) or 'none'}.")
    found = json.loads(path.read_text(encoding="utf-8"))
    return Card(name=name, **{key: tuple(value) if isinstance(value, list) else value for key, value in found.items()})


def _result(result):
    """Lines on one measurement: what was measured how, then the values with their intervals."""
    yield (
        f"    {result['data_set']} {result['split']}, {result['people']} people, {result['protocol']}; "
        f"{result['metric']}, {result['unit']} (95 % interval):"
    )
    for label, value in result["values"].items():
        low, high = result["intervals"][label]
        groups = [f"{group} {values[label]:.1f}" for group, values in result["groups"].items()]
        yield "  ".join([f"      {label:10} {value:5.1f}  ({low:.1f} to {high:.1f})", *groups])
