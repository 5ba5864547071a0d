"""Settings of the process that come before any library is loaded, and its console: any encoding, closed, or none."""

import codecs
import os
import signal
import sys
from typing import Any, TextIO

# Signs of our messages that a console may lack, such as cp1252 or plain ASCII, in words that it has.
_PLAIN = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "·": "*", "≈": "~", "→": "->", "“": '"', "”": '"', "’": "'"}
    | {"σ": "sigma", "β": "beta", "μ": "mu", "ε": "epsilon", "Σ": "sum", "²": "^2", "ø": "o", "ö": "o", "é": "e"}
    | {"█": "#", "⁰": "^0", "¹": "^1", "⁸": "^8"}
)
MANY_FILES = 4096
_PLAIN_ERRORS = "latent-plane.plain"


def wait_briefly() -> None:
    """Let threads that wait for each other sleep soon; before torch is loaded.

    GNU's OpenMP, which torch brings on Linux, turns 300,000 times before it sleeps, and so keeps a core from others.
    10,000 turns are enough for the next operation to come. Other systems' libraries ignore this.
    """
    if "OMP_WAIT_POLICY" not in os.environ:  # the user's own choice
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def open_many_files() -> int:
    """Let this process open as many files as the system allows, 4,096 at most; how many these are.

    macOS begins with 256, and each visitor of the app takes four or more.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MANY_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MANY_FILES if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # a system's own limit, below the one that it says
        return soft
    return wanted


def use_any_console() -> None:
    """Let whatever is printed appear on standard output and error, whatever their encoding, and even if they are none.

    A sign that the encoding lacks is replaced by a similar one.
    """
    codecs.register_error(_PLAIN_ERRORS, _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # a program without a console
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAIN_ERRORS)


def outlive_the_console() -> None:
    """Let the program go on when nobody can be told any more: a closed pipe, a full disk, a terminal that went away."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for name in ("stdout", "stderr"):
        setattr(sys, name, _Outlived(getattr(sys, name)))


def silence() -> None:
    """Send nothing to standard output any more, where the reader has gone: the interpreter flushes it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # it is no file, so nobody flushes it into a closed pipe
        return


class _Outlived:
    """A text stream whose failures are nobody's: what cannot be written is dropped, and so is all that follows."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._gone = stream, False

    def write(self, text: str) -> int:
        self._attempt(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        self._attempt(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _attempt(self, action: Any, *arguments: str) -> None:
        if self._gone:
            return
        try:
            action(*arguments)
        except (OSError, ValueError):  # ValueError: the file is closed
            self._gone = True
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            except (OSError, ValueError):
                return


def _plain(error: UnicodeError) -> tuple[str, int]:
    """A codec's error handler: similar signs, or else escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = error.object[error.start : error.end]
    return part.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii"), error.end
