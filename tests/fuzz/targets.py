"""What is fuzzed: every reader of files, one line each."""

from collections.abc import Callable
from typing import NamedTuple

from tests.fuzz import reads, run_reads, seeds


class Target(NamedTuple):
    """A reader, and the files that are damaged for it.

    Attributes:
        name: Of the reader; the first word names the row of the table.
        write: Writes a good folder.
        files: In the folder, of which one at a time is damaged; none stands for all but pictures.
        read: Reads a folder; returns what is wrong with the numbers, or nothing. See `reads`.
        few: Inputs in the default suite; slow readers have fewer.
        share: Inputs of a long run, relative to those of other readers.
    """

    name: str
    write: Callable
    files: tuple[str, ...]
    read: Callable
    few: int = 8
    share: float = 1.0

    def __str__(self):
        return self.name


_RECORDS = ("dots-train.tfrecord-00000-of-00001", "features.json", "metadata.json", "dataset_info.json")
_COCO = ("annotations/person_keypoints_train2017.json",)

TARGETS = [
    Target("coco", seeds.coco, _COCO, reads.converter("coco")),
    Target("own", seeds.own, ("train.json", "skeleton.json"), reads.converter("own"), 30, 3),
    *(Target(f"own_{form}", seeds.tool(form), (), reads.converter("own", test_share=0.0)) for form in seeds.WRITERS),
    Target("ai_challenger", seeds.ai_challenger, ("keypoint_train_annotations_20170909.json",),
           reads.converter("ai_challenger")),
    Target("flic", seeds.flic, ("examples.mat",), reads.converter("flic")),
    Target("flic_plus", seeds.flic_plus, ("tr_plus_indices.mat",), reads.converter("flic_plus")),
    Target("flic_npz", seeds.flic_npz, ("x_train_flic.npz", "y_train_flic.npz"), reads.converter("flic_npz")),
    Target("lsp", seeds.lsp, ("joints.mat",), reads.converter("lsp")),
    Target("lspet", seeds.lspet, ("joints.mat",), reads.converter("lspet")),
    Target("parse", seeds.parse, ("labels.mat",), reads.converter("parse")),
    Target("mpii mat", seeds.mpii, ("mpii_human_pose_v1_u12_1.mat",), reads.converter("mpii")),
    Target("mpii cropped", seeds.mpii, ("mpii_human_pose_v1_u12_1.mat",), reads.converter("mpii", cropped=True)),
    Target("mpii h5", seeds.mpii_h5, ("annot/train.h5",), reads.converter("mpii")),
    Target("mpii json", seeds.mpii_json, ("annot/train.json",), reads.converter("mpii")),
    Target("lsp_mpii", seeds.lsp_mpii, ("lsp_mpii.h5",), reads.converter("lsp_mpii")),
    Target("penn_action", seeds.penn, ("labels/0001.mat",), reads.converter("penn_action")),
    Target("dataset_mat", seeds.dataset_mat, ("dataset.mat", "skeleton.json"), reads.converter("dataset_mat"), 12),
    Target("skeleton", seeds.own, ("skeleton.json",), reads.skeleton),
    Target("estimate_sigmas", seeds.repeated, ("a.json",), reads.repeated),
    Target("ids", seeds.ids, ("ids.txt",), reads.ids, 4, 0.2),
    Target("challenger_coco to", seeds.ai_challenger, ("keypoint_train_annotations_20170909.json",),
           reads.challenger_command("to_coco", "@keypoint_train_annotations_20170909.json"), 4, 0.5),
    Target("challenger_coco from", seeds.submission, ("images.json",),
           reads.challenger_command("from_coco", "@images.json"), 4, 0.5),
    Target("challenger_coco people", seeds.submission, ("people.json",),
           reads.challenger_command("submission", "@people.json"), 4, 0.5),
    Target("challenger_coco results", seeds.submission, ("results.json", "images.json"),
           reads.challenger_command("submission", "@results.json", "--images", "@images.json"), 4, 0.5),
    *(Target(f"picture {name}", seeds.pictures, (name,), reads.picture(name), 5, 0.4) for name in seeds.PICTURES),
    Target("video mp4", seeds.video, ("a.mp4",), reads.video("a.mp4"), 4, 0.3),
    Target("video avi", seeds.video, ("a.avi",), reads.video("a.avi"), 4, 0.3),
    Target("boxes annotations", seeds.boxes, ("boxes.json",), reads.boxes("boxes.json")),
    Target("boxes results", seeds.boxes, ("results.json",), reads.boxes("results.json"), 4, 0.5),
    Target("masks", seeds.masks, _COCO, reads.masks),
    Target("records", seeds.records, _RECORDS, run_reads.records, 8, 1.0),
    Target("run", seeds.run, ("config.json", "log.csv"), run_reads.run),
    Target("settings yaml", seeds.settings, ("flags.yaml",), run_reads.settings("flags.yaml")),
    Target("settings json", seeds.settings, ("flags.json",), run_reads.settings("flags.json")),
    Target("pose_cfg", seeds.pose_cfg, ("pose_cfg.yaml",), run_reads.pose_cfg),
    Target("model", seeds.model, ("best.keras", "config.json"), run_reads.model, 4, 0.6),
    Target("restore_model", seeds.detector, ("best.keras",), run_reads.restored, 1, 0.3),
    Target("state", seeds.state, ("state_joint.weights.h5",), run_reads.state, 4, 0.5),
    Target("weights", seeds.squeezenet, ("squeezenet.h5",), run_reads.backbone, 2, 0.3),
    Target("terms npz", seeds.terms, ("pairwise.npz",), run_reads.terms("pairwise.npz")),
    Target("terms mat", seeds.terms, ("pairwise_stats.mat",), run_reads.terms("pairwise_stats.mat")),
    Target("terms models", seeds.terms, ("spatial_model_cidx_1_2.mat",), run_reads.terms("spatial_model_cidx_1_2.mat")),
    Target("score_maps", seeds.score_maps, ("7.npz", "of.txt"), run_reads.score_maps),
]  # fmt: skip
