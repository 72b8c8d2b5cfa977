"""The layout: imports only go down one order of all modules, files and functions are short, importing is light."""

import ast
import functools
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
# Every module, in an order in which each imports only modules before it. `room: files`; a room is a package.
ORDER = {
    "tfpose.commands": "__init__ arguments stderr_filter console paths workspaces reading matlab_child matlab runs",
    "tfpose.pretrained": "__init__ catalogue files cli",
    "tfpose": "pictures skeletons visualize codecs.cells",
    "tfpose.metrics": "pooled_rate keypoint_recall sigmas annotations matching protocol mpii_ap oks error_kinds pck "
    "heatmap_pck pcp ai_challenger __init__",
    "tfpose.losses": "__init__ heatmaps offsets tags",
    "tfpose.codecs.grouping": "__init__ by_tags by_tags_in_graph kernighan_lin pairwise "
    "multicut matlab_pairwise by_multicut",
    "tfpose.codecs": "codec disc_targets peaks completion tags distribution heatmap part_fields __init__",
    "tfpose.models.layers": "__init__ batch_norm coord_conv local_contrast spatial_model residual instance_residual",
    "tfpose.models.trunks": "__init__ trunk squeezenet multi_resolution hourglass paired_hourglass plain_hourglass "
    "backbones dilated folding pyramid",
    "tfpose.models.adversaries": "__init__ monitor adversary discriminators adversarial_model began "
    "pose_and_confidence",
    "tfpose.models": "saved_file pair_graphs pairwise_prior star_graph train_step transfer pose_model deepercut "
    "hourglass part_detector adversarial_posenet associative_embedding self_adversarial self_adversarial_embedding "
    "__init__",
    "tfpose.data": "__init__ integrity geometry crops mixture shuffling augment resample records multi_person "
    "single_person pipeline",
    "tfpose.prediction": "__init__ tracking smoothing media video video_writer people_files label_files flags frames "
    "detections calibration torso_prior views predictor cropping multi_person batching masked single_person exported "
    "tasks loading finding processing cli",
    "tfpose.exporting": "__init__ saved_model onnx_litert verify export cli",
    "tfpose.commands.pages": "__init__ charts drawings html",
    "tfpose.commands.check": "__init__ counts image_hashes proportions suspects scan page cli",
    "tfpose.evaluation.page": "__init__ errors curves page",
    "tfpose.commands.demo": "__init__ finding server cli",
    "tfpose.evaluation": "__init__ report reliability published people_masks score_maps coco rates intervals curves "
    "card_results multi_person single_person evaluate cli",
    "tfpose.training.callbacks": "__init__ finite checkpoints averages epoch_time people_ap tensorboard copies",
    "tfpose.training.pairwise": "__init__ plots examples regression fitting cli",
    "tfpose.training": "__init__ optimizers sizes stages signatures values cluster config applicability pose_cfg "
    "paper_presets presets sources interrupts devices workers build batches loop cli",
    "": "tfrecords_tools tfrecords_tools.errors",
    "tfrecords_tools.drawing": "__init__ body canvas looks poses head light torso clutter furniture people "
    "scenery scene",
    "tfrecords_tools.writing": "__init__ ignore_masks images check beam pose_builder summary",
    "tfrecords_tools.formats": "__init__ coco_json keypoint_names image_paths coordinates segmentation hdf5 "
    "matlab mpii_crop mpii_cropped part_sigmas ai_challenger_json coco_annotations mpii_files mpii_mat "
    "own_skeleton ai_challenger_submission named_people loose_points splits coco_files yolo_pose labelme cvat_xml "
    "label_studio deeplabcut sleap annotation_formats own_annotations",
    "tfrecords_tools.datasets": "__init__ ai_challenger coco dataset_mat figures flic flic_npz lsp lsp_mpii lspet mpii "
    "own parse penn_action flic_plus",
    "tfrecords_tools": "ai_challenger_coco convert estimate_sigmas write_dataset_mat",
}
TOP = [  # The commands.
    "tfpose.training.built_in", "tfpose.pretrained.packing", "tfpose.__main__", "tfpose.pairwise",
    "tfpose.training.__main__",
]  # fmt: skip
NAMES = [f"{room}.{file}".removeprefix(".") for room, files in ORDER.items() for file in files.split()]
RANK = {name.removesuffix(".__init__"): rank for rank, name in enumerate([*NAMES, *TOP])}
ONLY = {  # Rooms that may import less than what comes before them.
    "tfpose.losses": {"tfpose.skeletons"},
    "tfpose.metrics": {"tfpose.skeletons"},
    "tfpose.codecs": {"tfpose.skeletons", "tfpose.commands.reading", "tfpose.commands.matlab"},
    "tfpose.data": {"tfpose.skeletons", "tfpose.commands.reading"},
    "tfpose.visualize": {"tfpose.skeletons"},
}
# `Predictor.load` chooses a subclass when it is called.
FACTORY = ("tfpose.prediction.predictor", "tfpose.prediction.loading")
LAZY = {"tfpose"}  # `tfpose/__init__.py` imports what it names on first use.
NAMELESS = {"utils", "helpers", "common", "misc", "base"}
FOLDERS = ("tfpose", "tfrecords_tools", "tests", "benchmarks", "examples")
FILES = [*sorted(ROOT.glob("*.py")), *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]


