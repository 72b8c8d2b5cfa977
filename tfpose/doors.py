"""What all commands share: mistakes of the user end in one sentence and a non-zero exit, without traceback."""

import contextlib
import sys


@contextlib.contextmanager
def plain_errors():
    """Turns the errors that a user can mend into a sentence on stderr; others keep their traceback."""
    try:
        yield
    except (ValueError, FileNotFoundError, FloatingPointError) as error:
        sys.exit(f"{sys.argv[0]}: {error}")
    except KeyboardInterrupt as interrupt:
        sys.exit(str(interrupt) or "Interrupted.")
