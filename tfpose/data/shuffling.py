"""The order in which records are seen, epoch by epoch."""

import numpy as np
import tensorflow as tf

SHUFFLED = 2048  # Examples, as JPEG bytes, among which the next one is drawn.
UNTUNED = tf.data.Options()
UNTUNED.autotune.enabled = False  # Its thread sleeps for up to a minute, and the end of an iteration waits for it.
EPOCH = 1_000_003  # Between the seeds of two epochs, so that near seeds share none.


def batches(records, learnt, counts, batch_size, *, training, seed, epochs, cached):
    """Batches of what is learnt from the images: in training in random order, else in that of the records.

    The same seed gives the same batches; an epoch can be had without those before it.

    Args:
        records: What `records.load` returns.
        learnt: Function of `Records` and of what their `serialized` gave: the `tf.data.Dataset` of what is learnt from
            it, such as one element per person.
        counts: How many elements that are, of each of `records.parts`.
        batch_size: Global batch size.
        training: Whether to shuffle, to heed the weights, and to drop the last incomplete batch of each epoch.
        seed: Of the order.
        epochs: First epoch, and the one to stop before.
        cached: Whether to keep the records in memory after reading them once.

    Returns:
        `tf.data.Dataset` of `(seeds, batch)`: two numbers that no other batch has, `int64 [2]`, and the elements.
    """
    kept = [part.serialized().cache() if cached else None for part in records.parts]
    weights = records.weights if training else [1] * len(counts)
    taken = [max(min(1, n), round(weight * n)) for weight, n in zip(weights, counts, strict=True)]

    def epoch(number):
        tf.random.set_seed(1)  # Of this graph alone: the order shall depend on `seed`, and not on the program's too.
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


def _reader(part, learnt, kept):
    """Function of the order: everything learnt from a data set, once."""
    return lambda order: learnt(part, kept or part.serialized(order))


def _stream(read, count, taken, order):
    """So many elements of a data set that has `count`: all of them again and again, then some."""
    if order is None or not count:
        return read(order)
    passes, rest = divmod(taken, count)
    found = [read(order + i) for i in range(passes)]
    return _concatenated([*found, _share(read(order + passes), count, rest, order)] if rest else found)


def _share(elements, count, taken, order):
    """So many of `count` elements, at even distances, beginning anywhere: each is as likely as any other."""
    start = tf.random.stateless_uniform([], tf.stack([order, count]), 0, count, tf.int64)
    numbered = elements.enumerate().filter(lambda i, _: (i + start) * taken % count < taken)
    return numbered.map(lambda _, element: element)


def _mixed(streams, counts):
    """The elements of all streams; at any moment about the same part of each has passed."""
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
