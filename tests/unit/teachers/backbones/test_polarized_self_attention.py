"""The attention computes what the paper's equations say, in their order of products."""

import numpy as np
import pytest
import torch

from unipose.teachers.backbones import PolarizedSelfAttention


def softmax(values: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    exponents = np.exp(values - values.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def paper(weights: dict[str, np.ndarray], features: np.ndarray, layout: str) -> np.ndarray:
    """Liu et al. 2021, section 3, of one feature map [C, H, W]; every 1x1 convolution computes at every place."""
    channels, height, width = features.shape

    def convolution(name: str, maps: np.ndarray) -> np.ndarray:  # W_q, W_v, W_z: [C_in, ...] to [C_out, ...]
        return np.tensordot(weights[f'{name}.weight'], maps, axes=1)

    def channel_only(maps: np.ndarray) -> np.ndarray:  # [C, 1, 1]
        value = convolution('channel.value', maps).reshape(channels // 2, height * width)
        query = softmax(convolution('channel.query', maps).reshape(height * width))
        raised = convolution('channel.expand', value @ query)
        normalised = (raised - raised.mean()) / np.sqrt(raised.var() + 1e-5)
        scaled = normalised * weights['channel.norm.weight'] + weights['channel.norm.bias']
        return sigmoid(scaled)[:, None, None]

    def spatial_only(maps: np.ndarray) -> np.ndarray:  # [1, H, W]
        query = softmax(convolution('spatial.query', maps).mean((1, 2)))
        value = convolution('spatial.value', maps).reshape(channels // 2, height * width)
        return sigmoid(query @ value).reshape(1, height, width)

    if layout == 'parallel':
        return channel_only(features) * features + spatial_only(features) * features
    of_channels = channel_only(features) * features
    return spatial_only(of_channels) * of_channels


def attention(layout: str, channels: int = 6) -> PolarizedSelfAttention:
    """With weights far from those it begins with."""
    torch.manual_seed(0)
    module = PolarizedSelfAttention(channels, layout).double()
    for parameter in module.parameters():
        parameter.data.normal_()
    return module


@pytest.mark.parametrize('layout', ['parallel', 'sequential'])
@pytest.mark.parametrize('order', [torch.contiguous_format, torch.channels_last])
def test_it_is_the_papers(layout: str, order: torch.memory_format) -> None:
    module = attention(layout)
    features = torch.randn(3, 6, 5, 4, dtype=torch.float64).contiguous(memory_format=order)
    weights = {name: value.numpy() for name, value in module.state_dict().items()}
    expected = np.stack([paper(weights, sample.numpy(), layout) for sample in features])
    found = module(features)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-9, atol=1e-12)
    assert found.is_contiguous(memory_format=order)


@pytest.mark.parametrize('layout', ['parallel', 'sequential'])
def test_its_gradients_are_those_of_what_it_computes(layout: str) -> None:
    module = attention(layout, channels=4)
    features = torch.randn(2, 4, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(module, (features,))
    module(features).sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in module.parameters())


def test_attention_that_says_nothing_leaves_the_features_or_a_quarter_of_them() -> None:
    features = torch.randn(2, 6, 5, 4)
    for layout, share in (('parallel', 1.0), ('sequential', 0.25)):
        module = PolarizedSelfAttention(6, layout)
        torch.nn.init.zeros_(module.channel.norm.weight)
        torch.nn.init.zeros_(module.spatial.value.weight)
        torch.testing.assert_close(module(features), share * features)


def test_an_unknown_layout_is_told() -> None:
    with pytest.raises(ValueError, match=r"psa must be one of \('parallel', 'sequential'\). Got: 'p'"):
        PolarizedSelfAttention(6, 'p')
