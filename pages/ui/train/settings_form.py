"""The form of a training's settings, made from their one declaration in `vae.config`."""

from typing import Any

import streamlit as st

from pages.ui.frame import escape
from vae.config import PRESET_HELP, PRESETS, SETTINGS, Setting, Settings, format_widths, make_settings
from vae.errors import SettingsError
from vae.model.cost import concerns, require_trainable


def settings_of_url() -> Settings:
    """Settings in the URL (`?preset=article&epochs=5`), or those of the default preset."""
    given = {name: value for name, value in st.query_params.items() if name in SETTINGS}
    try:
        return make_settings(given)
    except SettingsError as error:
        st.error(escape(f"The address holds settings that cannot be used: {error}."), icon=":material/error:")
        return PRESETS["plane"]


def choose_preset(given: Settings) -> str:
    """Show the choice of the preset that the other settings start from; at first that of `given`."""
    st.session_state.setdefault("preset", given.preset)
    presets, help = list(PRESETS), SETTINGS["preset"].help
    return st.segmented_control("Preset", presets, required=True, key="preset", help=help) or given.preset


def settings_form(preset: str, given: Settings, *, folded: bool) -> Settings | None:
    """Show the form, filled from `given` or another preset; the settings, or None if they are refused.

    folded: whether it starts closed even if the address gives settings.
    """
    start = (given if preset == given.preset else PRESETS[preset]).model_dump(exclude={"preset"})
    start |= st.session_state.setdefault("form", {}).get(preset, {})  # what was typed before another page or preset
    values: dict[str, Any] = {"preset": preset}
    changed = start != PRESETS[preset].model_dump(exclude={"preset"})
    remarks = st.container()  # beside Start, however long the form is
    with st.expander(PRESET_HELP[preset], icon=":material/tune:", expanded=changed and not folded):
        for title, settings in _groups().items():
            st.caption(title)
            columns = st.columns(4)
            for i, setting in enumerate(settings):
                with columns[i % len(columns)]:
                    values[setting.name] = _widget(setting, start[setting.name], preset)
    st.session_state["form"][preset] = {name: value for name, value in values.items() if name != "preset"}
    try:
        settings = make_settings(values)
        require_trainable(settings)
    except SettingsError as error:
        remarks.error(escape(f"These settings cannot be used: {error}."), icon=":material/error:")
        return None
    for concern in concerns(settings):
        remarks.warning(escape(concern), icon=":material/weight:")
    return settings


def fill_form(settings: Settings) -> None:
    """Fill the form with these settings. To be called before it is drawn, in a callback."""
    values = settings.model_dump(exclude={"preset"})
    st.session_state["preset"] = settings.preset
    st.session_state.setdefault("form", {})[settings.preset] = values
    for name, value in values.items():
        st.session_state[_key(settings.preset, SETTINGS[name])] = _shown(SETTINGS[name], value)


def _groups() -> dict[str, list[Setting]]:
    rows = [setting for setting in SETTINGS.values() if setting.name != "preset"]
    return {
        "What matters most": [setting for setting in rows if setting.basic],
        "Details": [setting for setting in rows if not setting.basic],
    }


def _key(preset: str, setting: Setting) -> str:
    """Key of a setting's widget; it contains the preset, so that another one has its own values."""
    return f"{preset}.{setting.name}"


def _shown(setting: Setting, value: Any) -> Any:
    """A value in its widget's type: widths as text."""
    return format_widths(value) if setting.kind == "widths" and not isinstance(value, str) else value


def _widget(setting: Setting, value: Any, preset: str) -> Any:
    """The widget for one setting, with `value` at first, or what was put into it by `fill_form`."""
    key = _key(preset, setting)
    label = setting.title[0].upper() + setting.title[1:] if setting.title.isascii() else setting.title
    st.session_state.setdefault(key, _shown(setting, value))
    if setting.kind == "choice":
        return st.selectbox(label, setting.choices, key=key, help=setting.help)
    if setting.kind == "widths":
        return st.text_input(label, key=key, help=setting.help)
    number = int if setting.kind == "int" else float
    usual = getattr(PRESETS[preset], setting.name) or setting.maximum / 3
    return st.number_input(
        label,
        number(setting.minimum),
        number(setting.maximum),
        step=1 if setting.kind == "int" else max(usual / 10, 1e-6),
        format="%d" if setting.kind == "int" else "%g",
        key=key,
        help=f"{setting.help} Accepted: {setting.accepted}.",
    )
