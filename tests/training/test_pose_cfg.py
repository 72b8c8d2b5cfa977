"""The reference's configuration files, of which the shipped ones are written out here."""

import dataclasses
import pathlib

import pytest

from tfpose import skeletons
from tfpose.training import build, cli, pose_cfg

MPII = """
dataset: cropped/dataset.mat
dataset_type: mpii
num_joints: 14
all_joints: [[0, 5], [1, 4], [2, 3], [6, 11], [7, 10], [8, 9], [12], [13]]
all_joints_names: ['ankle', 'knee', 'hip', 'wrist', 'elbow', 'shoulder', 'chin', 'forehead']
pos_dist_thresh: 17
global_scale: 0.8452830189
scale_jitter_lo: 0.85
scale_jitter_up: 1.15
net_type: resnet_101
init_weights: ../../pretrained/resnet_v1_101.ckpt
location_refinement: true
locref_huber_loss: true
locref_loss_weight: 0.05
locref_stdev: 7.2801
intermediate_supervision: true
intermediate_supervision_layer: 12
max_input_size: 850
mirror: true
multi_step:
- [0.005, 10000]
- [0.02, 430000]
- [0.002, 730000]
- [0.001, 1030000]
display_iters: 20
save_iters: 60000
"""
COCO = (
    MPII
    + """
pairwise_predict: true
pairwise_loss_weight: 0.07
sparse_graph: [[0, 1], [0, 2]]
nms_radius: 5.0
det_min_score: 0.3
"""
)


@pytest.fixture
def read(tmp_path):
    def given(text):
        (tmp_path / "pose_cfg.yaml").write_text(text)
        return cli.parse([f"--pose_cfg={tmp_path / 'pose_cfg.yaml'}"])

    return given


def test_the_recipe_of_one_person(read, capsys):
    found = read(MPII)
    assert (found.model, found.several, found.argument("backbone")) == ("deepercut", False, "resnet101")
    assert found.multi_step == "0.005:10000,0.02:430000,0.002:730000,0.001:1030000"
    assert found.n_epochs == 0 and found.data_augm and found.image_size == (400, 400)
    assert found.augmentation["scale"] == (0.85, 1.15) and found.augmentation["mirror"] == 0.5
    assert found.augmentation["angle"] == found.augmentation["brightness"] == 0
    assert found.model_args["pos_dist_thresh"] == 17 and found.model_args["intermediate"] is True
    assert found.model_args["locref_loss_weight"] == 0.05 and found.loss == "huber"
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == MPII.count(":\n") + MPII.count(": ")
    assert "init_weights: '../../pretrained/resnet_v1_101.ckpt' → TensorFlow 1 checkpoints cannot be read" in lines[10]


def test_the_recipe_of_several_people_builds(read):
    found = read(COCO)
    assert found.several and found.model_args["pairwise"] is True
    assert found.model_args["graph"] == ((0, 1), (0, 2)) and found.model_args["nms_radius"] == 5
    assert found.model_args["pairwise_loss_weight"] == 0.07
    small = dataclasses.replace(found, model_args={**found.model_args, "backbone": "squeezenet"}, image_size=(64, 64))
    model = build.build(small, skeletons.COCO)
    assert model.codec.terms.pairs.tolist() == [[0, 1], [0, 2], [1, 0], [2, 0]]
    weights = {head: loss.weight for head, loss in model.default_loss().items()}
    assert weights == {"heatmaps": 1, "intermediate": 1, "locref": 0.05, "pairwise": 0.07}


def test_flags_come_after_the_file(tmp_path):
    (tmp_path / "pose_cfg.yaml").write_text("batch_size: 1\noptimizer: sgd\nmirror: false\n")
    found = cli.parse([f"--pose_cfg={tmp_path / 'pose_cfg.yaml'}", "--batch_size=4", "--backbone=mobilenet_v2"])
    assert (found.batch_size, found.optimizer, found.argument("backbone")) == (4, "momentum", "mobilenet_v2")
    assert not found.data_augm


def test_adam_ignores_the_table_of_rates(read):
    found = read("optimizer: adam\nadam_lr: 0.0003\nmulti_step: [[0.005, 10]]\n")
    assert (found.optimizer, found.lr, found.schedule, found.multi_step) == ("adam", 3e-4, "constant", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stribe: 8", "Unknown key of .* Received: stribe. Known: net_type"),
        ("net_type: vgg", "`net_type` must be known. Received: 'vgg'"),
        ("optimizer: lbfgs", "`optimizer` must be sgd or adam. Received: 'lbfgs'"),
        ("multi_step: 3", "`multi_step` of .* is not what it must be. Received: 3"),
        ("locref_huber_loss: true\npairwise_huber_loss: false", "must be the same"),
        ("- 1", r"must hold keys and values. Received: .* with \[1\]"),
        ("a: [", "must be a YAML file"),
        ("a: !!python/object/apply:os.getcwd []", "must be a YAML file"),
    ],
)
def test_what_is_wrong_is_told(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


def test_no_file_and_too_much_are_refused(tmp_path):
    with pytest.raises(ValueError, match="must be a YAML file"):
        cli.parse([f"--pose_cfg={tmp_path}/none.yaml"])
    with pytest.raises(ValueError, match="`--preset` must be given without --pose_cfg"):
        cli.parse([f"--pose_cfg={tmp_path}/none.yaml", "--preset=figures"])


def test_the_table_of_the_docs_is_this_one():
    text = (pathlib.Path(__file__).parents[2] / "docs" / "pose_cfg.md").read_text()
    assert pose_cfg.table() in text
