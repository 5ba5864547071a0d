"""The form of a training's settings, made from their one declaration in `vae.config`."""

from typing import Any

import streamlit as st

from pages.ui.frame import escape
from vae.config import PRESET_HELP, PRESETS, SETTINGS, Setting, Settings, format_widths, make_settings
from vae.errors import SettingsError


def settings_form() -> Settings | None:
    """Show the form, filled from the URL (`?preset=article&epochs=5`) or a preset; the settings, or None if refused."""
    given = _from_url()
    preset = st.segmented_control(
        "Preset", list(PRESETS), default=given.preset, required=True, key="preset", help=SETTINGS["preset"].help
    )
    st.caption(PRESET_HELP[preset])
    start = given if preset == given.preset else PRESETS[preset]
    columns = st.columns(2)
    basic = [setting for setting in SETTINGS.values() if setting.basic and setting.name != "preset"]
    values: dict[str, Any] = {"preset": preset}
    for i, setting in enumerate(basic):
        with columns[i % 2]:
            values[setting.name] = _widget(setting, getattr(start, setting.name), preset)
    with st.expander("Details"):
        columns = st.columns(2)
        for i, setting in enumerate(setting for setting in SETTINGS.values() if not setting.basic):
            with columns[i % 2]:
                values[setting.name] = _widget(setting, getattr(start, setting.name), preset)
    try:
        return make_settings(values)
    except SettingsError as error:
        st.error(escape(f"These settings cannot be used: {error}."), icon=":material/error:")
        return None


def _from_url() -> Settings:
    given = {name: value for name, value in st.query_params.items() if name in SETTINGS}
    try:
        return make_settings(given)
    except SettingsError as error:
        st.error(escape(f"The address holds settings that cannot be used: {error}."), icon=":material/error:")
        return PRESETS["plane"]


def _widget(setting: Setting, value: Any, preset: str) -> Any:
    """The widget for one setting; its key holds the preset, so that another preset brings its own values."""
    key = f"{preset}.{setting.name}"
    label = setting.title.capitalize() if setting.title.islower() else setting.title[0].upper() + setting.title[1:]
    if setting.kind == "choice":
        return st.selectbox(label, setting.choices, index=setting.choices.index(value), key=key, help=setting.help)
    if setting.kind == "widths":
        return st.text_input(label, format_widths(value), key=key, help=setting.help)
    number = int if setting.kind == "int" else float
    return st.number_input(
        label,
        number(setting.minimum),
        number(setting.maximum),
        value,
        step=1 if setting.kind == "int" else value / 10,
        format="%d" if setting.kind == "int" else "%g",
        key=key,
        help=f"{setting.help} Accepted: {setting.accepted}.",
    )
