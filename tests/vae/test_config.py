import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.config import PRESETS, SETTINGS, Settings, format_widths, make_settings, parse_widths, validate_settings
from vae.errors import SettingsError


def test_presets_are_what_they_are_called():
    plane, article, ten = PRESETS["plane"], PRESETS["article"], PRESETS["article-10"]
    assert (plane.hidden, plane.latent_dim, plane.schedule) == ((256, 128), 2, "one-cycle")
    assert (article.hidden, article.latent_dim, article.activation) == ((256,), 2, "relu")
    assert (article.batch_size, article.n_samples, article.learning_rate, article.epochs) == (100, 1, 1e-3, 10)
    assert article.schedule == "constant"
    assert ten == article.model_copy(update={"preset": "article-10", "latent_dim": 10})


def test_values_may_be_text_and_lie_over_the_preset():
    settings = make_settings({"preset": "article", "epochs": "3", "learning_rate": "5e-4", "hidden": "64-32"})
    assert (settings.epochs, settings.learning_rate, settings.hidden) == (3, 5e-4, (64, 32))
    assert settings.batch_size == PRESETS["article"].batch_size


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_survive_json(preset):
    settings = PRESETS[preset]
    assert validate_settings(settings.model_dump(mode="json")) == settings
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", "many"),
        ("learning_rate", 0),
        ("learning_rate", "nan"),
        ("batch_size", 10**9),
        ("n_samples", -1),
        ("latent_dim", 0),
        ("seed", 2**31),
        ("schedule", "cosine"),
        ("hidden", "256-x"),
        ("hidden", "0"),
        ("hidden", "-".join(["8"] * 9)),
        ("preset", "worst"),
    ],
)
def test_a_refused_value_is_named_with_what_is_accepted(name, value):
    with pytest.raises(SettingsError) as error:
        make_settings({name: value})
    message = str(error.value)
    assert SETTINGS[name].title in message
    assert repr(value) in message or str(value) in message
    assert SETTINGS[name].accepted in message
    assert "\n" not in message


def test_an_unknown_setting_is_named():
    with pytest.raises(SettingsError, match=r"'width' is not a setting; .* lists them"):
        make_settings({"width": 3})


@given(st.lists(st.integers(1, 8192), max_size=8))
def test_widths_survive_text(widths):
    assert parse_widths(format_widths(tuple(widths))) == tuple(widths)


@given(st.dictionaries(st.sampled_from([*SETTINGS, "other"]), st.text() | st.integers() | st.floats() | st.none()))
def test_whatever_is_given_ends_in_settings_or_a_clear_error(values):
    try:
        assert isinstance(make_settings(values), Settings)
    except SettingsError as error:
        assert str(error)  # noqa: PT017


def test_a_misspelt_setting_is_suggested_and_what_was_given_is_cut():
    with pytest.raises(SettingsError, match="'latentdim' is not a setting; did you mean latent_dim"):
        make_settings({"latentdim": 3})
    with pytest.raises(SettingsError) as refused:
        make_settings({"hidden": "9" * 250_000, **{f"{i}" * 9000: 1 for i in range(9)}})
    assert len(str(refused.value)) < 600
    assert "and 7 more" in str(refused.value)
