"""What can go wrong in a way that the user can mend.

Each message is complete: which value or file, why, what is accepted, what to do. The command line prints it
as one line, a page shows it in a box.
"""


class UserError(Exception):
    """Base of all errors whose message is written for the user."""


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


SHOWN = 80  # characters of a value from outside that a message repeats


def quoted(value: object) -> str:
    """A value from outside as a message repeats it: control characters shown as escapes, at most `SHOWN` characters."""
    text = repr(value[: 2 * SHOWN] if isinstance(value, str | bytes) else value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
