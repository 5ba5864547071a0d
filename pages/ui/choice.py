"""Choices of the user on a page, kept in the session and in the URL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from pages.ui.frame import escape
from vae.errors import UserError, quoted

Value = TypeVar("Value")


@dataclass(frozen=True)
class Choice(Generic[Value]):
    """A value that the user chooses.

    name: of the query parameter.
    default: until something is chosen; the URL does not hold it.
    parse: gives the value of a text; raises a UserError that says why it is not accepted, or any ValueError.
    accepted: for the message about a ValueError.
    format: the inverse of `parse`.
    instead: a sentence about what is shown in place of what is not accepted.
    key: of the session; empty: the name.
    """

    name: str
    default: Value
    parse: Callable[[str], Value]
    accepted: str = ""
    format: Callable[[Value], str] = str
    instead: str = ""
    key: str = ""

    def read(self) -> None:
        """Take over the value in the URL; explain a bad one in the page.

        For whole script runs alone: a fragment's may still carry the URL of before the last click.
        """
        text = st.query_params.get(self.name)
        if text is not None:
            try:
                self.keep(self.parse(text))
            except UserError as error:
                self._refuse(str(error))
            except ValueError:
                self._refuse(f"{self.name} = {quoted(text)} cannot be shown. Accepted: {self.accepted}.")
        self.write()

    @property
    def value(self) -> Value:
        return st.session_state.get(self._key, self.default)

    def keep(self, value: Value) -> None:
        """Keep a value in the session and in the URL."""
        st.session_state[self._key] = value
        self.write()

    def write(self) -> None:
        """Write the value to the URL, which another page may have replaced."""
        if self.value == self.default:
            st.query_params.pop(self.name, None)
        else:
            st.query_params[self.name] = self.format(self.value)

    def widget(self, value: Value | None = None) -> dict[str, Any]:
        """Key and `on_change` of the choice's widget, which shows `value`, or else what is chosen."""
        key = f"{self._key}-choice"
        st.session_state[key] = self.value if value is None else value
        return {"key": key, "on_change": lambda: self.keep(st.session_state[key])}

    def _refuse(self, why: str) -> None:
        st.warning(escape(f"{why} {self.instead}".strip()), icon=":material/warning:")
        self.keep(self.default)

    @property
    def _key(self) -> str:
        return self.key or self.name


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`, written in plain digits."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise ValueError(text)
        return int(text)

    return parse


def one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    """A parser that accepts these names alone."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return parse
