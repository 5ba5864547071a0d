import json
import subprocess
import sys

import pytest

from tests import thousand
from vae import data
from vae.cli import main
from vae.runs import catalogue


def run_main(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--epochs", "0"], "epochs '0' is out of range; accepted: whole numbers from 1 to 10000"),
        (["train", "--preset", "worst"], "preset 'worst' is out of range; accepted: plane, best, article, article-10"),
        (["train", "--hidden", "a-b"], "hidden widths 'a-b' is out of range"),
        (["train", "--width", "3"], "unrecognized arguments: --width 3"),
        (["train", "--threads", "0"], "'0' is not a whole number from 1 on"),
        (["train", "--threads", "-1"], "'-1' is not a whole number from 1 on"),
        (["evaluate", "x" * 300], "There is no run named"),
        (["evaluate", "nothing"], "There is no run named 'nothing'"),
        (["evaluate", "mnist-plane", "--epoch", "7"], "has no snapshot of epoch 7. It has: [0, 1, 2, 3, 5, 9, 17"),
        (["evaluate", "mnist-plane", "--epoch", "5"], "holds only the decoder. Epochs with the encoder: 60."),
        (["train", "--run-dir", "/proc/x/y"], "Cannot write /proc/x/y"),
        (["resume", "mnist-plane"], "came with the app and is read-only"),
        (["resume", "nothing"], "There is no run named"),
        (["import", "/nowhere.zip"], "Cannot read /nowhere.zip"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: COMMAND"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(capsys, arguments, words):
    code, out, err = run_main(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_train_evaluate_and_list(capsys, small_mnist, tmp_path, monkeypatch):
    path = tmp_path / "mine"
    arguments = ["--preset", "article", "--epochs", "2", "--hidden", "16", "--seed", "3", "--run-dir", str(path)]
    code, out, _ = run_main(capsys, "train", *arguments)
    assert code == 0
    assert "epoch 2/2" in out
    assert "finished" in out

    with monkeypatch.context() as patch:
        patch.setattr(data, "load", thousand.load_of_each)
        code, out, _ = run_main(capsys, "evaluate", str(path))
    figures = json.loads(out)
    assert code == 0
    assert figures["elbo"] == pytest.approx(figures["reconstruction"] - figures["kl"])
    assert figures["samples"] >= 4
    assert 0.1 < figures["knn_accuracy"] <= 1
    assert figures["parameters"] == 784 * 16 + 16 + 2 * (16 * 2 + 2) + 2 * 16 + 16 + 16 * 784 + 784

    code, _, err = run_main(capsys, "train", "--run-dir", str(path))
    assert code == 2
    assert "already holds a run (finished)" in err

    code, _, err = run_main(capsys, "resume", str(path))
    assert code == 2
    assert "has finished all of its epochs" in err
    code, out, _ = run_main(capsys, "resume", str(path), "--epochs", "1")
    assert code == 0
    assert "epoch 3/3" in out


def test_export_and_import(capsys, small_run, runs_folder, tmp_path):
    file = tmp_path / "run.zip"
    assert run_main(capsys, "export", small_run.id, str(file))[0] == 0
    code, out, _ = run_main(capsys, "import", str(file))
    assert code == 0
    imported = catalogue.find_run(out.strip().split("/")[-1])
    assert imported.id != small_run.id
    assert imported.history() == small_run.history()
    code, _, err = run_main(capsys, "export", small_run.id, str(file))
    assert code == 2
    assert "already exists" in err
    file.write_bytes(b"no zip")
    code, _, err = run_main(capsys, "import", str(file))
    assert code == 2
    assert "cannot be imported" in err
    assert err.count("\n") == 1


def test_list_shows_every_run_and_says_which_are_damaged(capsys, small_run, runs_folder):
    damaged = catalogue.create_run(small_run.settings)
    (damaged.path / "config.json").write_text("{")
    code, out, _ = run_main(capsys, "list")
    assert code == 0
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "finished" in lines["mnist-plane"]
    assert "epoch 2/2" in lines[small_run.id]
    assert "damaged" in lines[damaged.id]


def test_ship_copies_a_finished_run(capsys, small_run, tmp_path):
    code, out, _ = run_main(capsys, "ship", small_run.id, str(tmp_path / "small"))
    assert code == 0
    assert out.strip() == str(tmp_path / "small")


@pytest.mark.timeout(300)
def test_the_bundled_run_is_as_good_as_it_says():
    done = subprocess.run(
        [sys.executable, "-m", "vae", "evaluate", "mnist-plane"], capture_output=True, text=True, check=True
    )
    figures = json.loads(done.stdout)
    assert -figures["elbo"] <= 139
    assert figures["elbo"] == pytest.approx(figures["reconstruction"] - figures["kl"])
    assert figures["knn_accuracy"] > 0.8
