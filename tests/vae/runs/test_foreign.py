"""Models of others, written as theirs are, against the runs that their checkpoints become."""

import math
import pickle
import zipfile
from io import BytesIO

import pytest
import torch
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.nn import functional

from vae import data
from vae.analysis.metrics import evaluate_elbo
from vae.cli import main
from vae.errors import RunError
from vae.model.elbo import estimator_b
from vae.runs.archive import pack
from vae.runs.foreign import import_checkpoint, is_checkpoint


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


def saved(state: object, **options: object) -> BytesIO:
    buffer = BytesIO()
    torch.save(state, buffer, **options)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize(("latent_dim", "activation"), [(2, torch.relu), (10, torch.relu), (2, torch.tanh)])
def test_the_imported_run_has_the_scripts_own_elbo(runs_folder, latent_dim, activation):
    script = trained(latent_dim, activation)
    run = import_checkpoint(saved(script.state_dict()), "vae.pth")
    assert (run.settings.latent_dim, run.settings.posterior_scale) == (latent_dim, "linear")
    assert run.settings.activation == activation.__name__
    model, x = run.snapshot(run.last_epoch()).model(), data.load("test").tensors()[0][:1000].float() / 255
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
    validation = evaluate_elbo(run.snapshot(1).model(), data.load("validation").tensors()[0])
    assert record.validation.elbo == pytest.approx(validation.elbo)
    assert record.validation.elbo > -250
    assert len(run.snapshot(1).latent().labels) == 10_000
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
        (lambda: saved([1, 2]), "holds 'list' and not names with tensors"),
        (lambda: saved({"epoch": 3, "loss": 1.0}), "no tensors, but 'epoch', 'loss'"),
        (lambda: saved({}), "no tensors, but nothing"),
        (lambda: changed(**{"encoder.b_h": NAN}), "not finite"),
        (lambda: changed(**{"encoder.b_h": torch.zeros(3)}), "encoder.W_h' is of shape"),
        (lambda: changed(**{"decoder.W_h.weight": torch.zeros(256, 3)}), "found 5 linear layers: 784-256, 256-2"),
        (lambda: changed(**{"encoder.W_h.weight": torch.zeros(256, 10)}), "expected an encoder from 784"),
        (lambda: changed(conv=torch.zeros(8, 1, 3, 3)), "found 'conv' of shape"),
        (lambda: saved(TutorialVAE(300).state_dict()), "latent dimension"),
        (lambda: changed(**{"encoder.b_mu": torch.full((2,), 1e30)}), "beyond"),
        (lambda: changed(**{"encoder.b_mu": torch.zeros(2, dtype=torch.complex64)}), "ComplexFloatStorage"),
        (lambda: changed(**{"encoder.b_mu": torch.ones(2, dtype=torch.bool)}), "holds bool"),
        (lambda: changed(**{"encoder.b_mu": torch.zeros(2).to_sparse()}), "_rebuild_sparse_tensor"),
        (lambda: changed(**{"encoder.b_mu": torch.zeros(2, device="meta")}), "_rebuild_meta_tensor_no_storage"),
        (lambda: changed(**{"encoder.b_mu": torch.zeros(1).expand(10**6, 10**6)}), "repeats its numbers"),
        (lambda: changed(**{"encoder.b_mu": bytearray(9)}), "bytearray"),
        (lambda: saved({f"fc{i}.weight": torch.zeros(4, 4) for i in range(30)}), "found 30 linear layers"),
        (lambda: BytesIO(safetensors.save({"a": torch.zeros(2, dtype=torch.int32)})), "holds int32"),
        (lambda: BytesIO(safetensors.save({"a": torch.zeros(2, 2)})[:-1]), "is damaged"),
        (lambda: BytesIO((900_000).to_bytes(8, "little") + b"{" + b" " * 900_000), "list of tensors"),
    ],
)
def test_what_is_no_such_checkpoint_is_refused_and_leaves_nothing(runs_folder, capsys, file, words):
    with pytest.raises(RunError, match=words) as refused:
        import_checkpoint(file(), "vae.pth")
    assert "Choose a file saved by" in str(refused.value)
    assert len(str(refused.value)) < 400
    assert "executed" not in capsys.readouterr().out
    assert not runs_folder.exists() or not list(runs_folder.iterdir())


