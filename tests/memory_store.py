"""TensorFlow's file system in memory, `ram://`, made known to TensorFlow Datasets: it stands for a bucket."""

import contextlib

from etils.epath import backend, gpath, register


@contextlib.contextmanager
def known(monkeypatch):
    """Context in which `epath` takes `ram://` as it takes `gs://`, through TensorFlow."""
    with monkeypatch.context() as patched:
        patched.setattr(gpath, "_URI_PREFIXES", (*gpath._URI_PREFIXES, "ram://"))
        patched.setattr(gpath, "_URI_SCHEMES", gpath._URI_SCHEMES | {"ram"})
        patched.setitem(gpath._URI_MAP_ROOT, "ram://", "/ram/")
        patched.setitem(gpath._PREFIX_TO_BACKEND, "ram", backend.tf_backend)
        register.register_path_cls("ram://")(gpath.PosixGPath)
        yield
