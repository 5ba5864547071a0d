"""log p(x, z) as a matrix product, against the model's own log p(x|z) + log p(z)."""

import pytest
import torch
from torch.distributions import Normal

from vae import data
from vae.analysis.joint import INTERPOLATED_SIDE, HiddenJoint, PixelJoint, make_joint
from vae.config import make_settings
from vae.model.vae import VAE

PLACES = torch.rand(40, 2, generator=torch.Generator().manual_seed(0))
CORNERS = torch.tensor([[0.0, 0.0], [-1.25, 0.5], [2.0, -2.0]])


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return data.load("test").tensors()[0][:30].float() / 255


def directly(model: VAE, x: torch.Tensor, side: float) -> torch.Tensor:
    """(B, S, N)"""
    z = CORNERS[:, None] + side * PLACES
    with torch.no_grad():
        parameters = model.decode(z)
        log_px_z = torch.stack([model.likelihood.log_prob(image.expand(*z.shape[:2], -1), parameters) for image in x])
    return log_px_z + Normal(0.0, 1.0).log_prob(z).sum(-1)


def by_product(joint: HiddenJoint | PixelJoint, side: float) -> torch.Tensor:
    with torch.no_grad():
        beside, constant = joint.on_squares(CORNERS, side, PLACES)
        return torch.einsum("bf,snf->bsn", joint.images, beside) + constant + joint.offset[:, None, None]


@pytest.mark.parametrize("side", [1.0, INTERPOLATED_SIDE, INTERPOLATED_SIDE / 8])
def test_the_product_over_hidden_units_is_the_joint_density(bundled, x, side):
    model = bundled.snapshot(60).model()
    joint = make_joint(model, x)
    assert isinstance(joint, HiddenJoint)
    off = (by_product(joint, side) - directly(model, x, side)).abs()
    assert off.max() < (1e-2 if side == INTERPOLATED_SIDE else 2e-3)
    assert off.mean() < 1e-3


@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli", "gaussian", "gaussian-pixel", "beta"])
def test_every_likelihood_has_a_product(x, likelihood):
    torch.manual_seed(0)
    model = VAE(make_settings({"hidden": "32", "likelihood": likelihood}))
    joint = make_joint(model, x)
    assert isinstance(joint, HiddenJoint) == likelihood.endswith("bernoulli")
    for side in (1.0, INTERPOLATED_SIDE):
        torch.testing.assert_close(by_product(joint, side), directly(model, x, side).double(), atol=2e-3, rtol=1e-5)


def test_a_wide_decoder_is_multiplied_over_pixels(x):
    torch.manual_seed(0)
    model = VAE(make_settings({"hidden": "1024"}))
    joint = make_joint(model, x)
    assert isinstance(joint, PixelJoint)
    torch.testing.assert_close(by_product(joint, 1.0), directly(model, x, 1.0).double(), atol=2e-3, rtol=1e-5)
