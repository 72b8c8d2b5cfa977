"""Snapshots of a folder at every moment at which a kill could leave something else in it."""

import contextlib
import hashlib
import pathlib
import shutil
import sys

OPERATIONS = {"open": 0, "os.rename": 0, "os.remove": 0, "os.mkdir": 0, "os.rmdir": 0}  # With the place of the path.
FRACTIONS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.999)  # Of a file that is being written.


class Recorder:
    """Copies a folder before every file operation in it, and a file that is about to be renamed cut off, too.

    Python reports its operations to audit hooks before they happen. Snapshots that equal an earlier one are left out.

    Args:
        folder: The folder to watch, absolute.
        kept: Where the copies go, `000`, `001` and so on.
    """

    def __init__(self, folder, kept):
        self.folder, self.kept = pathlib.Path(folder), pathlib.Path(kept)
        self.kept.mkdir()
        self.seen = set()
        self.on = False

    def __call__(self, event, arguments):
        if not self.on or event not in OPERATIONS or not str(arguments[0]).startswith(str(self.folder)):
            return
        with self._paused():
            self._copy()
            path = pathlib.Path(str(arguments[0]))
            if event == "os.rename" and path.is_file():
                for fraction in FRACTIONS:
                    self._copy(path.relative_to(self.folder), fraction)

    def _copy(self, cut=None, fraction=1.0):
        copy = self.kept / f"{len(self.seen):03}"
        if self.folder.exists():
            shutil.copytree(self.folder, copy)
        else:
            copy.mkdir()
        if cut:
            content = (copy / cut).read_bytes()
            (copy / cut).write_bytes(content[: int(fraction * len(content))])
        found = contents(copy)
        if found in self.seen:
            shutil.rmtree(copy)
        self.seen.add(found)

    @contextlib.contextmanager
    def _paused(self):
        self.on = False
        try:
            yield
        finally:
            self.on = True


@contextlib.contextmanager
def recorded(folder, kept):
    """Context in which the operations in a folder are recorded. Its value is the list of snapshots, filled at its end.

    Audit hooks cannot be removed: the recorder is switched off.
    """
    recorder, found = Recorder(folder, kept), []
    sys.addaudithook(recorder)
    recorder.on = True
    try:
        yield found
    finally:
        recorder.on = False
    found.extend(sorted(recorder.kept.iterdir()))


def contents(folder, without="nothing*"):
    """Names and digests of the files and folders of a folder, but of those whose name matches a pattern."""
    folder = pathlib.Path(folder)
    return tuple(
        (str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder")
        for path in sorted(folder.rglob("*"))
        if not path.match(without)
    )
