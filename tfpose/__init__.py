"""Finds people's keypoints in images: trains, evaluates and serves the networks of the pose literature.

Letters used for the axes of arrays: `B` batch, `N` people, `K` keypoints, `M` candidates per keypoint, `S` stacks,
`H, W` input pixels, `h, w` map cells. Axes stand in this order: `[B, S, h, w, K]`, `[B, N, K, 3]`, `[B, K, M, 3+]`.
Coordinates are `(x, y)`, sizes `(height, width)`; the centre of the top-left pixel is `(0, 0)`.
"""

__version__ = "0.1.0"
__all__ = ["Predictor"]


def __getattr__(name):
    if name == "Predictor":  # Only now, so that `import tfpose` does not bring TensorFlow.
        from tfpose.prediction.predictor import Predictor

        return Predictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
