"""Reads files for the fuzz tests in a process of its own, which may die, hang, or run out of memory.

`python -m tests.fuzz.worker`: for every line `{"target": …, "folder": …, "file": …}` on standard input it answers with
a line `[outcome, text]`; see `watched.Outcome`.
"""

import json
import os
import resource
import sys
import traceback

MEMORY = 2 * 2**30  # bytes that reading may take beside the libraries
LONGEST = 1200  # characters of an error


def main():
    """Answers every line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what readers print
    os.environ.update({"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", "OPENBLAS_NUM_THREADS": "1"})
    import keras  # noqa: F401  All that is large is imported before memory is limited.
    import tensorflow_datasets  # noqa: F401

    import tfpose.prediction.loading  # noqa: F401
    from tests.fuzz import targets

    limit = _address_space() + MEMORY + 2**30  # Threads reserve some that they never use.
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    by_name = {target.name: target for target in targets.TARGETS}
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        before = _peak()
        answer = _judge(by_name[task["target"]], task)
        if _peak() - max(before, 0) > MEMORY:
            answer = ["flood", f"{(_peak() - before) / 2**30:.1f} GB"]
        print(json.dumps(answer), file=answers, flush=True)


def _judge(target, task):
    try:
        wrong = target.read(task["folder"])
    except MemoryError:
        return ["flood", "MemoryError"]
    except (ValueError, OSError) as error:  # what commands print as one line
        return _refusal(error, task)
    except BaseException:
        return ["traceback", traceback.format_exc()[-2500:]]
    return ["wrong", wrong] if wrong else ["read", ""]


def _refusal(error, task):
    text = str(error)
    if isinstance(error, UnicodeError) or "\n" in text.strip() or len(text) > LONGEST:
        return ["not one line", f"{text[:600]!r}\n{traceback.format_exc()[-1500:]}"]
    if os.path.basename(task["file"]) not in text and task["folder"] not in text:
        return ["does not name the file", f"{text}\n{traceback.format_exc()[-1500:]}"]
    return ["refused", text]


def _address_space():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