def test_an_entry_that_unpacks_to_more_is_refused(runs_folder):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vae/data.pkl", b"0" * 10_000_000)
    packed.seek(0)
    with pytest.raises(RunError, match=r"not as torch\.save writes it"):
        import_checkpoint(packed, "vae.pth")


def test_a_zip_of_a_later_version_is_refused(runs_folder):
    """zipfile raises NotImplementedError at "version needed: 25.5"."""
    content = bytearray(changed().getvalue())
    at = content.index(b"PK\x01\x02") + 6
    content[at : at + 2] = (255).to_bytes(2, "little")
    assert is_checkpoint(BytesIO(content), "x")
    with pytest.raises(RunError, match="not a file that"):
        import_checkpoint(BytesIO(content), "vae.pth")


def test_a_checkpoint_is_told_from_a_run(small_run):
    assert is_checkpoint(saved({}), "renamed.zip")
    assert is_checkpoint(BytesIO(b""), "VAE.PTH")
    assert not is_checkpoint(BytesIO(pack(small_run)), "run.zip")
    assert not is_checkpoint(BytesIO(b"nothing"), "run.zip")


# Other people's models. Each gives μ, log σ² and the logits for a batch.


class Example(nn.Module):
    """As PyTorch's own example: one hidden layer, two heads, ReLU."""

    def __init__(self, names=("fc1", "fc21", "fc22", "fc3", "fc4"), width: int = 40, latent_dim: int = 3):
        super().__init__()
        shapes = [(784, width), (width, latent_dim), (width, latent_dim), (latent_dim, width), (width, 784)]
        self.names = names
        for name, shape in zip(names, shapes, strict=True):
            self.add_module(name, nn.Linear(*shape))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first, mu, logvar, back, out = (self.get_submodule(name) for name in self.names)
        h = functional.relu(first(x))
        return mu(h), logvar(h), out(functional.relu(back(mu(h))))


class SwappedHeads(Example):
    """log σ² stands before μ, and both say so."""

    def __init__(self):
        super().__init__(("enc", "mean", "log_var", "dec", "out"))
        self._modules = {name: self._modules[name] for name in ("enc", "log_var", "mean", "dec", "out")}


class Logarithm(Example):
    """The second head gives log σ."""

    def __init__(self):
        super().__init__(("enc", "mu", "log_std", "dec", "out"))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_sigma, logits = super().forward(x)
        return mu, 2 * log_sigma, logits


class Stacked(nn.Module):
    """nn.Sequential with one head of 2J, a decoder of other widths, tanh, and the decoder first in the file."""

    def __init__(self):
        super().__init__()
        self.decoder = nn.Sequential(
            nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 24), nn.Tanh(), nn.Linear(24, 784)
        )
        self.encoder = nn.Sequential(nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encoder(x).chunk(2, -1)
        return mu, logvar, self.decoder(mu)


class NestedHeads(Example):
    """log σ² stands before μ, and says so in the middle of its name."""

    def __init__(self):
        super().__init__(("enc", "fc_mu", "fc_logvar", "dec", "out"))
        modules = self._modules
        for name in ("fc_mu", "fc_logvar"):
            modules[name] = nn.Sequential(modules[name])
        self._modules = {name: modules[name] for name in ("enc", "fc_logvar", "fc_mu", "dec", "out")}


class WithoutBias(Example):
    def __init__(self):
        super().__init__()
        for name in self.names:
            self.get_submodule(name).bias = None


FORMS = {
    "plain": lambda state: saved(state),
    "data parallel": lambda state: saved({f"module.{name}": tensor for name, tensor in state.items()}),
    "compiled": lambda state: saved({f"_orig_mod.{name}": tensor for name, tensor in state.items()}),
    "state_dict": lambda state: saved({"epoch": 7, "state_dict": state, "loss": 101.5}),
    "model_state_dict": lambda state: saved({"optimizer_state_dict": {"state": {}}, "model_state_dict": state}),
    "model": lambda state: saved({"args": {"lr": 1e-3}, "model": {f"module.{k}": v for k, v in state.items()}}),
    "legacy": lambda state: saved(state, _use_new_zipfile_serialization=False),
    "safetensors": lambda state: BytesIO(safetensors.save({k: v.contiguous() for k, v in state.items()})),
    "double": lambda state: saved({name: tensor.double() for name, tensor in state.items()}),
    "tensors beside": lambda state: saved({"state_dict": state, "step": torch.tensor(3), "best": torch.tensor(1.5)}),
    "counted": lambda state: saved({**state, "steps": torch.tensor(7)}),
}
MODELS = [Example, SwappedHeads, Logarithm, Stacked, NestedHeads, WithoutBias]


def require_equal(model: nn.Module, file: BytesIO, activation: str) -> None:
    """The terms of the ELBO at z = μ by the author's module, and by the run that its checkpoint becomes."""
    run = import_checkpoint(file, "theirs.pth", activation)
    ours, x = run.snapshot(run.last_epoch()).model(), data.load("test").tensors()[0][:200].float() / 255
    with torch.no_grad():
        mu, logvar, logits = model(x)
        kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)
        cost = functional.binary_cross_entropy(torch.sigmoid(logits), x, reduction="none").sum(1)
        found_mu, found_logvar = ours.encode(x)
        found = estimator_b(ours.likelihood.log_prob(x, ours.decode(found_mu[None])), found_mu, found_logvar)
    torch.testing.assert_close(found.elbo, -cost - kl, rtol=1e-4, atol=1e-3)
    assert kl.mean() > 1e-4


