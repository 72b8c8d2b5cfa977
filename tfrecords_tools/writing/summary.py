"""Summary of a conversion: counts, what was set aside and why, and the report to the user."""

import collections
import csv
import dataclasses
import pathlib

import tensorflow_datasets as tfds

from tfrecords_tools.errors import ConversionError


@dataclasses.dataclass(frozen=True)
class Conversion:
    """The result of one conversion.

    Args:
        path: The folder of the records.
        counts: `{"train": {"images": …, "people": …, "set_aside": …}, …}`; `set_aside` counts images.
        found: Everything set aside, left out, mended or suspicious: split, id, what and the reason.
        notes: Sentences on the keypoints.
    """

    path: pathlib.Path
    counts: dict[str, dict[str, int]]
    found: list[tuple[str, str, str, str]]
    notes: tuple[str, ...] = ()

    def check(self, max_set_aside: float):
        """Raises ConversionError if nothing was written, or more than this fraction of the images was set aside."""
        set_aside = sum(count["set_aside"] for count in self.counts.values())
        images = sum(count["images"] for count in self.counts.values())
        if set_aside and set_aside > max_set_aside * (images + set_aside):
            split, name = next((split, name) for split, name, what, _ in self.found if what == "image")
            reasons = "; ".join(self._reasons(lambda split, what: what == "image"))
            raise ConversionError(
                f"At most {max_set_aside:.2%} of the images may be set aside, or `--max_set_aside` be raised. "
                f"Received: {set_aside} of {images + set_aside}: {reasons}. The first: {name} of {split}."
            )
        if not images:
            reasons = "; ".join(self._reasons(lambda split, what: True)) or "no annotations"
            raise ConversionError(f"There must be an image with an annotated keypoint. Received: none ({reasons}).")

    def report(self) -> str:
        """The text that is printed: what was written, where, and what was found."""
        lines = []
        for split, count in self.counts.items():
            lines += [f"{split}: {count['images']} images, {count['people']} people, {count['set_aside']} set aside"]
            lines += [f"  {reason}" for reason in self._reasons(lambda found_in, _, split=split: found_in == split)]
        return "\n".join([*lines, *self.notes, f"Written to {self.path}; every finding is in set_aside.csv there."])

    def _reasons(self, chosen) -> list[str]:
        """Lines such as `3 × image: missing file: a.jpg, …`, of reasons that are alike up to their first colon."""
        kinds = collections.defaultdict(list)
        for split, _, what, reason in self.found:
            if chosen(split, what):
                kinds[what, reason.partition(": ")[0]].append(reason)
        kinds = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
        return [f"{len(all)} × {what}: {all[0]}{', …' if len(set(all)) > 1 else ''}" for (what, _), all in kinds]


def conclude(builder, path, max_set_aside: float) -> Conversion:
    """Counts the written records by reading them, and writes counts and findings beside them.

    Args:
        builder: A `PoseBuilder` that has been prepared.
        path: Where its records will be.
        max_set_aside: The largest fraction of images that may be set aside.

    Raises:
        ConversionError: If more was, or there is nothing else.
    """
    found = sorted(builder.found())
    counts = {split: _count(builder, split, found) for split in builder.SPLITS}
    conversion = Conversion(
        path, {split: count for split, count in counts.items() if any(count.values())}, found, tuple(builder.notes())
    )
    conversion.check(max_set_aside)
    builder.info.metadata["counts"] = conversion.counts
    builder.info.metadata.save_metadata(builder.data_path)
    with (builder.data_path / "set_aside.csv").open("w", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("split", "id", "what", "reason"), *found])
    return conversion


def _count(builder, split, found):
    people = []
    if split in builder.info.splits:
        encoded = dict.fromkeys(("image", "ignore"), tfds.decode.SkipDecoding())
        records = builder.as_dataset(split=split, decoders=encoded)
        people = [len(record["keypoints"]) for record in tfds.as_numpy(records)]
    set_aside = sum(row[0] == split and row[2] == "image" for row in found)
    return {"images": len(people), "people": sum(people), "set_aside": set_aside}
