"""Finds people's keypoints in images: trains, evaluates and serves the networks of the pose literature.

```python
predictor = tfpose.load("models_ex/<run>")  # or an exported folder
people = predictor(image)  # float32 [N, K, 3]: x, y, score
```

Letters used for the axes of arrays: `B` batch, `N` people, `K` keypoints, `M` candidates per keypoint, `S` stacks,
`H, W` input pixels, `h, w` map cells. Axes stand in this order: `[B, S, h, w, K]`, `[B, N, K, 3]`, `[B, K, M, 3+]`.
Coordinates are `(x, y)`, sizes `(height, width)`; the centre of the top-left pixel is `(0, 0)`.
"""

import importlib

__version__ = "0.1.0"

_MODULES = {
    "Predictor": "tfpose.prediction.predictor",
    "Config": "tfpose.training.config",
    "PRESETS": "tfpose.training.presets",
    "MODELS": "tfpose.models",
    "Skeleton": "tfpose.skeletons",
    "train": "tfpose.training.built_in",
    "evaluate": "tfpose.evaluation.evaluate",
    "export": "tfpose.exporting.export",
}
__all__ = ["load", *_MODULES]


def __getattr__(name):
    """Imports a public name at its first use, so that `import tfpose` does not import TensorFlow."""
    if name == "load":
        value = __getattr__("Predictor").load
    elif name in _MODULES:
        value = getattr(importlib.import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
