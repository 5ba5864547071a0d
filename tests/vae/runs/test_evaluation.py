import json

import pytest

from vae import data
from vae.errors import RunError
from vae.runs.evaluation import evaluate, record_evaluation
from vae.runs.history import EvaluationRecord, parse_record
from vae.runs.status import Status


def test_an_evaluation_measures_the_map_and_says_what_it_is_at(small_run, monkeypatch):
    few = data.ImageSet(*(array[:1000] for array in (data.load("test").images, data.load("test").labels)))
    whole, seen = data.load, []
    monkeypatch.setattr(data, "load", lambda split: few if split == "test" else whole(split))

    def watched(parts):
        for part in parts:
            seen.append(part.name)
            yield part

    figures = evaluate(small_run, 2, n_samples=1, watched=watched)
    assert seen[0] == "ELBO"
    assert seen[-1] == "trustworthiness"
    assert json.loads(json.dumps(figures)) == figures
    assert figures["active_units"] in (0, 1, 2)
    assert figures["mutual_information"] == pytest.approx(figures["kl"] - figures["aggregate_kl"], abs=1e-4)
    assert 0 < figures["mutual_information"] < figures["kl"]
    assert 0 < figures["aggregate_kl_error"] < 0.1
    assert -0.01 < figures["mmd"] < 2
    assert 0.5 < figures["trustworthiness"] < 1


def test_a_training_ends_with_the_figures_that_are_recorded_when_asked_for(small_run):
    at_the_end = small_run.history().evaluation
    assert None not in at_the_end.model_dump().values()
    record_evaluation(small_run, 2)
    first, second = small_run.history().evaluations
    assert first == at_the_end
    assert second.model_dump() == pytest.approx(first.model_dump())


def test_an_older_run_gets_its_figures_also_behind_a_torn_line(small_run):
    path = small_run.path / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    old = {"event": "evaluation", "epoch": 2, "step": 20, "knn_accuracy": 0.5}
    path.write_bytes(b"".join(lines[:-1]) + json.dumps(old).encode() + b'\n{"event":"st')
    assert small_run.history().evaluation.trustworthiness is None
    record_evaluation(small_run, 2)
    assert small_run.history().evaluation.trustworthiness > 0.5
    assert len(path.read_bytes().splitlines()) == len(lines) + 1


def test_what_counts_is_the_evaluation_of_the_last_epoch(small_run):
    before = small_run.history().evaluation
    record_evaluation(small_run, 0)
    assert small_run.history().evaluations[-1].epoch == 0
    assert small_run.history().evaluation == before


def test_a_training_under_way_is_not_written_into(small_run):
    small_run.write_status(Status(state="running").taken_by_this_process())
    before = small_run.metrics_size()
    with pytest.raises(RunError, match="is running; it records its figures when it ends"):
        record_evaluation(small_run, 2)
    assert small_run.metrics_size() == before


def test_an_evaluation_of_before_has_its_accuracy_alone():
    record = parse_record(b'{"event":"evaluation","epoch":60,"step":25800,"knn_accuracy":0.8316}')
    assert record == EvaluationRecord(epoch=60, step=25800, knn_accuracy=0.8316)
    assert record.trustworthiness is None
