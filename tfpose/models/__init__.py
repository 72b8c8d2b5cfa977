"""The models, one file per paper. To add one: write its file, add its line."""

from tfpose.models.part_detector import PartDetector
from tfpose.models.pose_model import PoseModel

MODELS = {
    "part_detector": PartDetector,
}


def build(name: str, *args, **kwargs) -> PoseModel:
    """Builds a model by name."""
    if name not in MODELS:
        raise ValueError(f"Unknown model. Received: {name!r}. Known: {', '.join(MODELS)}.")
    return MODELS[name](*args, **kwargs)
