"""Reads MATLAB files for `matlab.load_files`, as a script in a process of its own that may die or be killed.

Arguments: bytes of memory, squeeze_me and struct_as_record (0 or 1). Reads paths from standard input, one per line, and
answers each with a pickled pair: whether it could be read, and its variables or the error.
"""

import pickle
import resource
import sys

import scipy.io


def main():
    """Answers every path."""
    memory, squeeze_me, struct_as_record = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        try:
            found = scipy.io.loadmat(line.rstrip("\n"), squeeze_me=squeeze_me, struct_as_record=struct_as_record)
            answer = True, {name: value for name, value in found.items() if not name.startswith("__")}
        except MemoryError:
            answer = False, "a file that needs too much memory"
        except Exception as error:  # the reader raises nearly anything on damaged files
            answer = False, " ".join(f"{type(error).__name__}: {error}".split())[:300]
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
