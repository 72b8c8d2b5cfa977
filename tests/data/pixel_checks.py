"""What the pipeline gives of the tiny records, as NumPy."""

from tfpose.data import records, single_person

SIZE = (96, 128)


def batches(folder, split="train", batch_size=4, **options):
    """All batches; of `train`, as in training."""
    options = {"training": split == "train", **options}
    return list(
        single_person.single_person(records.load(folder, split), SIZE, batch_size, **options).as_numpy_iterator()
    )


def numbers(found):
    """Who is in the batches, in this order."""
    return [int(n) for _, people in found for n in people["head_sizes"][:, 0]]
