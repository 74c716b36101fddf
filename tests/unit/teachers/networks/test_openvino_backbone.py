"""A backbone in OpenVINO says what it says in torch, whoever asks and of however many images."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

pytest.importorskip('openvino')

from unipose.teachers.networks.openvino_backbone import OpenVinoBackbone  # noqa: E402


class TwoMaps(nn.Module):
    """Maps of two sizes."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Conv2d(4, 5, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        first = nn.functional.silu(self.first(images))
        return first, self.second(first)


class Nested(TwoMaps):
    def forward(self, images: Tensor) -> list[tuple[Tensor, Tensor]]:
        return [super().forward(images)]


@pytest.fixture(scope='module')
def backbone() -> OpenVinoBackbone:
    return OpenVinoBackbone(TwoMaps().eval(), (12, 16), is_bf16=False)


def images(count: int) -> Tensor:
    noise = torch.randn(count, 16, 12, 3, generator=torch.Generator().manual_seed(count))
    return noise.permute(0, 3, 1, 2)  # as canvases lie


@pytest.mark.parametrize('count', [1, 5, 40])
@torch.no_grad()
def test_it_says_what_torch_says(backbone: OpenVinoBackbone, count: int) -> None:
    expected, found = TwoMaps().eval()(images(count)), backbone(images(count))
    assert [tuple(maps.shape) for maps in found] == [(count, 4, 8, 6), (count, 5, 8, 6)]
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(expected, found, strict=True))


@torch.no_grad()
def test_threads_do_not_disturb_each_other_nor_what_was_said_before(backbone: OpenVinoBackbone) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda count: backbone(images(count)), range(1, 30)))
    for count, maps in zip(range(1, 30), found, strict=True):
        assert torch.allclose(maps[1], TwoMaps().eval()(images(count))[1], atol=1e-5)


def test_it_is_told_what_it_cannot_do(backbone: OpenVinoBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="a teacher: backend='openvino' computes on the CPU, .* is on meta"):
        backbone(images(1).to('meta'))
    with pytest.raises(ValueError, match='a tuple of maps.*Got: list'):
        OpenVinoBackbone(Nested().eval(), (12, 16), is_bf16=False)
    monkeypatch.setitem(sys.modules, 'openvino', None)
    with pytest.raises(ImportError, match='pip install openvino'):
        OpenVinoBackbone(TwoMaps().eval(), (12, 16), is_bf16=False)
