"""The tutorial's own model, written as it is there, against the run that its checkpoint becomes."""

import math
import pickle
import zipfile
from io import BytesIO

import pytest
import torch
from torch import Tensor, nn

from vae import data
from vae.__main__ import main
from vae.errors import RunError
from vae.metrics import evaluate_elbo
from vae.objective import estimator_b
from vae.tutorial import KEYS, import_checkpoint, is_checkpoint


class TutorialEncoder(nn.Module):
    def __init__(self, latent_dim: int, width: int):
        super().__init__()
        self.W_h, self.b_h = nn.Linear(784, width), nn.Parameter(torch.randn(width) * 0.1)
        self.W_mu, self.b_mu = nn.Linear(width, latent_dim), nn.Parameter(torch.randn(latent_dim) * 0.1)
        self.W_sgm, self.b_sgm = nn.Linear(width, latent_dim), nn.Parameter(torch.randn(latent_dim) * 0.1)


class TutorialDecoder(nn.Module):
    def __init__(self, latent_dim: int, width: int):
        super().__init__()
        self.W_h, self.b_h = nn.Linear(latent_dim, width), nn.Parameter(torch.randn(width) * 0.1)
        self.W_mu, self.b_mu = nn.Linear(width, 784), nn.Parameter(torch.randn(784) * 0.1)


class TutorialVAE(nn.Module):
    """sigmoid outputs, σ linear and of either sign, σ² + 1e-8 within the logarithm."""

    def __init__(self, latent_dim: int = 2, width: int = 256, activation=torch.relu):
        super().__init__()
        self.encoder, self.decoder = TutorialEncoder(latent_dim, width), TutorialDecoder(latent_dim, width)
        self.activation = activation

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.activation(self.encoder.W_h(x) + self.encoder.b_h)
        return self.encoder.W_mu(h) + self.encoder.b_mu, self.encoder.W_sgm(h) + self.encoder.b_sgm

    def elbo(self, x: Tensor, eps: Tensor) -> Tensor:
        mu, sigma = self.encode(x)
        h = self.activation(self.decoder.W_h(mu + sigma * eps) + self.decoder.b_h)
        y = torch.sigmoid(self.decoder.W_mu(h) + self.decoder.b_mu)
        reconstruction = (x * torch.log(y) + (1 - x) * torch.log(1 - y)).sum(1)
        kl = -0.5 * (1 + torch.log(sigma**2 + 1e-8) - mu**2 - sigma**2).sum(1)
        return reconstruction - kl


def trained(latent_dim: int = 2, activation=torch.relu) -> TutorialVAE:
    """A minute's worth of training, in two seconds: enough for it to draw, and for some σ to be negative."""
    torch.manual_seed(1)
    model = TutorialVAE(latent_dim, activation=activation)
    images = data.load("train").tensors()[0][:20_000].float() / 255
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for x in images.split(100):
        loss = -model.elbo(x, torch.randn(len(x), latent_dim)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


def saved(state: object) -> BytesIO:
    buffer = BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize(("latent_dim", "activation"), [(2, torch.relu), (10, torch.relu), (2, torch.tanh)])
def test_the_imported_run_has_the_scripts_own_elbo(runs_folder, latent_dim, activation):
    script = trained(latent_dim, activation)
    run = import_checkpoint(saved(script.state_dict()), "vae.pth")
    assert (run.settings.latent_dim, run.settings.posterior_scale) == (latent_dim, "linear")
    assert run.settings.activation == activation.__name__
    model, x = run.model(run.last_epoch()), data.load("test").tensors()[0][:1000].float() / 255
    with torch.no_grad():
        assert (script.encode(x)[1] < 0).any()
        expected = script.elbo(x, torch.randn(1, 1000, latent_dim, generator=torch.Generator().manual_seed(7))[0])
        parameters, _, mu, logvar = model(x, 1, torch.Generator().manual_seed(7))
        found = estimator_b(model.likelihood.log_prob(x, parameters), mu, logvar).elbo
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)


def test_it_is_a_run_like_any_other(runs_folder, capsys):
    run = import_checkpoint(saved(trained().state_dict()), "my vae.pth")
    assert run.path.parent == runs_folder
    assert run.status.state == "finished"
    assert run.epochs() == [1]
    assert run.name == "my vae"
    (record,) = run.history().epochs
    validation = evaluate_elbo(run.model(1), data.load("validation").tensors()[0])
    assert record.validation.elbo == pytest.approx(validation.elbo)
    assert record.validation.elbo > -250
    assert len(run.latent(1).labels) == 10_000
    assert main(["list"]) == 0
    assert run.id in capsys.readouterr().out


def test_the_command_line_imports_it(runs_folder, tmp_path, capsys):
    path = tmp_path / "vae.pth"
    path.write_bytes(saved(TutorialVAE(3).state_dict()).getvalue())
    assert main(["import", str(path)]) == 0
    assert capsys.readouterr().out.strip().startswith(str(runs_folder))


class Bomb:
    def __reduce__(self):
        return print, ("executed",)


def changed(**tensors: object) -> BytesIO:
    return saved({**TutorialVAE().state_dict(), **tensors})


NAN = torch.full((256,), math.nan)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: saved(Bomb()), "could execute code"),
        (lambda: changed(extra=Bomb()), "could execute code"),
        (lambda: BytesIO(pickle.dumps(Bomb())), "not a file that torch.save"),
        (lambda: BytesIO(b"no checkpoint"), "not a file that torch.save"),
        (lambda: BytesIO(changed().getvalue()[:5000]), "not a file that torch.save"),
        (lambda: saved([1, 2]), "no tensor encoder.W_h.weight"),
        (lambda: saved(dict.fromkeys(KEYS, 1.0)), "not tensors"),
        (lambda: changed(**{"encoder.b_h": NAN}), "not finite"),
        (lambda: changed(**{"encoder.b_h": torch.zeros(3)}), "encoder.W_h is of shape"),
        (lambda: changed(**{"decoder.W_h.weight": torch.zeros(256, 3)}), "would be of shape"),
        (lambda: changed(**{"encoder.W_h.weight": torch.zeros(256, 10)}), "would be of shape"),
        (lambda: saved(TutorialVAE(300).state_dict()), "latent dimension"),
        (lambda: changed(**{"encoder.b_mu": torch.full((2,), 1e30)}), "ELBO is not a finite number"),
    ],
)
def test_what_is_no_such_checkpoint_is_refused_and_leaves_nothing(runs_folder, capsys, file, words):
    with pytest.raises(RunError, match=words) as refused:
        import_checkpoint(file(), "vae.pth")
    assert "Choose a vae.pth" in str(refused.value)
    assert "executed" not in capsys.readouterr().out
    assert not runs_folder.exists() or not list(runs_folder.iterdir())


def test_an_entry_that_unpacks_to_more_is_refused(runs_folder):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vae/data.pkl", b"0" * 10_000_000)
    packed.seek(0)
    with pytest.raises(RunError, match=r"not as torch\.save writes it"):
        import_checkpoint(packed, "vae.pth")


def test_a_checkpoint_is_told_from_a_run(small_run):
    from vae.archive import pack

    assert is_checkpoint(saved({}), "renamed.zip")
    assert is_checkpoint(BytesIO(b""), "VAE.PTH")
    assert not is_checkpoint(BytesIO(pack(small_run)), "run.zip")
    assert not is_checkpoint(BytesIO(b"nothing"), "run.zip")
