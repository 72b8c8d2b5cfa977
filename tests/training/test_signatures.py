import dataclasses
import inspect
import os
import subprocess
import sys

import pytest

from tfpose import models
from tfpose.data.augment import Augmentation
from tfpose.models.adversaries.began import BalancedAdversary
from tfpose.models.adversaries.pose_and_confidence import TwoDiscriminators
from tfpose.training import signatures
from tfpose.training.config import Config

EVERY = pytest.mark.parametrize("name", models.MODELS)


def test_the_models_are_those_of_their_table():
    assert signatures.models() == {name: model.__name__ for name, model in models.MODELS.items()}


@EVERY
def test_arguments_are_those_of_the_constructor_with_its_defaults(name):
    parameters = inspect.signature(models.MODELS[name]).parameters.values()
    expected = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    found = {argument.name: argument.default for argument in signatures.arguments(name).values()}
    assert found == {key: value for key, value in expected.items() if key not in signatures.ELSEWHERE}


@EVERY
def test_every_argument_has_its_description(name):
    for argument in signatures.arguments(name).values():
        assert len(argument.text) > 5 and not argument.text.startswith("See `"), argument


@EVERY
def test_no_argument_is_named_like_a_field_of_the_configuration(name):
    assert not set(signatures.arguments(name)) & {f.name for f in dataclasses.fields(Config)}


@EVERY
def test_constants_are_those_of_the_class(name):
    assert signatures.constant(name, "SEVERAL") == models.MODELS[name].SEVERAL
    assert Config(model=name).several == models.MODELS[name].SEVERAL


def test_fields_of_the_augmentation_are_read_with_their_defaults():
    found = {name: argument.default for name, argument in signatures.augmentation().items()}
    assert found == {f.name: f.default for f in dataclasses.fields(Augmentation)}
    assert all(argument.text for argument in signatures.augmentation().values())


def test_arguments_that_are_forwarded_to_the_base_class_are_found(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("from tfpose.models.own import Own\nMODELS = {'own': Own}\n")
    (tmp_path / "models" / "base.py").write_text(
        'class Base:\n    """A model.\n\n    Args:\n        a, b: Two numbers.\n    """\n\n'
        "    SEVERAL = True\n\n    def __init__(self, skeleton, *, a=1, b=2.0, name=None):\n        pass\n"
    )
    (tmp_path / "models" / "own.py").write_text(
        'from tfpose.models.base import Base\n\nHALF = 1 / 2\n\n\nclass Own(Base):\n    """Another.\n\n    Args:\n'
        '        c: Half.\n    """\n\n    def __init__(self, skeleton, *, c=HALF, **options):\n        pass\n'
    )
    monkeypatch.setattr(signatures, "PACKAGE", tmp_path)
    functions = (signatures._tree, signatures.models, signatures.arguments, signatures.constant)
    for function in functions:
        function.cache_clear()
    try:
        found = [tuple(argument) for argument in signatures.arguments("own").values()]
        assert found == [("a", 1, "Two numbers."), ("b", 2.0, "Two numbers."), ("c", 0.5, "Half.")]
        assert signatures.constant("own", "SEVERAL") is True
    finally:
        for function in functions:
            function.cache_clear()


def test_parsing_flags_imports_neither_keras_nor_tensorflow():
    code = "import sys; from tfpose.training import cli; cli.parse(['--set', 'sigma=1.5']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert not {"keras", "tensorflow", "numpy", "cv2"} & set(done.stdout.split())


# Constants of the papers and of their public codes: Chou et al. 2017 (section 3 and its code), Chen et al. 2017
# (section 3: alpha, beta; thresholds are not in the paper: the README's), Berthelot et al. 2017 (gamma, lambda_k).
@pytest.mark.parametrize(
    ("model", "published"),
    [
        (
            "self_adversarial",
            {"gamma": 0.5, "lambda_k": 1e-3, "lambda_g": 1e-4, "through": "output", "adversarial_weight": 1.0},
        ),
        ("self_adversarial_embedding", {"gamma": 0.5, "lambda_k": 1e-3, "lambda_g": 1e-4, "through": "both"}),
        (
            "adversarial_posenet",
            {"delta": 0.2, "epsilon": 0.5, "alpha": 1 / 220, "beta": 1 / 180, "updates": "paper", "minimax": False},
        ),
        ("associative_embedding", {"tag_weight": 1e-3, "tag_dim": 1, "sigma": 2.0, "stacks": 4}),
        ("hourglass", {"stacks": 8, "features": 256, "depth": 4, "sigma": 1.0}),
        ("deepercut", {"locref_loss_weight": 0.05, "pairwise_loss_weight": 0.05, "locref_stdev": 7.2801}),
        ("deepercut", {"pos_dist_thresh": 17.0, "nms_radius": 3.0, "det_min_score": 0.2, "backbone": "resnet101"}),
        ("part_detector", {"banks": 3, "filters": (64, 128, 256, 512, 512), "kernels": (5, 5, 5, 9, 9, 9)}),
    ],
)
def test_defaults_are_the_published_ones(model, published):
    assert {name: signatures.arguments(model)[name].default for name in published} == published


def test_defaults_of_the_adversaries_are_the_published_ones():
    balanced, two = (inspect.signature(each).parameters for each in (BalancedAdversary, TwoDiscriminators))
    assert (balanced["gamma"].default, balanced["lambda_k"].default) == (0.5, 1e-3)
    assert (two["delta"].default, two["epsilon"].default, two["lr"].default) == (0.2, 0.5, 2.5e-4)
