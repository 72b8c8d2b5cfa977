"""The models, one file per paper."""

from tfpose.models.adversarial_posenet import AdversarialPoseNet
from tfpose.models.associative_embedding import AssociativeEmbedding
from tfpose.models.deepercut import DeeperCut
from tfpose.models.hourglass import StackedHourglass
from tfpose.models.part_detector import PartDetector
from tfpose.models.pose_model import PoseModel
from tfpose.models.self_adversarial import SelfAdversarial
from tfpose.models.self_adversarial_embedding import SelfAdversarialEmbedding

MODELS = {
    "part_detector": PartDetector,
    "hourglass": StackedHourglass,
    "adversarial_posenet": AdversarialPoseNet,
    "self_adversarial": SelfAdversarial,
    "associative_embedding": AssociativeEmbedding,
    "self_adversarial_embedding": SelfAdversarialEmbedding,
    "deepercut": DeeperCut,
}


def build(name: str, *args, **kwargs) -> PoseModel:
    """Builds a model by name."""
    if name not in MODELS:
        raise ValueError(f"Unknown model. Received: {name!r}. Known: {', '.join(MODELS)}.")
    return MODELS[name](*args, **kwargs)
