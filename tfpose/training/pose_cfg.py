"""Reads the `pose_cfg.yaml` of pose-tensorflow, and translates its keys to flags of `tfpose train`."""

import dataclasses
from collections.abc import Callable

from tfpose.commands.reading import one_line, read_yaml, short
from tfpose.training import signatures


@dataclasses.dataclass(frozen=True)
class Key:
    """A key of a `pose_cfg.yaml`.

    Args:
        text: The flag it corresponds to, or why there is none.
        take: Function of its value and of all values of the file → fields of `Config`; `model_args` and `augmentation`
            are dicts, to be merged.
    """

    text: str
    take: Callable | None = None


def _backbone(value, values):
    name = str(value).replace("resnet_", "resnet")
    known = signatures.keys("tfpose.models.trunks.dilated", "DILATIONS")
    if name not in known:
        raise ValueError(f"`net_type` must be known. Received: {value!r}. Known: {', '.join(known)}.")
    return {"model_args": {"backbone": name}}


def _optimizer(value, values):
    if value not in ("sgd", "adam"):
        raise ValueError(f"`optimizer` must be sgd or adam. Received: {value!r}.")
    return {"optimizer": {"sgd": "momentum", "adam": "adam"}[value]}


def _multi_step(value, values):
    if values.get("optimizer") == "adam":
        return {}
    return {"multi_step": ",".join(f"{rate:g}:{int(until)}" for rate, until in value), "n_epochs": 0}


def _offsets(value, values):
    both = {bool(values.get(key, value)) for key in ("locref_huber_loss", "pairwise_huber_loss")}
    if len(both) > 1:
        raise ValueError("`locref_huber_loss` and `pairwise_huber_loss` must be the same. Received: one of each.")
    return {"loss": "huber" if value else "mse"}


def _jitter(value, values):
    return {"augmentation": {"scale": (values.get("scale_jitter_lo", 1.0), values.get("scale_jitter_up", 1.0))}}


def _argument(name, convert=lambda value: value):
    return lambda value, values: {"model_args": {name: convert(value)}}


def _field(name, convert=lambda value: value):
    return lambda value, values: {name: convert(value)}


