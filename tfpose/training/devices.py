"""Devices of a training run: which ones, their precision, and the memory that training takes on each."""

import math
import os
import pathlib

import keras
import tensorflow as tf

CPUINFO = pathlib.Path("/proc/cpuinfo")
BFLOAT16_UNITS = {"avx512_bf16", "amx_bf16"}
"""Flags of processors that multiply in bfloat16 (Linux). Others emulate it, six to ten times as slow as float32."""

FASTER_IN_BFLOAT16 = (
    "hourglass",
    "adversarial_posenet",
    "self_adversarial",
    "associative_embedding",
    "self_adversarial_embedding",
)
"""Models that train faster in bfloat16 on such a processor: those of residual modules.

An hourglass of 2 stacks of 64 features trains 92.7 instead of 59.4 images/s (Sapphire Rapids, benchmarks/hourglass.py).
A step of the preset figures_associative_embedding takes 0.11 instead of 0.21 s of such a processor (batches of 4).
The adversarial variants, made of the same modules, were not measured. The part detector gains a tenth only, since its
FFTs stay float32: not worth numbers that depend on the processor.
"""


def select(gpus: str):
    """Lets TensorFlow use only some GPUs. To be called before it uses any device, which it then reserves.

    Args:
        gpus: Their indices with commas between, such as "0,2". Empty: all of them.

    Raises:
        ValueError: If these are no GPUs of this machine, or TensorFlow uses others already.
    """
    if not gpus:
        return
    there = tf.config.list_physical_devices("GPU")
    known = {str(index): device for index, device in enumerate(there)}
    names = [name.strip() for name in gpus.split(",")]
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise ValueError(
            f"`gpus` must be different indices of GPUs, with commas between. Received: {gpus!r}. "
            f"Known: {', '.join(known) or 'none, TensorFlow finds no GPU'}."
        )
    chosen = [known[name] for name in names]
    try:
        if tf.config.get_visible_devices("GPU") != chosen:
            tf.config.set_visible_devices(chosen, "GPU")
    except RuntimeError:
        raise ValueError(
            f"`gpus` must be chosen before TensorFlow is used in this process. Received: {gpus!r}."
        ) from None


def strategy(multi_gpu: bool, gpus: str = "") -> tf.distribute.Strategy:
    """Returns the strategy that distributes training over the devices.

    Args:
        multi_gpu: Whether to train one replica on each GPU of this machine, or on each logical CPU where there is no
            GPU. Otherwise there is one replica, on the first GPU.
        gpus: What `select` was given: of several GPUs, each has a replica too.

    Raises:
        ValueError: If several devices are asked for and there is only one.
    """
    if not multi_gpu and "," not in gpus:
        return tf.distribute.get_strategy()
    kind = "GPU" if on_gpu() else "CPU"
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    if len(devices) < 2:
        raise ValueError(f"`multi_gpu` needs at least two devices. Received: {', '.join(devices)}.")
    exchange = tf.distribute.ReductionToOneDevice() if kind == "CPU" else None
    return tf.distribute.MirroredStrategy(devices, exchange)


def on_gpu() -> bool:
    """Returns whether TensorFlow may use a GPU."""
    return bool(tf.config.list_logical_devices("GPU"))


def precision(asked: str, model: str) -> str:
    """Returns the name of a Keras dtype policy.

    Args:
        asked: Such a name, which is returned; or "auto". Then on GPUs `mixed_bfloat16` from compute capability 8.0 on,
            which has float32's range and needs no loss scaling, `mixed_float16` from 7.0 on; on CPUs `mixed_bfloat16`
            if the processor has units for it and the model is one of `FASTER_IN_BFLOAT16`; else `float32`.
        model: Name of the model.
    """
    if asked != "auto":
        return asked
    if on_gpu():
        capability = _compute_capability()
        return "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return "mixed_bfloat16" if model in FASTER_IN_BFLOAT16 and _cpu_flags() & BFLOAT16_UNITS else "float32"


def slow(policy: str) -> str:
    """Returns a line that warns if these devices are slower in a precision than in float32, else an empty text."""
    if on_gpu():
        needed = {"mixed_bfloat16": (8, 0), "mixed_float16": (7, 0)}.get(policy, (0, 0))
        here, works = ".".join(map(str, _compute_capability())), _compute_capability() >= needed
        why = f"the GPU has compute capability {here}, it takes {'.'.join(map(str, needed))}"
    else:
        works = policy == "float32" or (policy == "mixed_bfloat16" and bool(_cpu_flags() & BFLOAT16_UNITS))
        why = f"the processor has no units for {policy.removeprefix('mixed_')}"
    return "" if works else f"Warning: `--precision={policy}` is slower than float32 here: {why}.\n"


def describe(model, batch_size: int) -> str:
    """Returns a line on the devices, and the memory that training a compiled model is estimated to take on each.

    The estimate counts the variables of model and optimizers, one gradient per trained weight, and the outputs of all
    layers of the network for a batch, which the backward pass needs. What discriminators compute, workspaces of
    convolutions and the input pipeline come on top.
    """
    replicas = model.distribute_strategy.num_replicas_in_sync
    weights, gradients = _bytes(model.variables), _bytes(model.trainable_variables)
    slots = _bytes(model.optimizer.variables)
    activations = _activations(model) * math.ceil(batch_size / replicas)
    each = " on each" if replicas > 1 else ""
    return (
        f"{_devices(replicas)}, {keras.config.dtype_policy().name}; memory{each}: about "
        f"{_size(weights + gradients + slots + activations)} (weights {_size(weights)}, gradients {_size(gradients)}, "
        f"optimizer {_size(slots)}, activations {_size(activations)})"
    )


def _cpu_flags():
    """Flags of the first processor; none where the system has no /proc/cpuinfo."""
    if not CPUINFO.exists():
        return set()
    lines = CPUINFO.read_text().splitlines()
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), ()))


def _compute_capability():
    """The lowest of the GPUs in use, such as (8, 0); (0, 0) if TensorFlow does not know it."""
    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.get_visible_devices("GPU")]
    return min(tuple(detail.get("compute_capability", (0, 0))) for detail in details)


def _devices(replicas):
    if not on_gpu():
        cores = os.cpu_count()
        return f"CPU with {cores} core{'s' * (cores > 1)}" + f" as {replicas} devices" * (replicas > 1)
    there = tf.config.list_physical_devices("GPU")
    used = tf.config.get_visible_devices("GPU")[:replicas]
    names = dict.fromkeys(tf.config.experimental.get_device_details(gpu).get("device_name", "unknown") for gpu in used)
    indices = ", ".join(str(there.index(gpu)) for gpu in used)
    return f"GPU{'s' * (len(used) > 1)} {indices} ({', '.join(names)})"


def _activations(model):
    """Bytes of the outputs of all layers for one image."""
    total = 0
    for operation in model.operations:
        if isinstance(operation, keras.Model):
            total += _activations(operation)
        elif not isinstance(operation, keras.layers.InputLayer):
            outputs = [tensor for node in operation._inbound_nodes for tensor in node.output_tensors]
            total += sum(math.prod(t.shape[1:]) * tf.as_dtype(t.dtype).size for t in outputs)
    return total


def _bytes(variables):
    return sum(math.prod(v.shape) * tf.as_dtype(v.dtype).size for v in variables)


def _size(number):
    """A number of bytes for people: in MiB, from 1 GiB on in GiB."""
    return f"{number / 2**30:.1f} GiB" if number >= 2**30 else f"{number / 2**20:.0f} MiB"
