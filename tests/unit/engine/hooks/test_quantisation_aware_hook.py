"""In training, and there alone, a student computes with what int8 keeps of weights and activations."""

from types import SimpleNamespace

import pytest
import torch
from mmpose.registry import HOOKS, MODELS
from torch import Tensor, nn

from tests.builders import CANVAS, canvases, model_config, samples
from unipose.engine.hooks.quantisation_aware_hook import rounded_activation, rounded_weight


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return MODELS.build(model_config('coco+mpii', 21, canvas_size=CANVAS))


def rounding(model: nn.Module) -> nn.Module:
    HOOKS.build(dict(type='QuantisationAwareHook')).before_train(SimpleNamespace(model=model))
    return model


def test_weights_keep_seven_bits_a_channel() -> None:
    weight = torch.stack([torch.linspace(-1, 1, 1001), torch.linspace(-8, 4, 1001)])[..., None, None]
    found = rounded_weight(weight)
    for channel, largest in zip(found, (1.0, 8.0)):
        steps = channel * 64 / largest
        assert torch.allclose(steps, steps.round(), atol=1e-4) and channel.abs().max() == largest
    assert (found - weight).abs().amax((1, 2, 3)).tolist() == pytest.approx([1 / 128, 8 / 128], rel=0.02)
    assert not rounded_weight(torch.zeros(2, 3, 1, 1)).any()


@pytest.mark.parametrize(('low', 'high'), [(-0.3, 5.0), (1.0, 5.0), (-5.0, -1.0)])
def test_activations_keep_eight_bits_of_their_range_and_zero(low: float, high: float) -> None:
    values = torch.linspace(low, high, 5001, requires_grad=True)
    found = rounded_activation(values)
    step = (max(high, 0) - min(low, 0)) / 255
    assert len(found.unique()) <= 256 and (found - values).abs().max() <= step * 0.51
    assert not rounded_activation(torch.zeros(3)).any()
    found.sum().backward()
    assert values.grad.mean() > 0.99  # as if nothing were rounded


def layers_seen(model: nn.Module) -> dict[str, Tensor]:
    """What each convolution is fed."""
    found: dict[str, Tensor] = {}
    for name, module in (*model.backbone.named_modules(), ('final', model.head.final_layer)):
        if isinstance(module, nn.Conv2d):
            module.register_forward_pre_hook(lambda _, args, name=name: found.__setitem__(name, args[0].detach()))
    model.loss(canvases(2), samples(2))
    return found


def test_every_convolution_is_fed_what_eight_bits_keep(model: nn.Module) -> None:
    fed = layers_seen(rounding(model).train())
    assert len(fed) > 20
    for name, values in fed.items():
        assert len(values.unique()) <= 256, name


def test_gradients_reach_every_weight(model: nn.Module) -> None:
    plain, _ = model.parse_losses(model.train().loss(canvases(2), samples(2)))
    loss, _ = model.parse_losses(rounding(model).loss(canvases(2), samples(2)))
    assert loss != plain and loss.item() == pytest.approx(plain.item(), rel=0.2)
    loss.backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.backbone.parameters())


def test_evaluation_and_what_is_saved_are_not_rounded(model: nn.Module) -> None:
    images, before = canvases(2), {name: value.clone() for name, value in model.state_dict().items()}
    expected = model.eval().extract_feat(model.student_input(images))[0]
    found = rounding(model).eval().extract_feat(model.student_input(images))[0]
    assert torch.equal(found, expected)
    after = model.state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name]) for name in before)
