"""Errors whose message is written for the user.

Each message is complete: which value or file, why, what is accepted, what to do. The command line prints it
as one line, a page shows it in a box.
"""

LONGEST = 300  # characters of a message
SHOWN = 80  # characters shown of a value from outside


class UserError(Exception):
    """Base of all errors for the user. The message is one line of at most `LONGEST` characters.

    A longer message is cut in the middle: it begins with what is wrong and ends with what to do.
    """

    def __init__(self, message: str) -> None:
        line = one_line(message)
        half = LONGEST // 2
        super().__init__(line if len(line) <= LONGEST else f"{line[: half - 1]}…{line[-half:]}")


class SettingsError(UserError):
    """Settings that cannot be used."""


class DataError(UserError):
    """A data set that cannot be read."""


class RunError(UserError):
    """A run that cannot be found, read or written."""


class TrainingError(UserError):
    """A training that cannot go on."""


class PlaceError(UserError):
    """A place outside the latent space."""


def quoted(value: object) -> str:
    """A value from outside, for a message: control characters escaped, at most `SHOWN` characters."""
    text = repr(value[: 2 * SHOWN] if isinstance(value, str | bytes) else value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def one_line(message: str) -> str:
    """A message for a terminal: one line, control characters escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(message.split()))


def shortened(text: str) -> str:
    """Text from a file or a library, for a message: one line, at most 120 characters."""
    text = one_line(text)
    return text if len(text) <= 120 else f"{text[:119]}…"


def reason(error: Exception) -> str:
    """The text of a library's exception, for a message; its type's name if it has none."""
    return shortened(str(error)) or type(error).__name__
