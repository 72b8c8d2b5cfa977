"""Metadata and dependencies. The tools' settings are in pyproject.toml."""

import itertools
import os
import pathlib
import runpy

from setuptools import find_packages, setup

ROOT = pathlib.Path(__file__).parent
TENSORFLOWS = ("tensorflow", "tensorflow-cpu")
EXTRAS = {
    "beam": ["apache-beam==2.77.*"],
    "onnx": ["tf2onnx>=1.17", "onnx>=1.17", "onnxruntime>=1.20"],
    "litert": ["ai-edge-litert>=2.0"],
    "jax": ["jax>=0.7"],
    "heic": ["pillow-heif>=1.1"],  # photos of telephones, which Pillow does not read itself
    "video": ["av>=14"],  # Writes H.264 and keeps the sound; its wheels bring FFmpeg with libx264.
    "docs": ["mkdocs>=1.6,<2", "mkdocs-material>=9.7,<10", "mkdocstrings[python]>=1,<2"],
}


def tensorflow():
    """The distribution of TensorFlow to depend on: both bring the same package, so exactly one may be installed."""
    name = os.environ.get("TFPOSE_TENSORFLOW") or TENSORFLOWS[0]
    if name not in TENSORFLOWS:
        raise ValueError(
            f"`TFPOSE_TENSORFLOW` must be a known one. Received: {name!r}. Known: {', '.join(TENSORFLOWS)}."
        )
    return f"{name}>=2.21,<2.22"


setup(
    name="tfpose",
    version=runpy.run_path(str(ROOT / "tfpose" / "__init__.py"))["__version__"],
    description="Trains, evaluates and serves the networks of the human pose literature, on Keras 3 and TensorFlow.",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    # No project_urls: the project has no public address yet.
    author="tfpose developers",
    license="Apache-2.0",
    license_files=["LICENSE"],
    packages=find_packages(include=["tfpose*", "tfrecords_tools*"]),
    package_data={
        "tfpose.commands.pages": ["templates/*"],
        "tfpose.pretrained": ["cards/*.json", "weights/*.keras"],
    },
    entry_points={"console_scripts": ["tfpose=tfpose.__main__:main"]},
    python_requires=">=3.11,<3.14",
    install_requires=[
        tensorflow(),
        "keras>=3.15,<4",
        "tensorboard>=2.21,<2.22",  # TensorFlow 2.21 no longer brings it.
        "tensorflow-datasets==4.9.*",
        "importlib_resources",  # TensorFlow Datasets imports it without asking for it.
        "numpy>=2,<3",
        "scipy>=1.13",
        "opencv-python-headless>=4.10,<6",
        "matplotlib>=3.9,<4",
        "pycocotools>=2.0.11",
        "h5py>=3.11",
        "pillow>=11.3",  # AVIF from 11.3 on
        "PyYAML>=6",
        "tqdm>=4.66",
        "jinja2>=3.1",  # HTML pages of `tfpose check` and `tfpose evaluate --report`
    ],
    extras_require={
        **EXTRAS,
        "gpu": ["tensorflow[and-cuda]>=2.21,<2.22"],
        "dev": [
            *itertools.chain(*EXTRAS.values()),
            "hypothesis>=6",  # damaged files and properties
            "pytest>=8",
            "pytest-xdist>=3.6",
            "ruff>=0.12",
            "pre-commit>=4",
            "setuptools>=77",
        ],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Science/Research",
        "Intended Audience :: Developers",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
)