@pytest.mark.parametrize("kind", MODELS)
def test_networks_of_others_have_their_own_elbo(runs_folder, kind):
    torch.manual_seed(3)
    model = kind()
    require_equal(model, saved(model.state_dict()), "tanh" if kind is Stacked else "relu")


@pytest.mark.parametrize("form", FORMS)
def test_it_may_be_kept_in_many_forms(runs_folder, form):
    torch.manual_seed(4)
    model = Example()
    require_equal(model, FORMS[form](model.state_dict()), "relu")


@pytest.mark.parametrize(
    ("change", "words"), [({"fc22.bias": 150.0}, "ELBO"), ({"fc21.bias": 9e5, "fc21.weight": 9e5}, "q")]
)
def test_a_network_whose_figures_are_not_finite_is_refused(runs_folder, change, words):
    state = Example().state_dict()
    state |= {name: torch.full_like(state[name], value) for name, value in change.items()}
    with pytest.raises(RunError, match=words):
        import_checkpoint(saved(state), "theirs.pth", "relu")
    assert not list(runs_folder.iterdir())


def test_what_was_recognised_is_said_and_what_was_chosen_counts(runs_folder, tmp_path, capsys):
    path = tmp_path / "theirs.pth"
    path.write_bytes(saved(Example().state_dict()).getvalue())
    assert main(["import", str(path), "--scale-head", "sigma", "--activation", "tanh"]) == 0
    said = capsys.readouterr()
    assert "784-40-3, σ head, Bernoulli. Hidden layers: tanh, as chosen" in said.err
    (run,) = (runs_folder / line.split("/")[-1] for line in said.out.split())
    assert run.exists()


def test_what_only_tanh_makes_finite_is_of_tanh(runs_folder):
    torch.manual_seed(6)
    state = Example().state_dict()
    state |= {"fc1.weight": 10 * torch.randn(40, 784), "fc22.weight": 0.5 * torch.randn(3, 40)}
    assert import_checkpoint(saved(state), "theirs.pth").settings.activation == "tanh"


def test_nothing_is_said_of_hidden_layers_that_are_not_there(runs_folder):
    state = {"mu.weight": torch.zeros(2, 784), "logvar.weight": torch.zeros(2, 784), "out.weight": torch.zeros(784, 2)}
    note = import_checkpoint(saved(state), "linear.pth").about.note
    assert note.endswith("Recognised: 784-2, log σ² head, Bernoulli.")


def test_what_a_run_cannot_be_told_is_refused(runs_folder, small_run, tmp_path, capsys):
    path = tmp_path / "run.zip"
    path.write_bytes(pack(small_run))
    assert main(["import", str(path), "--activation", "tanh"]) == 2
    assert "not a checkpoint; leave out --activation" in capsys.readouterr().err
