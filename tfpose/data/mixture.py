"""Mixtures: several data sets that are trained on together."""

import dataclasses

from tfpose import skeletons


@dataclasses.dataclass(frozen=True)
class Mixture:
    """Records of several data sets under one skeleton, with the interface of `Records`.

    In training, the weight of a data set is how many times an epoch shows each of its elements: with 2, all twice;
    with 0.25, a quarter of them, another quarter in the next epoch; with 1.5, all once and half of them twice. The data
    sets are interleaved evenly through the epoch. Otherwise everything is shown once, whatever the weight.

    Attributes:
        parts: The `Records` of each data set.
        weights: The weight of each data set.
    """

    parts: tuple
    weights: tuple[float, ...]

    @property
    def skeleton(self):
        return self.parts[0].skeleton

    @property
    def split(self):
        return self.parts[0].split

    @property
    def metadata(self):
        """Metadata of the converters: their names and versions joined into texts, options by converter."""
        noted = [part.metadata for part in self.parts]
        texts = {key: ", ".join(str(each[key]) for each in noted) for key in ("converter", "version")}
        return {**texts, "options": {each["converter"]: each["options"] for each in noted}}

    @property
    def framing(self):
        """The framing of all data sets, see `Records.framing`.

        Raises:
            ValueError: If the data sets have different ones.
        """
        framings = {part.metadata["converter"]: part.framing for part in self.parts}
        if len(set(framings.values())) > 1:
            told = ", ".join(f"{name}: {framing}" for name, framing in framings.items())
            raise ValueError(f"Data sets that are shown differently must be taken one at a time. Received: {told}.")
        return self.parts[0].framing

    @property
    def num_images(self):
        return sum(part.num_images for part in self.parts)

    @property
    def num_people(self):
        """Number of people in all images, whatever the weights."""
        return sum(part.num_people for part in self.parts)

    def dataset(self):
        """Examples of all data sets, one after the other, with the features that all have. See `Records.dataset`."""
        datasets = [part.dataset() for part in self.parts]
        names = set.intersection(*(set(dataset.element_spec) for dataset in datasets))
        datasets = [dataset.map(lambda example: {name: example[name] for name in names}) for dataset in datasets]
        whole = datasets[0]
        for dataset in datasets[1:]:
            whole = whole.concatenate(dataset)
        return whole


def weighted(text: str) -> list[tuple[str, float]]:
    """Parses folders and weights: `"data/lsp,data/mpii:2"` → `[("data/lsp", 1.0), ("data/mpii", 2.0)]`.

    Raises:
        ValueError: If a weight is not above 0.
    """
    found = []
    for part in text.split(","):
        folder, _, weight = part.rpartition(":")
        try:
            found.append((folder.strip(), float(weight)))
        except ValueError:
            found.append((part.strip(), 1.0))
        if not 0 < found[-1][1] < float("inf"):
            raise ValueError(f"The weight of a data set must be above 0. Received: {part!r}.")
    return found


def under(parts, skeleton):
    """Translates the keypoints of several `Records` to one `Skeleton`; by default to the one that they share.

    Raises:
        ValueError: If none is given and theirs differ, or if it shares no keypoint with one of them.
    """
    own = {part.skeleton.keypoints: part.skeleton.name for part in parts}
    if not skeleton:
        if len(own) > 1:
            raise ValueError(
                "Data sets that annotate different keypoints need a common skeleton: `--skeleton`. "
                f"Received: {', '.join(own.values())}. Known: {', '.join(skeletons.SKELETONS)}."
            )
        return parts
    for keypoints, name in own.items():
        if not set(keypoints) & set(skeleton.keypoints):
            raise ValueError(
                f"`skeleton` must have keypoints in common with each data set. Received: {skeleton.name}, "
                f"for records of {name}: {', '.join(keypoints)}."
            )
    return [part if part.skeleton == skeleton else dataclasses.replace(part, translation=skeleton) for part in parts]
