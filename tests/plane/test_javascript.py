"""The plane's pure JavaScript, under node, against torch and numpy."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import numpy as safetensors

from vae import data
from vae.analysis.latent import Latent
from vae.browser.message import PALETTE
from vae.browser.payload import example_indices, payload_key, plane_payload, prior_draws
from vae.config import PRESETS, make_settings
from vae.data import N_TEST
from vae.model.vae import VAE
from vae.runs import catalogue
from vae.runs.run import Run
from vae.runs.snapshot import Moment

TOLERANCE = 1  # grey levels of 255


def payload_of(run: Run, moment: Moment, folder: Path) -> str:
    path = folder / "payload.safetensors"
    path.write_bytes(plane_payload(run.snapshot(moment)))
    return str(path)


def decoded_by_torch(run: Run, moment: Moment, z: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(run.snapshot(moment).decoder()(torch.from_numpy(z))).mul(255).numpy()


def test_the_decoder_agrees_with_torch_on_a_thousand_random_places(ask, bundled, tmp_path):
    epoch = bundled.last_epoch()
    z = np.random.default_rng(0).normal(scale=2, size=(1000, 2)).astype(np.float32)
    pixels = np.array(ask("decode", payload=payload_of(bundled, epoch, tmp_path), places=z.tolist()))
    assert pixels.shape == (1000, 784)
    assert np.abs(pixels - decoded_by_torch(bundled, epoch, z)).max() <= TOLERANCE


@pytest.mark.parametrize(
    "chosen",
    [
        PRESETS["article"],
        PRESETS["article-10"],
        make_settings({"hidden": "7-5-3", "activation": "tanh", "latent_dim": 1}),
        make_settings({"hidden": "", "latent_dim": 3}),
        make_settings({"hidden": "9", "decoder_hidden": "20-7", "fourier": "2"}),
    ],
    ids=["article", "article-10", "deep tanh, one dimension", "linear, three dimensions", "Fourier features"],
)
def test_every_architecture_is_decoded_as_torch_does(ask, chosen, tmp_path):
    torch.manual_seed(0)
    run = catalogue.create_run(chosen)
    weights = {name: 2 * tensor.numpy() for name, tensor in VAE(chosen).state_dict().items()}
    mu = np.zeros((N_TEST, chosen.latent_dim), np.float32)
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    z = np.zeros((50, chosen.latent_dim), np.float32)
    z[:, :2] = np.random.default_rng(1).normal(size=(50, 2))[:, : chosen.latent_dim]
    places = [[*row, 0.0][:2] for row in z.tolist()]
    pixels = np.array(ask("decode", payload=payload_of(run, 0, tmp_path), places=places))
    assert np.abs(pixels - decoded_by_torch(run, 0, z)).max() <= TOLERANCE


@pytest.mark.parametrize("hidden", ["256-128", "", "5"])
def test_the_encoder_agrees_with_torch(ask, hidden, tmp_path):
    torch.manual_seed(0)
    chosen = make_settings({"hidden": hidden, "latent_dim": 3})
    run, model = catalogue.create_run(chosen), VAE(chosen)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    mu = np.zeros((N_TEST, 3), np.float32)
    run.write_snapshot(0, weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    (tmp_path / "payload").write_bytes(plane_payload(run.snapshot(0), encoder=True))
    images = data.load("test").images[:20].reshape(20, -1)
    encoded = np.array(ask("encode", payload=str(tmp_path / "payload"), images=images))  # (20, 2, J)
    with torch.no_grad():
        expected = torch.stack(model.encode(torch.tensor(images) / 255), dim=1).numpy()
    np.testing.assert_allclose(encoded, expected, atol=1e-5)


def test_means_and_draws_of_any_dimension_are_decoded_whole(ask, tmp_path):
    torch.manual_seed(0)
    chosen = PRESETS["article-10"]
    run = catalogue.create_run(chosen)
    mu = np.random.default_rng(2).normal(size=(N_TEST, 10)).astype(np.float32)
    weights = {name: 2 * tensor.numpy() for name, tensor in VAE(chosen).state_dict().items()}
    run.write_snapshot("live", weights, Latent(mu, mu, np.zeros(N_TEST, np.uint8)))
    reconstructions, samples = np.array(ask("decodeLatent", payload=payload_of(run, "live", tmp_path)))
    shown = example_indices(data.load("test").labels)
    assert np.abs(reconstructions - decoded_by_torch(run, "live", mu[shown])).max() <= TOLERANCE
    assert np.abs(samples - decoded_by_torch(run, "live", prior_draws(10))).max() <= TOLERANCE


def test_a_newer_live_payload_replaces_the_older_and_nothing_else(ask, small_run, tmp_path):
    moments, keys, payloads = (1, "live", "live", 2), [], []
    for i, moment in enumerate(moments):
        if moment == "live":
            small_run.write_snapshot("live", small_run.snapshot(2).weights(), small_run.snapshot(2).latent())
        keys.append(payload_key(small_run.snapshot(moment)))
        payloads.append(str(tmp_path / f"{i}.payload"))
        Path(payloads[-1]).write_bytes(plane_payload(small_run.snapshot(moment)))
    heard = ask("received", payloads=payloads, keys=keys)
    waited = [f"waited for {key}" for key in keys[:-1]]  # the last one stops waiting
    assert heard == [*waited, *[f"kept {keys[i]}" for i in (0, 2, 3)]]


def test_the_payload_arrives_whole(ask, bundled, tmp_path):
    payload = ask("payload", payload=payload_of(bundled, 60, tmp_path))
    latent = bundled.snapshot(60).latent()
    for i, axis in enumerate("xy"):
        np.testing.assert_array_equal(np.array(payload[axis], np.float32), latent.mu[:, i])
        np.testing.assert_allclose(payload[2 * axis], np.exp(latent.logvar[:, i]), rtol=1e-6)
    assert not any(payload["xy"])
    assert payload["split"] == "test"
    assert "encode" not in payload or payload["encode"] is None
    assert payload["labels"] == latent.labels.tolist()
    assert payload["key"] == payload_key(bundled.snapshot(60))
    assert (payload["run"], payload["moment"]) == ("mnist-plane", 60)
    shown = example_indices(data.load("test").labels)
    np.testing.assert_array_equal(payload["examples"], data.load("test").images[shown].reshape(16, -1))
    np.testing.assert_array_equal(np.array(payload["examplesMu"], np.float32), latent.mu[shown])
    np.testing.assert_array_equal(np.array(payload["priorZ"], np.float32), prior_draws(2))
    assert payload["imageShape"] == [28, 28]


def test_layers_that_cannot_be_evaluated_are_refused(ask):
    layer = {"nIn": 2, "nOut": 1, "activation": "identity", "weight": [1, 2], "bias": [3]}
    assert ask("layers", layers=[layer], z=[10, 100]) == [213]
    with pytest.raises(ValueError, match="unknown activation gelu"):
        ask("layers", layers=[{**layer, "activation": "gelu"}], z=[0, 0])
    with pytest.raises(ValueError, match="layer 1 does not fit"):
        ask("layers", layers=[layer, layer], z=[0, 0])


def test_an_unknown_type_of_numbers_is_refused(ask, tmp_path):
    (tmp_path / "file").write_bytes(safetensors.save({"a": np.zeros(2, np.float64)}))
    with pytest.raises(ValueError, match="a is of type F64"):
        ask("parse", file=str(tmp_path / "file"))


POINTS = {"x": [0, 1, 1, 5], "y": [0, 0, 1, 5], "labels": [3, 3, 7, 7]}


@pytest.mark.parametrize(
    ("place", "radius", "hidden", "index"),
    [
        ([0.9, 0.2], 1, [], 1),
        ([0.9, 0.2], 1, [3], 2),
        ([3, 3], 1, [], -1),
        ([4.5, 4.5], 1, [], 3),
        ([9, 9], 99, [7], 1),
    ],
)
def test_the_nearest_visible_point_is_found(ask, place, radius, hidden, index):
    assert ask("nearest", **POINTS, place=place, radius=radius, hidden=hidden) == index


def test_classes_know_their_points_and_where_they_are_at_home(ask):
    """A class in two parts is at home in the fuller one, not between them."""
    x, y, labels = [0, 4, 4.1, 4.2, -1], [0, 2, 2.1, 2.2, -1], [7, 7, 7, 7, 3]
    first, second = ask("classes", x=x, y=y, labels=labels)
    assert (first["label"], first["indices"], first["home"]) == (3, [4], [-1, -1])
    assert (second["label"], second["indices"]) == (7, [0, 1, 2, 3])
    assert second["home"] == pytest.approx([4.1, 2.1])


def test_the_first_view_is_a_square_with_all_points(ask):
    (left, right), (bottom, top) = ask("ranges", x=[-6, 1], y=[0, 3], labels=[0, 0])
    assert right - left == pytest.approx(top - bottom)
    assert left < -6
    assert right > 2
    assert bottom < -2
    assert top > 3


def test_smoothing_is_a_mean_of_the_past_with_weights_that_fall_with_its_age(ask):
    values = np.random.default_rng(0).normal(size=50)
    weights = 0.9 ** np.arange(50)
    expected = [np.average(values[: n + 1], weights=weights[n::-1]) for n in range(50)]
    np.testing.assert_allclose(ask("smoothed", values=values.tolist(), weight=0.9), expected)
    assert ask("smoothed", values=[7, 7, 7], weight=0.98) == pytest.approx([7, 7, 7])
    assert ask("smoothed", values=[3, 1, 2], weight=0) == [3, 1, 2]
    assert ask("smoothed", values=[], weight=0.5) == []


def test_text_from_outside_is_shown_as_it_was_typed(ask):
    shown = ask("escaped", text="<img src=x onerror=alert(1)> <b>&amp;</b>")
    assert shown == "&lt;img src=x onerror=alert(1)&gt; &lt;b&gt;&amp;amp;&lt;/b&gt;"


def test_a_long_name_keeps_its_start_and_its_end(ask):
    assert ask("shortened", text="😀" * 9, length=9) == "😀" * 9
    assert ask("shortened", text="article-1 with β = 4", length=9) == "arti… = 4"


def test_labels_do_not_cover_one_another(ask):
    wanted = [{"x": x, "width": 40} for x in (0, 10, 20, 30, 95)]
    places = ask("placed", wanted=wanted, width=100)
    assert [place["row"] for place in places] == [0, 1, 2, -1, 0]
    assert [place.get("side") for place in places[:3]] == ["left"] * 3
    assert (places[4]["side"], places[4]["shift"]) == ("right", -2)
    assert ask("placed", wanted=[{"x": 0, "width": 400}], width=100) == [{"row": -1}]


THEME = dict.fromkeys(("text", "background", "panel", "border", "accent"), "#123456") | {"font": "sans-serif"}
VIEW = {"theme": THEME, "width": 1200, "legendHeight": 30, "log": True, "smoothing": 0.5, "touch": False}


def drawn(ask, *series, loggable=True, marks=(), **view):
    panels = [{"title": "loss", "unit": "nats", "log": loggable, "series": list(series)}] * 2
    message = {"panels": panels, "marks": list(marks), "xTitle": "epoch", "palette": PALETTE}
    return ask("figure", message=message, view={**VIEW, **view})


STEPS = {"name": "steps", "role": "step", "index": 0, "x": [0.5, 1.0, 1.5], "y": [4.0, 0.0, 4.0]}
VALIDATION = {"name": "validation", "role": "validation", "index": 0, "x": [1, 2], "y": [3.0, 2.0]}


def test_a_name_stands_in_the_legend_once_and_as_typed(ask):
    name = "<b>run</b>"
    figure = drawn(ask, {**VALIDATION, "name": name, "role": "run"}, VALIDATION)
    legend = [trace["name"] for trace in figure["data"] if trace["showlegend"]]
    assert legend == ["&lt;b&gt;run&lt;/b&gt;", "validation"]
    assert name not in json.dumps([(trace["name"], trace["meta"], trace["uid"]) for trace in figure["data"]])


def test_only_steps_are_smoothed_and_what_was_recorded_stays_visible(ask):
    first = [trace for trace in drawn(ask, STEPS, VALIDATION)["data"] if trace["xaxis"] == "x1"]
    assert [trace["y"] for trace in first] == [STEPS["y"], pytest.approx([4, 4 / 3, 20 / 7]), VALIDATION["y"]]
    first = [trace for trace in drawn(ask, STEPS, VALIDATION, smoothing=0)["data"] if trace["xaxis"] == "x1"]
    assert [trace["y"] for trace in first] == [STEPS["y"], VALIDATION["y"]]


def test_the_scale_is_logarithmic_where_it_can_be(ask):
    def kind(**options):
        return drawn(ask, VALIDATION, **options)["layout"]["yaxis2"]["type"]

    assert (kind(), kind(loggable=False), kind(log=False)) == ("log", "linear", "linear")


def test_marks_cross_all_panels_and_the_best_epoch_has_a_star(ask):
    marks = [{"x": 1.5, "text": "β 1 → 4", "kind": "change"}, {"x": 2, "text": "best epoch 2", "kind": "best"}]
    figure = drawn(ask, VALIDATION, marks=marks)
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [1.5, 1.5, 2, 2]
    (star,) = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert (star["x"], star["y"], star["yaxis"]) == ([2], [2.0], "y1")
    assert {"β 1 → 4", "best epoch 2"} <= {note["text"] for note in figure["layout"]["annotations"]}


@pytest.mark.parametrize(("width", "columns"), [(1200, 2), (400, 1)])
def test_panels_reflow_and_stay_inside_the_page(ask, width, columns):
    layout = drawn(ask, VALIDATION, width=width)["layout"]
    domains = [layout[f"{axis}axis{i}"]["domain"] for axis in "xy" for i in (1, 2)]
    assert len({tuple(domain) for domain in domains[:2]}) == columns
    assert all(0 <= low < high <= 1 for low, high in domains)


def test_a_constant_rate_is_drawn_above_a_zero(ask):
    layout = drawn(ask, {**VALIDATION, "role": "setting", "y": [0.001, 0.001]}, log=False)["layout"]
    assert layout["yaxis1"]["autorangeoptions"] == {"minallowed": 0, "maxallowed": 0.002}


def test_the_view_grows_as_far_as_needed_and_stays_otherwise(ask):
    view = [[-3, 3], [-4, 4]]
    assert ask("grown", view=view, x=[0, 1], y=[0, -1], labels=[0, 0]) == view
    (left, right), (bottom, top) = ask("grown", view=view, x=[0, 5], y=[0, 0], labels=[0, 0])
    assert (left, bottom, top) == (-3, -4, 4)
    assert 5 < right < 6


@pytest.mark.parametrize(
    ("changes", "moves"),
    [
        ({"xaxis.range[0]": 1, "xaxis.range[1]": 2}, True),
        ({"yaxis.range": [1, 2]}, True),
        ({"xaxis.autorange": True}, True),
        ({"autosize": True}, False),
        ({"dragmode": "zoom"}, False),
    ],
)
def test_a_drag_moves_the_view_and_a_new_size_does_not(ask, changes, moves):
    assert ask("moves", changes=changes) is moves
