"""Every reader gets damaged files: it reads them, sets something aside, or says one line that names the file.

Never a traceback, a hang, more than 2 GB, a dead process, or a number that is wrong. A few hundred inputs by default,
always the same; `--fuzz=20000` tries so many others, and prints a table.
"""

import collections
import functools

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.fuzz.mutations import damaged
from tests.fuzz.targets import TARGETS
from tests.fuzz.watched import GOOD, Worker

KINDS = ("read", "refused", "traceback", "not one line", "does not name the file", "wrong", "hang", "flood", "death")


@pytest.fixture(scope="module")
def worker():
    with Worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def seed(tmp_path_factory):
    """A function: target → a good folder, written once for all targets that damage it in turn."""

    @functools.cache
    def write(write):
        folder = tmp_path_factory.mktemp("seed") / "seed"
        folder.mkdir()
        write(folder)
        return folder

    return lambda target: write(target.write)


@pytest.fixture(scope="module")
def counts(request):
    """Outcomes by reader, which `--fuzz` prints at the end."""
    found = collections.defaultdict(collections.Counter)
    yield found
    if request.config.getoption("fuzz"):
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print("\n" + table(found))


def table(counts) -> str:
    """Outcomes by reader in Markdown."""
    total = sum(counts.values(), collections.Counter())
    rows = [(name, count) for name, count in counts.items()] + [("all", total)]
    lines = [f"| {' | '.join(['reader', 'inputs', *KINDS])} |", "|---" * (len(KINDS) + 2) + "|"]
    return "\n".join(
        [*lines, *(f"| {name} | {c.total()} | {' | '.join(str(c[kind]) for kind in KINDS)} |" for name, c in rows)]
    )


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_damaged_files_are_read_or_refused_in_one_line(target, seed, worker, counts, request, tmp_path):
    folder = seed(target)
    assert worker.read(target, folder, folder) == ("read", "")
    share = sum(each.share for each in TARGETS)
    many = request.config.getoption("fuzz")
    number = max(1, round(many * target.share / share)) if many else target.few
    failures = {}
    for file, content in _damages(target, folder, number, random=bool(many)):
        path = folder / file
        good = path.read_bytes()
        path.write_bytes(content)
        outcome = worker.read(target, folder, path)
        path.write_bytes(good)
        counts[target.name.split()[0]][outcome.kind] += 1
        if outcome.kind not in GOOD:
            kept = tmp_path / f"{len(failures)}_{path.name}"
            kept.write_bytes(content)
            failures.setdefault((outcome.kind, outcome.text[-300:]), f"{outcome.kind}: {kept}\n{outcome.text}")
    assert not failures, "\n\n".join(list(failures.values())[:20])


def _damages(target, folder, number, random):
    """The name and the damaged content of files. Hypothesis only draws them: to shrink a hang would take hours."""
    found = []
    every = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".jpg", ".png")]
    names = target.files or sorted(str(path.relative_to(folder)) for path in every)
    files = {name: (folder / name).read_bytes() for name in names}

    @hypothesis.settings(
        max_examples=number, database=None, deadline=None, derandomize=not random,
        phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(st.sampled_from(sorted(files)).flatmap(lambda n: st.tuples(st.just(n), damaged(n, files[n]))))
    def collect(example):
        found.append(example)

    collect()
    return found