HUBER = "`--loss=huber`, or `mse`; the same for both kinds of offsets"
JITTER = "scale augmentation, with `--data_augm`; here drawn in the logarithm"
PAIRS = "the pairs of `graph`; none: all"
UNUSED = "unused by the reference"
CONVERTED = "converted by `tfpose convert`, then `--data_dir`"
EVERY_EPOCH = "after every epoch; a run is always resumable"
KEYS = {
    "net_type": Key("`--backbone`", _backbone),
    "init_weights": Key("TensorFlow 1 checkpoints cannot be read: `--weights=imagenet`, or a file of Keras weights"),
    "batch_size": Key("`--batch_size`", _field("batch_size", int)),
    "optimizer": Key("`--optimizer`: sgd has momentum there", _optimizer),
    "adam_lr": Key("`--lr`, with `--schedule=constant`", lambda value, _: {"lr": float(value), "schedule": "constant"}),
    "multi_step": Key("`--multi_step`, unless the optimizer is adam, which ignored it", _multi_step),
    "weight_decay": Key("none, since the reference never adds it to its loss; `--lmbd` does"),
    "mirror": Key(
        "mirrors half of the images, with `--data_augm`; the reference trains on each both ways",
        lambda value, _: {"augmentation": {"mirror": 0.5 if value else 0.0}},
    ),
    "scale_jitter_lo": Key(JITTER, _jitter),
    "scale_jitter_up": Key(JITTER, _jitter),
    "pos_dist_thresh": Key("`--pos_dist_thresh`", _argument("pos_dist_thresh", float)),
    "locref_stdev": Key("`--locref_stdev`", _argument("locref_stdev", float)),
    "locref_loss_weight": Key("`--locref_loss_weight`", _argument("locref_loss_weight", float)),
    "pairwise_loss_weight": Key("`--pairwise_loss_weight`", _argument("pairwise_loss_weight", float)),
    "locref_huber_loss": Key(HUBER, _offsets),
    "pairwise_huber_loss": Key(HUBER, _offsets),
    "pairwise_predict": Key(
        "`--pairwise`; without, one person per image",
        lambda value, _: {"model_args": {"pairwise": bool(value), "several": bool(value)}},
    ),
    "intermediate_supervision": Key("`--intermediate`", _argument("intermediate", bool)),
    "intermediate_supervision_layer": Key("the middle block of stride 16: 12 of a ResNet-101, as the reference's"),
    "weigh_only_present_joints": Key("`--weigh_only_present_joints`", _argument("weigh_only_present_joints", bool)),
    "sparse_graph": Key(PAIRS, lambda value, _: {"model_args": {"graph": tuple(map(tuple, value))}} if value else {}),
    "nms_radius": Key("`--nms_radius`, in cells", _argument("nms_radius", float)),
    "det_min_score": Key("`--det_min_score`", _argument("det_min_score", float)),
    "location_refinement": Key("always"),
    "pairwise_stats_collect": Key("always: at the start of training"),
    "pairwise_stats_fn": Key("measured on the records; `--terms` reads such a file too"),
    "tensorflow_pairwise_order": Key("pairs `(a, b)` are sorted, as with true"),
    "pairwise_model_dir": Key("`python -m tfpose.pairwise` fits the models, and reads the reference's too"),
    "weigh_part_predictions": Key("always: crowds and people without keypoints are ignored"),
    "stride": Key("8, that of the network"),
    "mean_pixel": Key("that of the backbone's weights"),
    "shuffle": Key("always, by `--seed`"),
    "global_scale": Key("images are fitted into `--image_size`, whatever their own"),
    "max_input_size": Key("images are fitted into `--image_size`, none is left out"),
    "crop": Key("one person is cropped as the records say; for several people the input is the whole image"),
    "crop_pad": Key("set by the converter"),
    "dataset": Key(CONVERTED),
    "dataset_type": Key(CONVERTED),
    "dataset_phase": Key(CONVERTED),
    "dataset_ann": Key(CONVERTED),
    "coco_only_images_with_people": Key("`--images_with_people` of the converter `coco`"),
    "num_joints": Key("those of the records"),
    "all_joints": Key("those of the records; `left_` and `right_` in their names are the sides"),
    "all_joints_names": Key("those of the records"),
    "snapshot_prefix": Key("`--run`: models_ex/RUN"),
    "log_dir": Key("`--run`: tb/RUN"),
    "display_iters": Key("every step"),
    "save_iters": Key(EVERY_EPOCH),
    "scoremap_dir": Key("`--maps` of evaluate.py"),
    "cached_scoremaps": Key("`--maps` of evaluate.py"),
    "use_gt_segm": Key("`--masks` of evaluate.py"),
    "pck_threshold": Key("`--metrics=box_pck` of evaluate.py gives every threshold"),
    "video": Key("`python -m tfpose` takes videos; the reference's network for them was never published"),
    "video_batch": Key("`python -m tfpose` takes videos; the reference's network for them was never published"),
    "weigh_negatives": Key(UNUSED),
    "fg_fraction": Key(UNUSED),
    "regularize": Key(UNUSED),
    "scmap_threshold": Key(UNUSED),
}
STILL = {  # No augmentation beside what the file asks for.
    "angle": 0.0, "shift": 0.0, "brightness": 0.0, "contrast": (1.0, 1.0), "mirror": 0.0, "scale": (1.0, 1.0),
}  # fmt: skip


def read(path) -> tuple[dict, list[str]]:
    """Reads a `pose_cfg.yaml`, with YAML's safe loader.

    Args:
        path: The YAML file.

    Returns:
        Fields of `Config`, and for each key of the file a line with what it was translated to.

    Raises:
        ValueError: If the file is no YAML mapping, or has an unknown key or value.
    """
    values = read_yaml(path, "a YAML file, `pose_cfg`")
    if not isinstance(values, dict):
        raise ValueError(f"`pose_cfg` must hold keys and values. Received: {str(path)!r} with {short(values)}.")
    if unknown := [str(key)[:80] for key in values if key not in KEYS]:
        raise ValueError(f"Unknown key of {path}. Received: {', '.join(unknown[:5])}. Known: {', '.join(KEYS)}.")
    found = {"model": "deepercut", "model_args": {"several": False}, "augmentation": dict(STILL)}
    lines = []
    for name, value in values.items():
        key = KEYS[name]
        try:
            fields = key.take(value, values) if key.take else {}
        except (TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
            received = f"{short(value)} ({one_line(error)})"
            raise ValueError(f"`{name}` of {path} is not what it must be. Received: {received}.") from None
        for field, taken in fields.items():
            found[field] = {**found[field], **taken} if isinstance(taken, dict) else taken
        lines.append(f"{name}: {short(value)} → {key.text}")
    found["data_augm"] = found["augmentation"] != STILL
    return found, lines


def table() -> str:
    """All keys with their translation, as a table in Markdown."""
    rows = [f"| `{name}` | {key.text} |" for name, key in KEYS.items()]
    return "\n".join(["| key | here |", "|---|---|", *rows])
