"""Step 1: the Kullback-Leibler divergence, of a code and of two Gaussians."""

from typing import Any

import streamlit as st

from pages.ui.theory.figure import FIRST, SECOND, THIRD, figure, line
from pages.ui.theory.figure import show as show_chart
from vae.analysis import divergence
from vae.runs.run import Run

SYMBOLS = ("a", "b", "c", "d")
P, Q = (8.0, 4.0, 2.0, 2.0), (1.0, 1.0, 1.0, 1.0)


def show(_run: Run) -> None:
    st.markdown("How much is lost by taking *q* for *p*? The **Kullback-Leibler divergence** says it in one number:")
    st.latex(
        r"\mathrm{KL}(p\,\|\,q)=\sum_x p(x)\,\log\frac{p(x)}{q(x)}\qquad\text{or}\qquad"
        r"\int p(z)\,\log\frac{p(z)}{q(z)}\,dz"
    )
    st.markdown(
        "It is 0 if the two are equal, above 0 otherwise (by Jensen's inequality), and not symmetric. "
        "With log₂ it counts bits, with the natural logarithm nats: 1 nat = 1.44 bits."
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.fragment(_code)()
    with right:
        st.fragment(_gaussians)()
    st.caption(
        "Kullback & Leibler (1951); Cover & Thomas (2006), *Elements of Information Theory*, chapters 2 and 5; "
        "Kingma & Welling (2013), appendix B, for the Gaussian in closed form."
    )


def _code() -> None:
    st.markdown("**A code.** Symbols come with *p*, the code was made for *q*. Change the weights: they are scaled.")
    rows: dict[str, list[Any]] = {"": ["p", "q"], **{symbol: [P[i], Q[i]] for i, symbol in enumerate(SYMBOLS)}}
    table = st.data_editor(
        rows,
        column_config={"": st.column_config.TextColumn(disabled=True, width="small")}
        | {s: st.column_config.NumberColumn(s, min_value=0.01, max_value=1000.0, required=True) for s in SYMBOLS},
        hide_index=True,
        key="kl-weights",
    )
    p, q = (divergence.normalised([table[symbol][row] for symbol in SYMBOLS]) for row in (0, 1))
    code = divergence.code(p, q)
    chart = figure("symbol", "probability", 240, barmode="group")
    chart.add_bar(x=SYMBOLS, y=p, name="p", marker_color=FIRST)
    chart.add_bar(
        x=SYMBOLS,
        y=q,
        name="q",
        marker_color=SECOND,
        text=[f"{length:.2f} bits" for length in code.lengths],
        textposition="outside",
    )
    show_chart(chart, "kl-code")
    st.latex(
        rf"\underbrace{{{code.cross_entropy:.3f}}}_{{\text{{length of this code}}}}"
        rf"=\underbrace{{{code.entropy:.3f}}}_{{\text{{entropy: the best code's}}}}"
        rf"+\underbrace{{{code.divergence:.3f}}}_{{\mathrm{{KL}}(p\|q)}}\ \text{{bits}}"
    )


def _gaussians() -> None:
    st.markdown("**Two Gaussians.** Move them; the area under the dashed line, with its sign, is the divergence.")
    first, second = st.columns(2)
    p = divergence.Normal(first.slider("μ of p", -4.0, 4.0, 0.0, 0.1), first.slider("σ of p", 0.1, 3.0, 1.0, 0.05))
    q = divergence.Normal(second.slider("μ of q", -4.0, 4.0, 1.0, 0.1), second.slider("σ of q", 0.1, 3.0, 1.5, 0.05))
    curves = divergence.curves(p, q)
    chart = figure("z", "density", 240)
    chart.add_trace(line("p", curves.z, curves.p, FIRST))
    chart.add_trace(line("q", curves.z, curves.q, SECOND))
    dashed = line("p log p/q", curves.z, curves.integrand, THIRD, fill="tozeroy", fillcolor="rgba(131, 45, 182, 0.15)")
    dashed.update(line_dash="dash")
    chart.add_trace(dashed)
    show_chart(chart, "kl-gaussians")
    st.markdown(
        f"| nats | KL(p ‖ q) | KL(q ‖ p) |\n|:--|--:|--:|\n"
        f"| closed form | {divergence.normal_kl(p, q):.6f} | {divergence.normal_kl(q, p):.6f} |\n"
        f"| numerical integral | {divergence.integrated_kl(p, q):.6f} | {divergence.integrated_kl(q, p):.6f} |"
    )
