"""Order of the training elements: shuffling, weights of data sets, and batching, epoch by epoch."""

import numpy as np
import tensorflow as tf

SHUFFLED = 2048  # Size of the shuffle buffer, in elements with their JPEG bytes.
UNTUNED = tf.data.Options()
UNTUNED.autotune.enabled = False  # Its thread sleeps up to a minute, and the end of an iteration waits for it.
EPOCH = 1_000_003  # Difference of the seeds of two epochs: a prime, so that runs with near seeds share none.


def batches(records, learnt, counts, batch_size, *, training, seed, epochs, cached):
    """Batches of training elements, such as people: shuffled in training, else in the order of the records.

    The same seed gives the same batches; an epoch can be had without those before it.

    Args:
        records: What `records.load` returns.
        learnt: Function of `Records` and of the data set returned by their `serialized`, that returns the
            `tf.data.Dataset` of elements, such as one per person.
        counts: Number of elements of each of `records.parts`.
        batch_size: Global batch size.
        training: Whether to shuffle, to apply the weights, and to drop the last incomplete batch of each epoch.
        seed: Random seed of the order.
        epochs: First epoch, and the one to stop before.
        cached: Whether to keep the records in memory after reading them once.

    Returns:
        `tf.data.Dataset` of `(seeds, batch)`: a seed unique to the batch, `int64 [2]`, and the elements.
    """
    kept = [part.serialized().cache() if cached else None for part in records.parts]
    weights = records.weights if training else [1] * len(counts)
    taken = [max(min(1, n), round(weight * n)) for weight, n in zip(weights, counts, strict=True)]

    def epoch(number):
        tf.random.set_seed(1)  # Of this graph only: the order must depend on `seed`, not on the program's global seed.
        order = seed + EPOCH * number if training else None
        streams = [
            _stream(_reader(part, learnt, copy), count, number_taken, order)
            for part, copy, count, number_taken in zip(records.parts, kept, counts, taken, strict=True)
        ]
        everyone = _mixed(streams, taken) if training else _concatenated(streams)
        everyone = everyone.shuffle(SHUFFLED, seed=order) if training else everyone
        found = everyone.batch(batch_size, drop_remainder=training).enumerate()
        return found.map(lambda i, batch: (tf.stack([seed + EPOCH * number, i]), batch))

    total = sum(taken) // batch_size if training else -(-sum(taken) // batch_size)
    size = tf.data.experimental.assert_cardinality(total * (epochs[1] - epochs[0]))
    return tf.data.Dataset.range(*epochs).flat_map(epoch).apply(size).with_options(UNTUNED)


def share(values, shares, batch_size):
    """The consecutive elements of a batch that one of several workers computes.

    To be taken after the random numbers of the whole batch are drawn and before its images are decoded: the shares are
    then those of the batch of a single worker, and each image is decoded once.

    Args:
        values: Structure of tensors `[B, ...]`, of the whole batch or of an incomplete last one.
        shares: Number of this worker's share, and of all; none for the whole batch.
        batch_size: Global batch size, a multiple of the number of shares.

    Returns:
        The structure with tensors `[B / shares, ...]`; fewer elements, perhaps none, of an incomplete batch.
    """
    if shares is None:
        return values
    index, count = shares
    size = batch_size // count
    return tf.nest.map_structure(lambda value: value[index * size : (index + 1) * size], values)


def _reader(part, learnt, kept):
    """Returns a function of the shuffling seed that reads all elements of a data set once."""
    return lambda order: learnt(part, kept or part.serialized(order))


def _stream(read, count, taken, order):
    """`taken` elements of a data set of `count`: whole passes over it, then a part of another."""
    if order is None or not count:
        return read(order)
    passes, rest = divmod(taken, count)
    found = [read(order + i) for i in range(passes)]
    return _concatenated([*found, _share(read(order + passes), count, rest, order)] if rest else found)


def _share(elements, count, taken, order):
    """`taken` of `count` elements, evenly spaced from a random start, so that all are equally likely."""
    start = tf.random.stateless_uniform([], tf.stack([order, count]), 0, count, tf.int64)
    numbered = elements.enumerate().filter(lambda i, _: (i + start) * taken % count < taken)
    return numbered.map(lambda _, element: element)


def _mixed(streams, counts):
    """Interleaves streams so that at any time the same fraction of each has been read."""
    if len(streams) == 1:
        return streams[0]
    moments = np.concatenate([(np.arange(count) + 0.5) / count for count in counts])
    turns = np.repeat(np.arange(len(counts)), counts)[np.argsort(moments, kind="stable")]
    return tf.data.Dataset.choose_from_datasets(streams, tf.data.Dataset.from_tensor_slices(turns))


def _concatenated(streams):
    whole = streams[0]
    for stream in streams[1:]:
        whole = whole.concatenate(stream)
    return whole
