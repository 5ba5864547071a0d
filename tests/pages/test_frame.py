"""Escaping of text from outside, in every page."""

import pytest

from pages.ui import frame
from vae.resources import PROJECT, runs_folder


@pytest.fixture
def visitor(monkeypatch):
    def visitor(address):
        monkeypatch.setattr(frame.st, "context", type("Context", (), {"ip_address": address}))

    return visitor


@pytest.mark.parametrize("address", ["192.168.1.7", "2001:db8::1", "unknown"])
def test_another_machine_is_shown_no_path_of_this_one(visitor, address):
    visitor(address)
    text = frame.escape(f"Cannot read {runs_folder()}/a/config.json, nor {PROJECT}/assets.")
    assert str(runs_folder().parent) not in text
    assert "config" in text


@pytest.mark.parametrize("address", [None, "127.0.0.1", "::1"])
def test_this_machine_is_shown_where_a_file_is(visitor, address):
    visitor(address)
    assert "/tmp" in frame.escape("Cannot read /tmp/a.").replace("\\", "")


def test_control_characters_are_shown_and_not_sent():
    assert frame.escape("a\x1b[2J\nb") == "a\\\\x1b\\[2J b"
