"""Process settings that must precede the loading of libraries, and a console of any encoding, closed or missing."""

import codecs
import os
import signal
import sys
from typing import Any, TextIO

# Replacements for characters of our messages that a console's encoding, such as cp1252 or ASCII, may lack.
_PLAIN = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "·": "*", "≈": "~", "→": "->", "“": '"', "”": '"', "’": "'"}
    | {"σ": "sigma", "β": "beta", "μ": "mu", "ε": "epsilon", "Σ": "sum", "²": "^2", "ø": "o", "ö": "o", "é": "e"}
    | {"█": "#", "⁰": "^0", "¹": "^1", "⁸": "^8"}
)
MANY_FILES = 4096
_PLAIN_ERRORS = "latent-plane.plain"


def wait_briefly() -> None:
    """Make waiting threads sleep sooner. Call before torch is loaded.

    GNU's OpenMP, which torch brings on Linux, spins 300,000 times before it sleeps, and so keeps a core from other
    programs. 10,000 spins are enough to wait for the next operation. Other systems' libraries ignore the setting.
    """
    if "OMP_WAIT_POLICY" not in os.environ:  # else the user has chosen
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def open_many_files() -> int:
    """Raise this process's limit of open files to 4,096, or what the system allows; return the limit then in force.

    macOS starts with 256, and each visitor of the app takes four or more.
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
    except (OSError, ValueError):  # the real limit is below the one reported
        return soft
    return wanted


def use_any_console() -> None:
    """Make printing work on any console: characters that its encoding lacks are replaced by similar ones.

    Without a console (standard output or error is None), output is discarded.
    """
    codecs.register_error(_PLAIN_ERRORS, _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # a program without a console
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAIN_ERRORS)


def outlive_the_console() -> None:
    """Keep the program running when its output fails: a closed pipe, a full disk, a terminal that was closed."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for name in ("stdout", "stderr"):
        setattr(sys, name, _Outlived(getattr(sys, name)))


def silence() -> None:
    """Discard further standard output after its reader has gone, so that the interpreter's last flush cannot fail."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # not a file, so there is no pipe to flush into
        return


class _Outlived:
    """A text stream that never raises: after the first failed write, all output is dropped."""

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
    """Codec error handler: replace by similar characters, or else by escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = error.object[error.start : error.end]
    return part.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii"), error.end
