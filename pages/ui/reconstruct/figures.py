"""The cost of one test image in nats, as a table with a column for each run."""

import streamlit as st

from pages.ui.frame import escape
from pages.ui.reconstruct import kept
from vae.analysis.comparison import incomparable
from vae.analysis.reconstruction import BOUND_DRAWS, RANKING_DRAWS, Figures, harder_than
from vae.runs.snapshot import Snapshot

NONE = "–"
RECONSTRUCTION, KL, NEGATIVE_ELBO, NEGATIVE_LOG_PX, GAP, HARDER = (
    "reconstruction error",
    "+ KL(q(z\\|x) ‖ p(z))",
    "= −ELBO",
    "−log p(x)",
    "gap KL(q(z\\|x) ‖ p(z\\|x))",
    "harder than",
)


def show_figures(each_shown: list[Snapshot], index: int) -> None:
    """Show the table of the test image `index`, and how it was computed."""
    if kept.in_film(each_shown[0]):
        st.info("The figures in nats come back when the film is paused.", icon=":material/movie:")
        return
    figures = [kept.figures(shown, index) for shown in each_shown]
    columns = [_column(shown, one, index) for shown, one in zip(each_shown, figures, strict=True)]
    heads = [escape(shown.run.name) for shown in each_shown] if len(each_shown) > 1 else ["nats"]
    lines = [f"| test image {index} | {' | '.join(heads)} |", "|:--" + "|--:" * len(columns) + "|"]
    lines += [f"| {name} | {' | '.join(column[name] for column in columns)} |" for name in columns[0]]
    with st.container(key="figures"):
        st.markdown("\n".join(lines))
    if why := incomparable(shown.settings for shown in each_shown):
        st.caption(f":material/balance: {why}")
    st.caption(escape(_how(figures, each_shown)))


def _column(shown: Snapshot, figures: Figures, index: int) -> dict[str, str]:
    harder = f"{_percent(harder_than(kept.losses(shown), index))} of all"
    if kept.is_autoencoder(shown):
        nothing = dict.fromkeys((KL, NEGATIVE_ELBO, NEGATIVE_LOG_PX, GAP), NONE)
        return {RECONSTRUCTION: _number(figures.reconstruction_error), **nothing, HARDER: harder}
    at_most, at_least = ("", "") if figures.is_exact else ("≤ ", "≥ ")
    error = "" if figures.is_exact else f" ± {figures.error:.2f}"
    return {
        RECONSTRUCTION: _number(figures.reconstruction_error),
        KL: _number(figures.kl),
        NEGATIVE_ELBO: f"**{_number(figures.negative_elbo)}**",
        NEGATIVE_LOG_PX: f"{at_most}{_number(-figures.log_px)}{error}",
        GAP: f"{at_least}{_number(figures.gap)}",
        HARDER: harder,
    }


def _how(figures: list[Figures], each_shown: list[Snapshot]) -> str:
    """Explanation of the figures in the table."""
    lines = []
    vaes = [one for one, shown in zip(figures, each_shown, strict=True) if not kept.is_autoencoder(shown)]
    if errors := [one.error for one in vaes if one.is_exact]:
        lines.append(
            "With 1 or 2 latent dimensions, the reconstruction error, a mean over q(z|x), and log p(x) are integrated "
            f"on grids, log p(x) to within {max(1e-4, *errors):.1g} nats."
        )
    for draws in {one.draws for one in vaes if not one.is_exact}:
        lines.append(
            f"With more, the reconstruction error is a mean over {draws:,} quasi-random draws of z, and log p(x) is "
            f"replaced by the IWAE bound with k = {BOUND_DRAWS:,} draws, which is below it on average."
        )
    if len(vaes) < len(figures):
        lines.append("An auto-encoder has no q(z|x): its error is that of the picture decoded from μ.")
    for shown in each_shown:
        if not shown.has_encoder():
            whole = ", ".join(map(str, shown.run.whole_epochs())) or "none is left"
            lines.append(
                f"Epoch {shown.moment} of {shown.run.name} is kept in half precision, without the encoder: its figures "
                f"come from the q(z|x) stored with it, and may be off by some hundredths. Whole epochs: {whole}."
            )
    lines.append(f"“Harder than”: of the 10,000 test images, by −ELBO with {RANKING_DRAWS} draws of z each.")
    return " ".join(lines)


def _percent(part: float) -> str:
    """Format as whole percents, with two decimals near 0 and 100."""
    return f"{part:.0%}".replace("%", " %") if 0.005 <= part < 0.995 else f"{part:.2%}".replace("%", " %")


def _number(nats: float) -> str:
    return f"{nats:.2f}".replace("-", "−")
