"""Charts of the Theory page, in one style."""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

# Of two things that are compared; readable in both themes, and for colour-blind eyes (as the plane's classes).
FIRST, SECOND, THIRD = "#3f90da", "#e76300", "#832db6"
QUIET = "#94a4a2"
HEAT = [[0, "rgba(63, 144, 218, 0)"], [0.15, "rgba(63, 144, 218, 0.35)"], [0.5, "#3f90da"], [1, "#bd1f01"]]


def figure(x: str, y: str, height: int = 320, **layout: Any) -> go.Figure:
    """An empty chart with titles of its axes."""
    return go.Figure(
        layout={
            "height": height,
            "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
            "xaxis": {"title": x, "fixedrange": True},
            "yaxis": {"title": y, "fixedrange": True},
            "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "title": None},
            **layout,
        }
    )


def line(name: str, x: Iterable[float], y: Iterable[float], colour: str, **options: Any) -> go.Scatter:
    return go.Scatter(x=x, y=y, name=name, mode="lines", line={"color": colour, "width": 2}, **options)


def equal_scale(chart: go.Figure) -> go.Figure:
    """Give both axes the same scale."""
    chart.update_yaxes(scaleanchor="x", scaleratio=1, constrain="domain")
    chart.update_xaxes(constrain="domain")
    return chart


def paper() -> str:
    """The colour of the page."""
    return "#0e1117" if st.context.theme.type == "dark" else "#ffffff"


def ink() -> str:
    """The colour of the page's type."""
    return "#fafafa" if st.context.theme.type == "dark" else "#31333f"


def show(chart: go.Figure, key: str) -> None:
    st.plotly_chart(chart, key=key, config={"displayModeBar": False})
