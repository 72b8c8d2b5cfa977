import keras
import pytest
import tensorflow as tf

from tfpose.training import devices
from tfpose.training.devices import FASTER_IN_BFLOAT16, precision
from tfpose.training.presets import PRESETS

MILAN = "fpu sse4_2 avx avx2 fma sha_ni"
GENOA = f"{MILAN} avx512f avx512_bf16"
SAPPHIRE_RAPIDS = f"{GENOA} amx_bf16 amx_tile"


@pytest.fixture
def processor(monkeypatch, tmp_path):
    """A function: flags → a machine without GPU whose processor has them."""

    def fake(flags):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(
            f"processor\t: 0\nvendor_id\t: Any\nflags\t\t: {flags}\n\nprocessor\t: 1\nflags\t\t: {flags}\n"
        )
        monkeypatch.setattr(devices, "CPUINFO", cpuinfo)

    return fake


class Gpus:
    """TensorFlow's list of GPUs, of which some are visible."""

    def __init__(self, *capabilities, initialized=False):
        self.details = {f"gpu{i}": {"compute_capability": c, "device_name": "H100"} for i, c in enumerate(capabilities)}
        self.visible = list(self.details)
        self.initialized = initialized

    def list_physical_devices(self, kind):
        return list(self.details)

    def get_visible_devices(self, kind):
        return self.visible

    list_logical_devices = get_visible_devices

    def set_visible_devices(self, chosen, kind):
        if self.initialized:
            raise RuntimeError("Visible devices cannot be modified after being initialized")
        self.visible = chosen


@pytest.fixture
def gpus(monkeypatch):
    """A function: compute capabilities → a machine with such GPUs."""

    def fake(*capabilities, **options):
        found = Gpus(*capabilities, **options)
        for name in ("list_physical_devices", "list_logical_devices", "get_visible_devices", "set_visible_devices"):
            monkeypatch.setattr(tf.config, name, getattr(found, name))
        monkeypatch.setattr(tf.config.experimental, "get_device_details", found.details.get)
        return found

    return fake


@pytest.mark.parametrize("flags", [GENOA, SAPPHIRE_RAPIDS, "avx2 amx_bf16"])
def test_bfloat16_is_chosen_on_processors_that_have_it_for_the_models_it_speeds_up(flags, processor):
    processor(flags)
    assert {precision("auto", model) for model in FASTER_IN_BFLOAT16} == {"mixed_bfloat16"}
    assert precision("auto", "part_detector") == "float32"


def test_presets_leave_the_precision_to_the_machine():
    assert {preset.precision for preset in PRESETS.values()} == {"auto"}


@pytest.mark.parametrize("model", ["part_detector", *FASTER_IN_BFLOAT16])
def test_processors_without_bfloat16_train_in_float32(model, processor, monkeypatch, tmp_path):
    processor(MILAN)
    assert precision("auto", model) == "float32"
    monkeypatch.setattr(devices, "CPUINFO", tmp_path / "missing")
    assert precision("auto", model) == "float32"


@pytest.mark.parametrize(
    ("capabilities", "policy"),
    [
        ([(9, 0)], "mixed_bfloat16"),
        ([(8, 0)], "mixed_bfloat16"),
        ([(7, 5)], "mixed_float16"),
        ([(7, 0)], "mixed_float16"),
        ([(6, 1)], "float32"),
        ([(8, 6), (7, 5)], "mixed_float16"),
    ],
)
def test_gpus_train_in_what_their_tensor_cores_multiply(capabilities, policy, gpus):
    gpus(*capabilities)
    assert precision("auto", "part_detector") == policy
    assert devices.slow(policy) == ""


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_a_precision_that_is_asked_for_is_taken(policy, processor):
    processor(MILAN)
    assert precision(policy, "part_detector") == policy


def test_a_slow_precision_is_warned_of_on_cpus(processor):
    processor(MILAN)
    said = (
        "Warning: `--precision=mixed_bfloat16` is slower than float32 here: the processor has no units for bfloat16.\n"
    )
    assert devices.slow("mixed_bfloat16") == said
    assert devices.slow("float32") == ""
    processor(SAPPHIRE_RAPIDS)
    assert devices.slow("mixed_bfloat16") == "" and "no units for float16" in devices.slow("mixed_float16")


def test_a_slow_precision_is_warned_of_on_gpus(gpus):
    gpus((7, 5))
    assert "has compute capability 7.5, it takes 8.0" in devices.slow("mixed_bfloat16")
    assert devices.slow("mixed_float16") == devices.slow("float32") == ""


def test_only_the_gpus_that_are_asked_for_are_used(gpus):
    found = gpus((8, 0), (8, 0), (8, 0))
    devices.select("")
    assert found.visible == ["gpu0", "gpu1", "gpu2"]
    devices.select("0, 2")
    assert found.visible == ["gpu0", "gpu2"]


@pytest.mark.parametrize("text", ["3", "0,0", "0,", "one", "-1"])
def test_gpus_that_are_not_there_are_refused(text, gpus):
    found = gpus((8, 0), (8, 0), (8, 0))
    with pytest.raises(ValueError, match="`gpus` must be different indices.*Received.*Known: 0, 1, 2"):
        devices.select(text)
    assert found.visible == ["gpu0", "gpu1", "gpu2"]


def test_without_gpus_none_can_be_chosen(gpus):
    gpus()
    with pytest.raises(ValueError, match="Known: none, TensorFlow finds no GPU"):
        devices.select("0")


def test_gpus_are_chosen_before_tensorflow_uses_them(gpus):
    gpus((8, 0), (8, 0), initialized=True)
    devices.select("0,1")  # Those that it uses.
    with pytest.raises(ValueError, match="before TensorFlow is used in this process. Received: '1'"):
        devices.select("1")


def test_several_chosen_devices_have_a_replica_each():
    assert devices.strategy(False).num_replicas_in_sync == devices.strategy(False, "1").num_replicas_in_sync == 1
    assert devices.strategy(True).num_replicas_in_sync == devices.strategy(False, "0,1").num_replicas_in_sync == 2


def convolutions(channels, number, image=(64, 64, 1)):
    x = start = keras.Input(image)
    for _ in range(number):
        x = keras.layers.Conv2D(channels, 1)(x)
    return keras.Model(start, x)


def test_memory_is_that_of_weights_gradients_optimizer_and_activations():
    model = convolutions(256, 2)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    said = devices.describe(model, 128)
    assert said.startswith("CPU with ") and ", float32; memory: about 1.0 GiB (weights 0 MiB" in said
    assert "optimizer 1 MiB" in said  # Two slots of (1 + 256) x 256 + 256 + 256 weights of 4 bytes: 0.51 MiB.
    assert said.endswith("activations 1.0 GiB)")  # 2 layers of 64 x 64 x 256 x 4 bytes x 128 images.


def test_half_precision_halves_the_activations():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = convolutions(256, 2)
    model.compile("sgd", "mse")
    assert devices.describe(model, 64).endswith("activations 256 MiB)")


def test_the_layers_of_nested_models_count_too():
    inner = convolutions(128, 2)
    start = keras.Input((64, 64, 1))
    assert devices._activations(keras.Model(start, inner(start))) == devices._activations(inner) == 2 * 64**2 * 128 * 4


def test_gpus_are_named_by_their_indices(gpus, monkeypatch):
    gpus((8, 0), (8, 0), (8, 0)).visible = ["gpu0", "gpu2"]
    assert devices._devices(2) == "GPUs 0, 2 (H100)" and devices._devices(1) == "GPU 0 (H100)"
