"""HRNet with attention: where it is, what loads into it, what it costs, and that it trains as its config says."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.models.backbones import HRNet
from mmpose.models.backbones.resnet import BasicBlock, Bottleneck
from mmpose.registry import MODELS
from torch import nn

from unipose.checkpoints.without_starts import without_starts
from unipose.commands.train.preparation import prepare_training
from unipose.teachers.backbones import PolarizedSelfAttention, PSAHRNet
from unipose.teachers.backbones.psa_hrnet import PSABasicBlock, PSABottleneck
from unipose.teachers.networks.folded import folded

CONFIG = Path(__file__).resolve().parents[4] / 'configs/teachers/hrnet-w48-psa_udp_coco-256x192.py'


def narrow(extra: dict) -> dict:
    """Stages of a 12th of the width, with one module each."""
    extra = copy.deepcopy(dict(extra))
    for stage in ('stage2', 'stage3', 'stage4'):
        channels = tuple(count // 12 for count in extra[stage]['num_channels'])
        extra[stage].update(num_modules=1, num_channels=channels)
    return extra


EXTRA = narrow(Config.fromfile(CONFIG).model.backbone.extra)


def backbone(psa: str = 'parallel', **options) -> PSAHRNet:
    torch.manual_seed(0)
    return MODELS.build(dict(type='PSAHRNet', extra=EXTRA, psa=psa, **options))


@pytest.mark.parametrize('psa', ['parallel', 'sequential'])
def test_every_block_has_attention(psa: str) -> None:
    blocks = [part for part in backbone(psa).modules() if isinstance(part, (BasicBlock, Bottleneck))]
    assert len(blocks) == 4 + 4 * (2 + 3 + 4)
    assert all(block.psa.layout == psa for block in blocks)


@pytest.mark.parametrize(
    ('block', 'order'),
    [
        (PSABasicBlock(8, 8, psa='parallel'), ['conv1', 'bn1', 'relu', 'psa', 'conv2', 'bn2', 'relu']),
        (
            PSABottleneck(8, 8, psa='parallel'),
            ['conv1', 'bn1', 'relu', 'conv2', 'bn2', 'relu', 'psa', 'conv3', 'bn3', 'relu'],
        ),
    ],
    ids=['basic', 'bottleneck'],
)
def test_attention_follows_the_first_3x3_convolution(block: nn.Module, order: list[str]) -> None:
    called = []
    for name, part in block.named_children():
        part.register_forward_hook(lambda *_, name=name: called.append(name))
    block(torch.randn(2, 8, 4, 4))
    assert called == order


def test_without_attention_it_is_mmposes_hrnet_and_loads_its_weights() -> None:
    torch.manual_seed(1)
    plain, ours = HRNet(EXTRA), backbone()
    missing = ours.load_state_dict(plain.state_dict(), strict=False)
    assert not missing.unexpected_keys and all('.psa.' in key for key in missing.missing_keys)
    for part in ours.modules():
        if isinstance(part, PolarizedSelfAttention):
            nn.init.zeros_(part.channel.norm.weight)
            nn.init.zeros_(part.spatial.value.weight)
    images = torch.randn(2, 3, 64, 64)
    for found, expected in zip(ours(images), plain(images), strict=True):
        torch.testing.assert_close(found, expected)


def test_recomputing_saves_memory_and_changes_nothing() -> None:
    images, gradients = torch.randn(2, 3, 64, 64), []
    for with_cp in (False, True):
        model = backbone(with_cp=with_cp)
        sum(maps.square().mean() for maps in model(images)).backward()
        gradients.append([parameter.grad for parameter in model.parameters() if parameter.grad is not None])
    assert len(gradients[0]) == len(gradients[1])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_an_unknown_layout_is_told() -> None:
    with pytest.raises(ValueError, match="psa must be one of .* Got: 'p'"):
        backbone('p')


def test_the_config_is_as_large_as_published() -> None:
    """The paper has 70.0 to 70.1 M parameters and 15.7 GFLOPs, beside 63.6 M and 14.6 of HRNet-w48 alone."""
    settings = without_starts(Config.fromfile(CONFIG).model)
    with torch.device('meta'):
        model = MODELS.build(settings)
    attentions = [part for part in model.modules() if isinstance(part, PolarizedSelfAttention)]
    assert millions(model) == pytest.approx(70.05, abs=0.05)
    assert millions(model) - sum(map(millions, attentions)) == pytest.approx(63.6, abs=0.05)
    # three 1x1 convolutions from C to C / 2 channels, which the paper computes at every place
    operations = sum(3 * part.channel.value.weight.numel() * places(part) for part in attentions)
    assert operations / 1e9 == pytest.approx(15.7 - 14.6, abs=0.1)


def millions(model: nn.Module) -> float:
    return sum(parameter.numel() for parameter in model.parameters()) / 1e6


def places(attention: PolarizedSelfAttention) -> int:
    """In its features, of an input of 192x256: a quarter of that in stages of 48 and 64 channels."""
    (channels,) = attention.channel.norm.normalized_shape
    return 48 * 64 // max(channels // 48, 1) ** 2


def small_model() -> dict:
    settings = without_starts(Config.fromfile(CONFIG).model)
    settings.backbone.extra = EXTRA
    settings.head.in_channels = 4
    return settings


def test_its_normalisations_are_folded() -> None:
    model = MODELS.build(small_model()).eval()
    faster = folded(model, (192, 256))
    assert faster is not model and not any(isinstance(part, nn.BatchNorm2d) for part in faster.backbone.modules())


def test_the_config_trains_a_step(synthetic: Path, tmp_path: Path) -> None:
    config = Config.fromfile(CONFIG)
    config.model = small_model()
    config.train_dataloader.update(batch_size=2, num_workers=0, persistent_workers=False)
    config.train_dataloader.dataset.data_root = str(synthetic / 'coco')
    config.update(work_dir=str(tmp_path), val_dataloader=None, val_evaluator=None, val_cfg=None)
    config.update(test_dataloader=None, test_evaluator=None, test_cfg=None)
    prepare_training(config)
    runner = Runner.from_cfg(config)
    optimizer = runner.build_optim_wrapper(runner.optim_wrapper)
    before = copy.deepcopy(runner.model.state_dict())
    loader = runner.build_dataloader(runner._train_dataloader, seed=0)
    logged = runner.model.train_step(next(iter(loader)), optimizer)
    assert logged['loss_kpt'].isfinite() and logged['loss_kpt'] > 0
    after = runner.model.state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    assert any('psa.channel' in key for key in moved) and any('psa.spatial' in key for key in moved)
