"""The Theory page, step by step."""

import ast
import json
import re

import pytest

from vae.analysis import posterior
from vae.runs.run import Run

PAGE = "5_Theory.py"


def charts(app) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def said(app) -> str:
    elements = [*app.markdown, *app.latex, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(element.value for element in elements).replace("\\", "")


@pytest.mark.parametrize("step", range(1, 8))
@pytest.mark.parametrize("run", ["mnist-plane", "mnist-article-10", "mnist-gaussian"])
def test_every_step_of_every_kind_of_model_shows_its_figures(open_page, run, step):
    app = open_page(PAGE, run=run, step=str(step))
    assert not app.error
    assert not app.warning
    assert app.query_params.get("step", "1") == str(step)
    assert len(charts(app)) >= (0 if step == 5 else 1)


def test_the_steps_follow_one_another(open_page):
    app = open_page(PAGE)
    for number in range(2, 8):
        app.button(key="theory-next").click().run()
        assert not app.exception
        assert app.query_params["step"] == str(number)
    assert not [button for button in app.button if button.key == "theory-next"]


@pytest.mark.parametrize(("name", "value"), [("step", "0"), ("step", "<b>"), ("image", "10000"), ("image", "-1")])
def test_a_step_or_image_that_is_none_is_explained(open_page, name, value):
    app = open_page(PAGE, **{"step": "2", name: value})
    assert "Accepted" in app.warning[0].value
    assert "<b>" not in app.warning[0].value


def test_the_divergences_follow_the_sliders(open_page):
    app = open_page(PAGE, step="1")
    slider = {slider.label: slider for slider in app.slider}
    slider["μ of p"].set_value(1.0)
    slider["σ of q"].set_value(1.0).run()
    assert not app.exception
    assert "| closed form | 0.000000 | 0.000000 |" in said(app)
    assert "=underbrace{1.750}" in said(app)  # the entropy of ½, ¼, ⅛, ⅛


def test_the_identity_is_shown_with_the_numbers_of_the_image(open_page, bundled):
    from pages.ui.theory.subject import grey

    app = open_page(PAGE, step="2", image="17")
    found = posterior.gap(bundled.snapshot(60).model(), grey(17))
    for number in (found.log_px, found.encoder.elbo, found.kl):
        assert f"{{{number:.3f}}}" in said(app)
    assert found.log_px == pytest.approx(found.encoder.elbo + found.kl)
    heat = next(trace for chart in charts(app) for trace in chart["data"] if trace["type"] == "heatmap")
    assert heat["name"] == "p(z|x)"


def test_of_ten_dimensions_the_evidence_is_called_a_bound(open_page):
    assert "IWAE bound" in said(open_page(PAGE, step="2", run="mnist-article-10"))


def test_an_example_is_one_click_away(open_page):
    app = open_page(PAGE, step="3")
    app.button(key="theory-image-8").click().run()
    assert app.query_params["image"] == "8"
    assert app.number_input[0].label == "Test image x, a 5"


def test_more_draws_narrow_the_histograms(open_page):
    app = open_page(PAGE, step="3")
    widths = []
    for n in (1, 64):
        app.select_slider(key="theory-samples").set_value(n).run()
        rows = re.findall(r"\| B \| .*? \| ([\d.]+) \|", said(app))
        widths.append(float(rows[0]))
    assert widths[1] == pytest.approx(widths[0] / 8, rel=0.15)


def test_each_line_of_the_algorithm_shows_the_code_that_does_it(open_page):
    app = open_page(PAGE, step="5", run="mnist-article")
    assert "M = 100" in said(app)
    assert not app.code
    for number in range(1, 9):
        app.session_state[f"aevb-{number}"] = True
    app.run()
    assert not app.exception
    code = "\n".join(block.value for block in app.code)
    ast.parse(code)  # with the indentation that it has in the file
    for name in ("def reparameterise", "def log_prob", "def estimator_b", "def minibatch", "def rates"):
        assert name in code


def test_trained_runs_answer_and_are_not_compared_in_nats(open_page):
    app = open_page(PAGE, step="6")
    assert "not comparable" in said(app)
    app.multiselect(key="theory-runs").set_value(["mnist-article", "mnist-plane"]).run()
    assert not app.exception
    assert "not comparable" not in said(app)
    assert said(app).count("mean squared error") == 2


def test_maps_are_laid_onto_the_first(open_page):
    app = open_page(PAGE, step="7")
    assert "4** and **9" in said(app)
    assert said(app).count("of the first") == 2
    app.toggle(key="theory-align").set_value(False).run()
    assert not app.exception
    app.multiselect(key="theory-seeds").set_value([]).run()
    assert "Choose two or more runs" in said(app)


def test_a_run_without_an_encoder_is_explained(open_page, small_run: Run):
    for epoch in small_run.epochs():
        weights = {k: v for k, v in small_run.snapshot(epoch).weights().items() if k.startswith("decoder.")}
        small_run.write_snapshot(epoch, weights, small_run.snapshot(epoch).latent())
    app = open_page(PAGE, run=small_run.id, step="2")
    assert "holds its encoder" in app.error[0].value.replace("\\", "")
