"""The house keeps its order: imports only go down the storeys, and importing stays light."""

import ast
import functools
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
STOREYS = [
    {"skeletons", "runs", "doors"},
    {"metrics", "losses", "field_losses", "tag_loss", "codecs", "optimization", "visualize", "pictures"},
    {"models"},
    {"data"},
    {
        "tracking",
        "views",
        "people_prediction",
        "masked_prediction",
        "people_proof",
        "exported_prediction",
        "prediction",
        "serving",
        "saved_model",
        "runtimes",
    },
    {"evaluation", "pairwise"},
    {"config"},
    {"recipes", "pose_cfg"},
    {"presets"},
    {"flags"},
    {"construction", "feed", "callbacks", "people_ap", "tensorboard", "training"},
    {"__main__"},
]
ONLY = {  # Modules that may import less than what lies below them.
    "skeletons": set(),
    "visualize": {"skeletons"},
    "pictures": set(),
    "losses": {"skeletons"},
    "metrics": {"skeletons"},
    "codecs": {"skeletons"},
    "data": {"skeletons"},
}
KNOW_CONFIG = {"config", "recipes", "presets", "flags", "construction", "feed", "training", "__main__"}
NAMELESS = {"utils", "helpers", "common", "misc", "base"}
FOLDERS = ("tfpose", "tfrecords_tools", "tests", "benchmarks", "examples")
FILES = [*sorted(ROOT.glob("*.py")), *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]


def _files(package):
    return [path for path in FILES if package in path.relative_to(ROOT).parts[:1]]


def _module(path):
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


MODULES = {_module(path) for path in _files("tfpose")}


def test_every_module_of_tfpose_has_one_storey():
    assert not MODULES - {"__init__"} - set().union(*STOREYS)
    assert sum(map(len, STOREYS)) == len(set().union(*STOREYS))


def test_imports_only_go_down():
    storey = {module: i for i, modules in enumerate(STOREYS) for module in modules}
    for path in _files("tfpose"):
        module = _module(path)
        for imported in _imports(path):
            assert module == "__init__" or storey[imported] <= storey[module], f"{path} imports {imported}"
            assert imported in ONLY.get(module, {imported}), f"{path} imports {imported}"


def test_no_two_modules_import_each_other():
    uses = {}
    for path in _files("tfpose"):
        uses.setdefault(_module(path), set()).update(_imports(path))
    assert not [(a, b) for a in uses for b in uses[a] if a != "__init__" and a in uses.get(b, ())]


def test_only_training_knows_the_configuration():
    for path in _files("tfpose"):
        assert "config" not in _imports(path) or _module(path) in KNOW_CONFIG, path


def test_the_converters_know_only_the_skeletons():
    for path in _files("tfrecords_tools"):
        known = {name for name in _names(path) if name.split(".")[0] == "tfpose"}
        assert all(name.startswith("tfpose.skeletons") for name in known), f"{path} imports {known}"


def test_tfpose_does_not_know_the_converters():
    for path in _files("tfpose"):
        assert not {name for name in _names(path) if name.split(".")[0] == "tfrecords_tools"}, path


def test_only_the_records_know_tensorflow_datasets():
    knowing = {path.relative_to(ROOT) for path in _files("tfpose") if "tensorflow_datasets" in path.read_text("utf-8")}
    assert knowing <= {pathlib.Path("tfpose/data/records.py")}


def test_files_are_short_and_named_for_what_they_hold():
    assert not [str(path) for path in FILES if len(path.read_text("utf-8").splitlines()) > 200]
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


def _imports(path):
    """The modules of tfpose that a file imports, apart from its own."""
    return (MODULES & {name.split(".")[1] for name in _names(path) if name.startswith("tfpose.")}) - {_module(path)}


def _python(code, **environment):
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
