"""Which flags have an effect on a run: one that was given without having any is refused."""

import dataclasses
from collections.abc import Callable

from tfpose.training.config import Config

ADVERSARY = (  # Arguments of the models that are trained against discriminators.
    "adversarial_weight", "warm_up", "lr_d", "gamma", "lambda_g", "lambda_k", "through", "discriminator_stacks",
    "discriminator_features", "discriminator_stem", "discriminator_depth", "confidence", "delta", "epsilon", "alpha",
    "beta", "updates", "minimax",
)  # fmt: skip
# Values of `adversaries` with each discriminator.
DISCRIMINATORS = {"pose": ("both", "pose"), "confidence": ("both", "confidence")}


@dataclasses.dataclass(frozen=True)
class Rule:
    """What must hold for flags to have an effect.

    Attributes:
        flags: Their names.
        holds: Whether they have an effect in a `Config`.
        needs: What must hold, in words.
        model: The model that the rule is about; empty: all of them.
    """

    flags: tuple[str, ...]
    holds: Callable[[Config], bool]
    needs: str
    model: str = ""


def _has_adversary(config):
    return config.argument("adversary", True) and config.argument("adversaries", "both") != "none"


def _has_statistics(config):
    """Whether a model of this configuration may be initialised with statistics of the training people.

    A restored one is, unless the other model has them, which is not known before it is loaded.
    """
    if config.resume:
        return False
    return config.argument("use_sm", False) or (config.model == "deepercut" and _has_pairs(config))


def _has_pairs(config):
    """Whether DeeperCut uses pairwise statistics, and has to learn them from the records."""
    return config.argument("terms") is None and (config.argument("pairwise") or config.several)


RULES = (
    Rule(("metric",), lambda c: not c.several, "a model of one person; others are compared by AP"),
    Rule(("crop",), lambda c: not c.several, "a model of one person; others are shown the frame"),
    Rule(("max_people",), lambda c: c.several, "a model of several people"),
    Rule(
        ("lr", "schedule"), lambda c: not c.multi_step, "no multi_step, which gives all rates (`--multi_step=`: none)"
    ),
    Rule(("augmentation",), lambda c: c.data_augm, "data_augm"),
    Rule(
        ("prior",),
        _has_statistics,
        "a new part_detector with use_sm, or a new deepercut with pairwise terms to learn",
    ),
    Rule(("restore_model",), lambda c: not c.resume, "a new run; a resumed one has its own weights"),
    Rule(("torso", "graph", "method", "initial_bias"), lambda c: c.argument("use_sm"), "use_sm", "part_detector"),
    Rule(("graph",), _has_pairs, "pairwise or several, and no terms, which have their own pairs", "deepercut"),
    Rule(("pairwise_loss_weight",), lambda c: c.argument("pairwise"), "pairwise", "deepercut"),
    Rule(("terms",), lambda c: c.argument("pairwise") or c.several, "pairwise or several", "deepercut"),
    Rule(
        ("staged", "nms_radius", "det_min_score", "max_detections"), lambda c: c.several, "several people", "deepercut"
    ),
    Rule(ADVERSARY, _has_adversary, "an adversary, which is switched off"),
    Rule(
        ("delta", "beta"),
        lambda c: c.argument("adversaries") in DISCRIMINATORS["pose"],
        "the pose discriminator",
        "adversarial_posenet",
    ),
    Rule(
        ("epsilon", "alpha", "confidence"),
        lambda c: c.argument("adversaries") in DISCRIMINATORS["confidence"],
        "the confidence discriminator",
        "adversarial_posenet",
    ),
)


def check(config: Config, given) -> None:
    """Refuses flags that were given and have no effect.

    Args:
        config: The run they belong to.
        given: Their names; `augmentation.NAME` for a field of `Augmentation`.

    Raises:
        ValueError: If one has no effect.
    """
    for name in given:
        for rule in RULES:
            if name.partition(".")[0] in rule.flags and rule.model in ("", config.model) and not rule.holds(config):
                raise ValueError(
                    f"`{name}` has no effect on this run: it needs {rule.needs}. Received: `{name}` for {config.model}."
                )