def _files(package):
    return [path for path in FILES if package in path.relative_to(ROOT).parts[:1]]


def _name(path):
    """The dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_name(path): path for package in ("tfpose", "tfrecords_tools") for path in _files(package)}


def test_every_module_has_its_place():
    assert set(MODULES) - LAZY == set(RANK)


def test_the_root_of_the_package_is_small():
    assert len({path.relative_to(ROOT / "tfpose").parts[0] for path in _files("tfpose")}) <= 17


def test_every_name_imported_from_the_project_exists():
    for path in FILES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("tfpose", "tfrecords_tools"):
                assert node.module in MODULES, f"{path} imports {node.module}"
                known = MODULES[node.module].read_text("utf-8")
                for name in (alias.name for alias in node.names):
                    assert f"{node.module}.{name}" in MODULES or re.search(rf"\b{name}\b", known), f"{path}: {name}"


def test_imports_only_go_down():
    for name in RANK:
        for imported in _imports(name) - LAZY:
            assert RANK[imported] < RANK[name] or (name, imported) == FACTORY, f"{name} imports {imported}"


def test_rooms_import_only_what_they_may():
    for room, allowed in ONLY.items():
        for name in RANK:
            if f"{name}.".startswith(f"{room}."):
                above = {imported for imported in _imports(name) - LAZY if not f"{imported}.".startswith(f"{room}.")}
                assert above <= allowed, f"{name} imports {above}"


def test_only_training_knows_the_configuration():
    for name in RANK:
        if not name.startswith("tfpose.training"):
            assert "tfpose.training.config" not in _imports(name), name


def test_the_converters_know_only_the_skeletons_and_what_commands_share():
    for name in RANK:
        if name.startswith("tfrecords_tools"):
            assert {m for m in _imports(name) if m.startswith("tfpose")} <= {
                "tfpose",
                "tfpose.commands.arguments",
                "tfpose.commands.console",
                "tfpose.commands.paths",
                "tfpose.commands.workspaces",
                "tfpose.commands.matlab",
                "tfpose.commands.reading",
                "tfpose.pictures",
                "tfpose.skeletons",
            }, name


def test_only_the_command_knows_the_converters():
    for name in RANK:
        if name.startswith("tfpose") and name not in ("tfpose.training.built_in", "tfpose.__main__"):
            assert not {m for m in _imports(name) if m.startswith("tfrecords_tools")}, name


def test_only_the_records_know_tensorflow_datasets():
    knowing = {path.relative_to(ROOT) for path in _files("tfpose") if "tensorflow_datasets" in path.read_text("utf-8")}
    assert knowing <= {pathlib.Path("tfpose/data/records.py")}


def test_files_are_short_and_named_for_what_they_hold():
    assert not [str(path) for path in FILES if len(path.read_text("utf-8").splitlines()) > 300]
    assert not [str(path) for path in FILES if path.stem in NAMELESS]


def test_functions_are_short():
    assert not [f"{path}: {name}" for path in FILES for name, lines in _functions(path) if lines > 40]


def test_importing_tfpose_is_light():
    loaded = _python("import sys, tfpose; print(*sys.modules)").split()
    assert not {"tensorflow", "keras", "tensorflow_datasets", "cv2", "matplotlib", "scipy"} & set(loaded)


def test_predicting_needs_no_data_sets():
    assert "tensorflow_datasets" not in _python("import sys, tfpose; tfpose.Predictor; print(*sys.modules)").split()


def test_networks_codecs_losses_and_metrics_import_without_tensorflow():
    pytest.importorskip("jax", reason="Keras's numpy backend needs jax")
    _python(
        "import sys; sys.modules['tensorflow'] = None  # Makes `import tensorflow` raise.\n"
        "import tfpose.models, tfpose.codecs, tfpose.losses, tfpose.metrics",
        KERAS_BACKEND="numpy",
    )


def test_adversaries_are_refused_under_other_backends():
    pytest.importorskip("jax")
    told = _python(
        "import sys; sys.modules['tensorflow'] = None\n"
        "from tfpose import models, skeletons\n"
        "small = {'stacks': 1, 'features': 8, 'modules': 1, 'depth': 1}\n"
        "model = models.build('self_adversarial', skeletons.MPII, (32, 32), **small)\n"
        "try:\n    model.fit(None)\nexcept ValueError as error:\n    print(error)",
        KERAS_BACKEND="jax",
    )
    assert "needs Keras on TensorFlow" in told and "KERAS_BACKEND=jax" in told


@functools.cache
def _tree(path):
    return ast.parse(path.read_text("utf-8"))


def _functions(path):
    """Names and lengths of a file's functions; docstrings are free."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef):
            start = node.body[0].end_lineno if ast.get_docstring(node) else node.lineno - 1
            yield node.name, node.end_lineno - start


def _names(path):
    """Everything a file imports, wherever it does, by its full name."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _imports(module):
    """The other modules of the project that a module imports, wherever it does."""
    found = set()
    for name in _names(MODULES[module]):
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {module, ""}


def _python(code, **environment):
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
