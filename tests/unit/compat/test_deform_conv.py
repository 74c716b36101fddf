"""Deformable convolution against the papers' formula in plain loops, and mmcv's and torchvision's operators."""

import itertools
import sys
import types

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from unipose import compat
from unipose.compat import torchvision_name
from unipose.compat.deform_conv import deform_conv2d

compat.apply()

SHAPES = dict(
    plain=dict(),
    dekr=dict(channels=6, outputs=6, groups=3, shared=3, padding=(1, 1)),
    apart=dict(size=(7, 6), kernel=(3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2), shared=2),
    one_pixel=dict(size=(1, 1), padding=(1, 1)),
)


def example(
    channels=4,
    outputs=3,
    groups=1,
    shared=1,
    size=(6, 5),
    kernel=(3, 3),
    stride=(1, 1),
    padding=(0, 0),
    dilation=(1, 1),
):
    """Inputs in float64, with offsets that lead out of the picture too."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    out = [(s + 2 * p - d * (k - 1) - 1) // t + 1 for s, p, d, k, t in zip(size, padding, dilation, kernel, stride)]
    taps = kernel[0] * kernel[1]
    tensors = dict(
        inputs=random(2, channels, *size),
        offset=2 * random(2, 2 * shared * taps, *out),
        weight=random(outputs, channels // groups, *kernel),
        bias=random(outputs),
        mask=random(2, shared * taps, *out).sigmoid(),
    )
    return tensors, dict(stride=stride, padding=padding, dilation=dilation)


def bilinear(picture, y, x):
    """The sum over all pixels q of g(q_y, y) * g(q_x, x) * picture(q), g(a, b) = max(0, 1 - |a - b|)."""
    return sum(
        max(0, 1 - abs(row - y)) * max(0, 1 - abs(column - x)) * picture[row, column]
        for row, column in np.ndindex(picture.shape)
    )


def formula(inputs, offset, weight, bias, mask, stride, padding, dilation):
    """y(p) = b + sum over taps k of w_k * x(p + p_k + offset_k) * m_k."""
    inputs, offset, weight, bias, mask = (value.numpy() for value in (inputs, offset, weight, bias, mask))
    outputs, per_group, high, wide = weight.shape
    groups, shared = inputs.shape[1] // per_group, mask.shape[1] // (high * wide)
    result = np.zeros((len(inputs), outputs, *offset.shape[2:]))
    for n, o, y, x in np.ndindex(result.shape):
        result[n, o, y, x] = bias[o]
        for c, i, j in itertools.product(range(per_group), range(high), range(wide)):
            channel = o // (outputs // groups) * per_group + c
            tap = channel // (inputs.shape[1] // shared) * high * wide + i * wide + j
            row = y * stride[0] - padding[0] + i * dilation[0] + offset[n, 2 * tap, y, x]
            column = x * stride[1] - padding[1] + j * dilation[1] + offset[n, 2 * tap + 1, y, x]
            read = bilinear(inputs[n, channel], row, column)
            result[n, o, y, x] += weight[o, c, i, j] * read * mask[n, tap, y, x]
    return result


@pytest.fixture(autouse=True)
def without_torchvision(monkeypatch):
    monkeypatch.setattr('unipose.compat.deform_conv.torchvision_operator', lambda name: None)


@pytest.mark.parametrize('shape', SHAPES.values(), ids=SHAPES)
def test_values_are_the_formulas(shape):
    tensors, settings = example(**shape)
    np.testing.assert_allclose(deform_conv2d(**tensors, **settings), formula(**tensors, **settings), atol=1e-10)
    single = {name: value.float() for name, value in tensors.items()}
    np.testing.assert_allclose(
        deform_conv2d(**single, **settings), formula(**tensors, **settings), atol=1e-5, rtol=1e-5
    )


def test_gradients_are_those_of_small_steps():
    tensors, settings = example(channels=4, outputs=2, groups=2, shared=2, size=(4, 3), padding=(1, 1))
    leaves = [value.requires_grad_() for value in tensors.values()]
    assert torch.autograd.gradcheck(
        lambda *values: deform_conv2d(**dict(zip(tensors, values)), **settings), leaves, eps=1e-6, atol=1e-5
    )


def test_without_offsets_it_is_a_convolution():
    tensors, settings = example(groups=2, channels=4, outputs=4, padding=(1, 1))
    tensors['offset'].zero_()
    mask = torch.full_like(tensors.pop('mask'), 0.5)
    found = deform_conv2d(**tensors, **settings, mask=mask)
    torch.testing.assert_close(
        found, conv2d(tensors['inputs'], tensors['weight'] / 2, tensors['bias'], **settings, groups=2)
    )
    tensors.pop('bias')
    torch.testing.assert_close(
        deform_conv2d(**tensors, **settings), conv2d(tensors['inputs'], tensors['weight'], **settings, groups=2)
    )


def test_bfloat16_reads_the_right_pixels():
    tensors, settings = example(channels=1, outputs=1, size=(1, 700), kernel=(1, 1))
    tensors = {name: tensors[name].bfloat16() for name in ('inputs', 'offset', 'weight')}
    tensors['weight'].fill_(1)
    tensors['offset'].zero_()
    torch.testing.assert_close(deform_conv2d(**tensors, **settings), tensors['inputs'], rtol=0.01, atol=0.01)


def modules(groups, shared):
    from mmcv.ops import DeformConv2d, ModulatedDeformConv2d

    torch.manual_seed(0)
    settings = dict(kernel_size=3, padding=1, groups=groups, deform_groups=shared, bias=False)
    return DeformConv2d(6, 6, **settings).double(), ModulatedDeformConv2d(6, 6, **settings | dict(bias=True)).double()


def test_mmcvs_own_modules_agree():
    """On the stand-in, or on mmcv's compiled module where that is installed."""
    tensors, settings = example(channels=6, outputs=6, groups=3, shared=2, padding=(1, 1))
    inputs, offset, mask = (tensors[name].requires_grad_() for name in ('inputs', 'offset', 'mask'))
    plain, modulated = modules(groups=3, shared=2)
    for module, extra in ((plain, {}), (modulated, dict(mask=mask))):
        own = dict(module.named_parameters())
        leaves = [inputs, offset, *own.values(), *extra.values()]
        outputs = module(inputs, offset, *extra.values())
        expected = deform_conv2d(inputs, offset, **own, **extra, **settings)
        torch.testing.assert_close(outputs, expected)
        weights = torch.linspace(-1, 1, outputs.numel(), dtype=torch.float64).view_as(outputs)
        for found, right in zip(*(torch.autograd.grad((o * weights).sum(), leaves) for o in (outputs, expected))):
            torch.testing.assert_close(found, right)


def test_torchvisions_operator_agrees_where_it_is():
    ready = torchvision_name.torchvision_operator('deform_conv2d')
    if not ready:
        pytest.skip('no working torchvision is installed')
    tensors, settings = example(channels=6, outputs=6, groups=3, shared=2, padding=(1, 1))
    torch.testing.assert_close(ready(**tensors, **settings), deform_conv2d(**tensors, **settings))


def test_it_is_torchvisions_where_that_imports(monkeypatch):
    monkeypatch.setattr('unipose.compat.deform_conv.torchvision_operator', torchvision_name.torchvision_operator)
    ops = types.ModuleType('torchvision.ops')
    ops.deform_conv2d = lambda *given: given
    monkeypatch.setitem(sys.modules, 'torchvision', types.ModuleType('torchvision'))
    monkeypatch.setitem(sys.modules, 'torchvision.ops', ops)
    torchvision_name.torchvision_operator.cache_clear()
    try:
        assert deform_conv2d(1, 2, 3, mask=4) == (1, 2, 3, None, (1, 1), (0, 0), (1, 1), 4)
    finally:
        torchvision_name.torchvision_operator.cache_clear()
