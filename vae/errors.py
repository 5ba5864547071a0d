"""What can go wrong in a way that the user can mend.

Each message is complete: which value or file, why, what is accepted, what to do. The command line prints it
as one line, a page shows it in a box.
"""

LONGEST = 300  # characters of a message
SHOWN = 80  # characters of a value from outside that a message repeats


class UserError(Exception):
    """Base of all errors whose message is written for the user: one line of at most `LONGEST` characters.

    Of a longer one the middle is left out: what is wrong stands at the beginning, what to do at the end.
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
    """A place that is not in the latent space."""


def quoted(value: object) -> str:
    """A value from outside as a message repeats it: control characters shown as escapes, at most `SHOWN` characters."""
    text = repr(value[: 2 * SHOWN] if isinstance(value, str | bytes) else value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def one_line(message: str) -> str:
    """A message for a terminal: on one line, with control characters shown as escapes and not sent."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(message.split()))


def shortened(text: str) -> str:
    """What a file or a library says, as a part of a message: one line, at most 120 characters."""
    text = one_line(text)
    return text if len(text) <= 120 else f"{text[:119]}…"


def reason(error: Exception) -> str:
    """What a library's exception says, as a part of a message; never nothing."""
    return shortened(str(error)) or type(error).__name__
