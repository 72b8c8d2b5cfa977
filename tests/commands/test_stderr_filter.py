"""Which lines reach standard error, in whole processes and in ends of processes."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading

import pytest

from tfpose.commands import stderr_filter

E = "E0000 00:00:1795619453.762479   30344 "
HARMLESS = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795603385.724121    3449 port.cc:153] oneDNN custom operations are on.",
    "W0000 00:00:1795603385.724121    3449 cpu_allocator_impl.cc:84] Allocation of 9 exceeds 10% of free memory.",
    "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.",
    f"{E}util.cc:131] oneDNN supports DT_INT32 only on platforms with AVX-512. Falling back to the default Eigen-based",
    f"{E}util.cc:131] oneDNN supports DT_HALF only on platforms with AVX-512. Falling back to the default Eigen-based",
    f"{E}cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)",
    f"{E}node_def_util.cc:682] NodeDef mentions attribute Truncate which is not in the op definition: Op<name=Identity"
    "; signature=input:T -> output:T; attr=T:type> This may be expected",
]
KEPT = [
    f"{E}cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: "
    "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: system has unsupported display driver / cuda driver combination (803)",
    f"{E}util.cc:131] another error",
    "F0000 00:00:1795603385.724121    3449 tensor.cc:12] Check failed: dtype() == expected",
    "Segmentation fault, not a log line",
    "WARNING: of another program",
    "",
]
START = "import os, signal, sys\nfrom tfpose.commands import stderr_filter\nstop = stderr_filter.start()\n"


def standard_error(script, **options):
    """Standard error and status of a process that runs a script after the filter has been started."""
    command = [sys.executable, "-c", START + script]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30, **options)
    return done.stderr, done.returncode


def test_harmless_lines_are_dropped_and_all_others_stay_in_their_order():
    source, write = os.pipe()
    read, target = os.pipe()
    mixed = [line for pair in zip(HARMLESS, [*KEPT, *KEPT[:2]], strict=True) for line in pair]
    os.write(write, "\n".join([*mixed, ""]).encode())
    os.close(write)
    stderr_filter.run(source, target)
    os.close(target)
    with open(read, encoding="utf-8") as file:
        assert file.read().splitlines() == [*KEPT, *KEPT[:2]]
    os.close(source)


def test_a_prompt_without_the_end_of_its_line_is_passed_on_at_once():
    (source, write), (read, target) = os.pipe(), os.pipe()
    thread = threading.Thread(target=stderr_filter.run, args=(source, target))
    thread.start()
    os.write(write, b"Enter the number: ")
    assert os.read(read, 100) == b"Enter the number: "
    os.write(write, b"7\n" + HARMLESS[0].encode()[:30])
    assert os.read(read, 100) == b"7\n"
    os.write(write, HARMLESS[0].encode()[30:] + b"\n")
    os.close(write)
    thread.join()
    os.close(target)
    assert os.read(read, 100) == b""


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("os._exit(4)", 4),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.abort()", -signal.SIGABRT),
        ("os.killpg(0, signal.SIGINT)", -signal.SIGINT),
    ],
)
def test_the_last_lines_of_a_process_arrive_however_it_ends(end, status):
    script = f"signal.signal(signal.SIGINT, signal.SIG_DFL)\nos.write(2, b'{HARMLESS[0]}\\nlast words\\n')\n{end}"
    assert standard_error(script, start_new_session=True) == ("last words\n", status)


def test_python_writes_to_the_terminal_and_native_code_through_the_filter():
    there, here = pty.openpty()
    code = f"{START}print(sys.stderr.isatty(), os.isatty(2), file=sys.stderr)\nos.write(2, b'native')\nstop()\n"
    code += "print(sys.stderr is sys.__stderr__, os.isatty(2), file=sys.stderr)"
    subprocess.run([sys.executable, "-c", code], stderr=here, check=True, timeout=30)
    os.close(here)
    text = os.read(there, 1000).decode()
    assert re.fullmatch(r"True False\r\nnativeTrue True\r\n", text)


def test_child_processes_inherit_the_filter():
    child = f"import subprocess; subprocess.run(['sh', '-c', \"printf '%s\\\\n' '{HARMLESS[0]}' 'of a child' >&2\"])"
    assert standard_error(child) == ("of a child\n", 0)


def test_without_a_standard_error_nothing_is_filtered():
    command = f'exec "{sys.executable}" -c "$1" 2>&-'
    code = f"{START}print('went on')"
    done = subprocess.run(["sh", "-c", command, "sh", code], stdout=subprocess.PIPE, text=True, timeout=30)
    assert (done.stdout, done.returncode) == ("went on\n", 0)


def test_a_process_that_cannot_be_started_leaves_everything_as_it_is(monkeypatch):
    before, console = sys.stderr, os.fstat(2)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    stderr_filter.start()()
    assert sys.stderr is before and os.path.samestat(console, os.fstat(2))
