"""Spatial model: pairwise distributions over the parts, Tompson et al. 2014 (https://arxiv.org/abs/1406.2984), 4.2."""

import itertools
import math

import keras
import numpy as np
from keras import layers, ops

_EPSILON = 1e-6
_BETA = 5.0
_UNSEEN = 0.01
NORMALISATION = ("gamma", "beta", "moving_mean", "moving_variance")


@keras.saving.register_keras_serializable("tfpose")
class SpatialModel(layers.Layer):
    """One round of belief propagation in a Markov random field over the keypoints.

    With the soft rectifier `s(x) = log(1 + exp(5 x)) / 5` on the normalised maps h, the energies E and the biases B,

        logit_j = log(s(h_j) + 1e-6) + sum_c log(conv(s(E[j|c]), s(h_c)) + s(B[c->j]) + 1e-6)

    Input: probabilities `[B, h, w, V]` of V >= K nodes: the K keypoints, then nodes that only send messages, such as
    the torso. Output: logits over the cells, `float32 [B, h, w, K]`. Computed in float32 whatever the dtype policy.

    An energy has one weight per displacement (target minus source), `(2h - 1, 2w - 1)`, with displacement zero in its
    middle, `[h - 1, w - 1]`, so that the result lies on the cells exactly. Nine keypoints and a torso at 60 x 90 have
    81 x (119 x 179 + 60 x 90) = 2,162,781 weights and 20 of the normalisation; joint-cnn-mrf has energies of 120 x 180,
    2,187,000 weights, whose even sizes have no middle, and resizes its 61 x 91 results to the map.

    Args:
        num_keypoints: K.
        graph: Pairs `(target, source)` of node indices; by default every ordered pair of a keypoint and a node.
        method: `"fft"`, or `"conv"` for runtimes without Fourier transform (ONNX, LiteRT): same weights, same results,
            but hundreds of times slower to train.
        prior_scale: Sum of a prior's rectified energies, see `set_prior`; none: as in joint-cnn-mrf.
        gain: Factor on the weights of energies and biases. Adam changes every weight by about the learning rate,
            whatever its gradient; with a gain of 10 they change ten times as fast as the detector's kernels.
        initial_bias: Rectified bias of every message before training; 0: that of joint-cnn-mrf, 0.14. The higher, the
            less the messages change the maps.

    Raises:
        ValueError: If a pair occurs twice, relates a node to itself, or has an unknown node.
    """

    def __init__(
        self, num_keypoints, *, graph=None, method="fft", prior_scale=1.0, gain=1.0, initial_bias=0.0, **kwargs
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if method not in CONVOLUTIONS:
            raise ValueError(f"Unknown `method`. Received: {method!r}. Known: {', '.join(CONVOLUTIONS)}.")
        self.num_keypoints = num_keypoints
        self.graph = None if graph is None else tuple((int(j), int(c)) for j, c in graph)
        self.method = method
        self.prior_scale = prior_scale
        self.gain = gain
        if not 0 <= initial_bias < float("inf"):
            raise ValueError(f"`initial_bias` must be at least 0. Received: {initial_bias}.")
        self.initial_bias = initial_bias
        self.normalization = layers.BatchNormalization(momentum=0.9, dtype="float32", name="normalization")
        _check(self.graph, num_keypoints)

    def build(self, input_shape):
        *_, h, w, nodes = input_shape
        keypoints = range(self.num_keypoints)
        full = ((j, c) for j, c in itertools.product(keypoints, range(nodes)) if j != c)
        self.pairs = tuple(full if self.graph is None else sorted(self.graph))
        _check(self.pairs, self.num_keypoints, nodes)
        self.normalization.build(input_shape)
        self.energies = self.add_weight(
            (len(self.pairs), 2 * h - 1, 2 * w - 1), keras.initializers.RandomNormal(stddev=0.01), name="energies"
        )
        bias = float(_hardened(self.initial_bias)) if self.initial_bias else 1e-5
        self.biases = self.add_weight(
            (len(self.pairs), h, w), keras.initializers.Constant(bias / self.gain), name="biases"
        )

    def call(self, maps, training=None):
        targets, sources = np.transpose(self.pairs)
        beliefs = _soft(self.normalization(maps, training=training))
        messages = CONVOLUTIONS[self.method](
            _soft(self.gain * self.energies), ops.transpose(beliefs, (0, 3, 1, 2)), sources
        )
        messages = ops.log(messages + _soft(self.gain * self.biases) + _EPSILON)
        ends = np.searchsorted(targets, np.arange(1, self.num_keypoints)).tolist()
        heard = [ops.sum(of_one, axis=1) for of_one in (ops.split(messages, ends, axis=1) if ends else [messages])]
        return ops.log(beliefs[..., : self.num_keypoints] + _EPSILON) + ops.stack(heard, axis=-1)

    def set_prior(self, prior):
        """Initialises the energies with distributions of displacements, one for each of `pairs`.

        With `prior_scale`, the rectified energies are the prior, times the scale, with 1 % spread evenly over all
        displacements so that none is impossible. Without, the energies themselves are the prior, as in joint-cnn-mrf;
        since `s(0) = 0.14`, far above a typical probability of 0.001, the messages are then nearly flat at first.

        Measured on FLIC's people with synthetic part maps, of which 74.5 % are right within 1.6 cells: a scale of 1
        gives 96.7 % at once and 98.7 % after 150 steps; 10 gives 95.7 and 97.6 %, none 75.5 and 95.9 %, no prior 74.6
        and 94.6 %.

        Args:
            prior: `[P, 2h - 1, 2w - 1]` as from `pairwise_prior`.
        """
        prior = np.asarray(prior, "float64")
        if prior.shape != tuple(self.energies.shape):
            raise ValueError(f"`prior` must have shape {tuple(self.energies.shape)}. Received: {prior.shape}.")
        if self.prior_scale is not None:
            mixed = (1 - _UNSEEN) * prior + _UNSEEN / prior[0].size
            prior = np.log(np.expm1(_BETA * self.prior_scale * mixed)) / _BETA
        self.energies.assign(prior / self.gain)

    def take_over(self, other, other_names, names):
        """Takes over the weights of another `SpatialModel`, by the names of its nodes and resampled to this map size.

        On a map of another size, of the same image, a probability per cell changes by `a`, the ratio of the numbers of
        cells. The normalisation is scaled so that the beliefs stay, and the rectified energies by `a`, so that their
        convolution with the beliefs, a sum over more or fewer cells, stays too.

        Args:
            other: The `SpatialModel`.
            other_names: Names of its nodes.
            names: Names of the nodes of this layer.

        Returns:
            Names of the pairs of this layer that the other does not have; they stay as they are.
        """
        known = {(other_names[j], other_names[c]): p for p, (j, c) in enumerate(other.pairs)}
        wanted = [(names[j], names[c]) for j, c in self.pairs]
        both = [(p, known[pair]) for p, pair in enumerate(wanted) if pair in known]
        if both:
            to, of = np.transpose(both)
            sizes = (other.biases.shape[1:], self.biases.shape[1:])
            cells = math.prod(sizes[0]) / math.prod(sizes[1])
            for name, factor in (("energies", cells), ("biases", 1.0)):
                values = ops.convert_to_numpy(getattr(self, name)).copy()
                others = other.gain * ops.convert_to_numpy(getattr(other, name)).astype("float64")[of]
                values[to] = _hardened(factor * _resampled(_softened(others), *sizes)) / self.gain
                getattr(self, name).assign(values)
            self._take_normalisation(other, other_names, names, cells)
        return ["–".join(pair) for pair in wanted if pair not in known]

    def _take_normalisation(self, other, other_names, names, cells):
        """Takes over the normalisation of nodes of the same name, for maps of `cells` times the values."""
        to, of = np.transpose([(i, other_names.index(name)) for i, name in enumerate(names) if name in other_names])
        own, theirs = self.normalization, other.normalization
        values = {name: ops.convert_to_numpy(getattr(own, name)).copy() for name in NORMALISATION}
        gamma, beta, mean, variance = (ops.convert_to_numpy(getattr(theirs, name))[of] for name in NORMALISATION)
        deviations = [np.sqrt(v + own.epsilon) for v in (variance, variance * cells**2)]
        changed = (gamma * deviations[1] / (deviations[0] * cells), beta, mean * cells, variance * cells**2)
        for (name, value), new in zip(values.items(), changed, strict=True):
            value[to] = new
            getattr(own, name).assign(value)

    def get_config(self):
        own = ("num_keypoints", "graph", "method", "prior_scale", "gain", "initial_bias")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _check(graph, num_keypoints, nodes=None):
    for j, c in graph or ():
        if not 0 <= j < num_keypoints or c < 0 or j == c or c >= (nodes or c + 1):
            raise ValueError(
                f"`graph` must hold pairs of a target below {num_keypoints} and another node as source"
                f"{f' below {nodes}' if nodes else ''}. Received: {(j, c)}."
            )
    if graph is not None and (not graph or len(set(graph)) < len(graph)):
        raise ValueError(f"`graph` must hold distinct pairs, at least one. Received: {graph}.")


def _soft(x):
    return ops.softplus(_BETA * x) / _BETA


def _softened(x):
    """`_soft` of an array, in float64."""
    return np.logaddexp(0, _BETA * x) / _BETA


def _hardened(y):
    """The inverse of `_softened`; as low as float32 allows where `y` is 0."""
    y = np.maximum(y, 1e-30)
    return y + np.log(-np.expm1(-_BETA * y)) / _BETA  # The exponential of a large `y` would overflow.


def _resampled(values, before, after):
    """Resamples `[P, n, m]`, over cells or over displacements, from maps of a size `(h, w)` to maps of another."""
    if before == after:
        return values
    down, across = (_interpolation(n, old, new) for n, old, new in zip(values.shape[1:], before, after, strict=True))
    return np.einsum("yi,pij,xj->pyx", down, values, across)


def _interpolation(n, old, new):
    """Matrix of linear interpolation from `n` values, `old` or `2 * old - 1`, to as many of `new`; rows sum to 1.

    Where values become fewer, the triangle is wider, so that all of them count.
    """
    centred = n != old
    places = np.arange(1 - new, new) * old / new + old - 1 if centred else (np.arange(new) + 0.5) * old / new - 0.5
    width = max(1.0, old / new)
    weights = np.maximum(0, 1 - np.abs(np.clip(places, 0, n - 1)[:, None] - np.arange(n)) / width)
    return weights / weights.sum(axis=1, keepdims=True)


def _convolve_directly(energies, beliefs, sources):
    """The same as `_convolve_fft` by a depthwise convolution, one channel per message."""
    channels = ops.transpose(ops.take(beliefs, sources, axis=1), (0, 2, 3, 1))
    kernels = ops.transpose(ops.flip(energies, axis=(1, 2)), (1, 2, 0))[..., None]
    found = ops.depthwise_conv(channels, kernels, padding="same", data_format="channels_last")
    return ops.transpose(found, (0, 3, 1, 2))


def _convolve_fft(energies, beliefs, sources):
    """Convolves the energies `[P, 2h - 1, 2w - 1]` with the beliefs `[B, V, h, w]` of their sources: `[B, P, h, w]`.

    A circular convolution of the size of the energies is enough: what wraps around falls outside the window read.
    """
    h, w = beliefs.shape[-2:]
    size = tuple(_fast_size(2 * n - 1) for n in (h, w))
    real, imag = _rfft2(energies, size)
    of_real, of_imag = (ops.take(part, sources, axis=1) for part in _rfft2(beliefs, size))
    product = (real * of_real - imag * of_imag, real * of_imag + imag * of_real)
    # Rounding leaves values a little below zero, whose logarithm does not exist.
    return ops.maximum(_irfft2(product, size, (h, w)), 0.0)


def _rfft2(x, size):
    """Spectrum of real `x`, zero-padded to `(rows, columns)`: real and imaginary `[..., columns // 2 + 1, rows]`."""
    padding = [(0, 0)] * (len(x.shape) - 1) + [(0, size[0] - x.shape[-2])]
    halves = ops.rfft(x, fft_length=size[1])
    return ops.fft(tuple(ops.pad(ops.swapaxes(half, -1, -2), padding) for half in halves))


def _irfft2(spectrum, size, window):
    """Inverse of `_rfft2`, of which only the window `(h, w)` from `[h - 1, w - 1]` on is computed."""
    (rows, columns), (h, w) = size, window
    real, imag = spectrum
    real, imag = ops.fft((real, -imag))  # The inverse, as the conjugate of the transform of the conjugate.
    halves = tuple(ops.swapaxes(half[..., h - 1 : 2 * h - 1], -1, -2) / rows for half in (real, -imag))
    return ops.irfft(halves, fft_length=columns)[..., w - 1 : 2 * w - 1]


def _fast_size(n):
    """The next even number from `n` on with no prime factor above 5, for which Fourier transforms are fast."""
    powers = itertools.product(range(1, 12), range(8), range(6))
    return min(size for a, b, c in powers if (size := 2**a * 3**b * 5**c) >= n)


CONVOLUTIONS = {"fft": _convolve_fft, "conv": _convolve_directly}
