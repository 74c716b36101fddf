"""What the speed benchmark runs: full-size models with random weights, on synthetic people in large images."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpose.datasets.transforms import GenerateTarget
from mmpose.registry import MODELS, TRANSFORMS

import benchmarks.quality.contestants  # noqa: F401  registers the reference recipe
from unipose.checkpoints.without_starts import without_starts
from unipose.commands.cache import cache_teachers
from unipose.commands.crops import prepare_crops
from unipose.commands.train.config import use_mixed_precision
from unipose.commands.train.stages import use_prepared_crops, use_stored_targets
from unipose.datasets.synthetic import SceneOptions, generate_coco, generate_mpii
from unipose.evaluation.configs import student_config

DATA = Path('data/throughput')
WORK_DIR = Path('work_dirs/throughput')
# COCO's usual image size, and people from small to as high as the image
PEOPLE = SceneOptions(image_size=(640, 480), person_height=(60.0, 400.0), difficulty=0.5)


@TRANSFORMS.register_module()
class GenerateUnusedTarget(GenerateTarget):
    """Makes SimCC labels as MMPose's pipeline does; the distiller makes its own, on the whole batch."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Makes the labels and forgets them."""
        super().transform(dict(results))
        return results


def base_config(size: str, num_images: int) -> Config:
    """The distillation config of a student, on synthetic people and with teachers of random weights.

    Args:
        size: ``'tiny'`` or ``'small'``.
        num_images: COCO-style images; there is one MPII-style image for seven.
    """
    init_default_scope('mmpose')
    root = DATA / str(num_images)
    generate_coco(root / 'coco', {'train2017': num_images}, 0, PEOPLE, progress=True)
    generate_mpii(root / 'mpii', {'train': -(-num_images // 7)}, 1, PEOPLE, progress=True)
    config = Config.fromfile(f'configs/distill_{size}.py')
    config.custom_hooks = []  # one stage of augmentation is enough
    config.train_dataloader.dataset.seed = 0
    for name, source in config.train_dataloader.dataset.sources.items():
        source.dataset.data_root = str(root / name)
    use_random_weights(config)
    return config


def use_random_weights(config: Config) -> None:
    """Has a config's student start from random weights, and its teachers be of random weights; in place."""
    config.model = without_starts(config.model)
    for name, entry in config.model.teachers.items():
        entry.checkpoint = str(_random_weights(f'teacher_{name}', Config.fromfile(entry.config).model))


def test_config(size: str, num_images: int) -> Config:
    """The same with people to test on, of whom there are as many."""
    config = base_config(size, num_images)
    root = DATA / f'{num_images}_val'
    generate_coco(root / 'coco', {'val2017': num_images}, 2, PEOPLE, progress=True)
    generate_mpii(root / 'mpii', {'val': -(-num_images // 7)}, 3, PEOPLE, progress=True)
    sources = config.test_dataloader.dataset.sources
    for name, source in sources.items():
        source.dataset.data_root = str(root / name)
    sources.mpii.dataset.headbox_file = str(root / 'mpii/annotations/mpii_gt_val.mat')
    config.test_evaluator.metrics.coco.ann_file = str(root / 'coco/annotations/person_keypoints_val2017.json')
    config.test_dataloader.num_workers = 0
    return config


def random_student(config: Config) -> Path:
    """Weights of a config's student that has learned nothing."""
    return _random_weights('student', student_config(config).model)


def contestants(config: Config, fast: bool) -> dict[str, Config]:
    """Configs of the ways to train a student, by name.

    Args:
        config: Of :func:`base_config`.
        fast: In bfloat16 where the machine has units for it; else in fp32. The reference recipe is in fp32 anyway.
    """
    online = copy.deepcopy(config)
    if fast:
        use_mixed_precision(online)
    else:
        for entry in online.model.teachers.values():
            entry.precision = 'fp32'
    alone = copy.deepcopy(online)
    alone.model.update(teachers=None, dialects=None, combine='separate')
    alone.model.test_cfg.dialects = False
    plain = copy.deepcopy(online)  # nothing but terms of the teachers
    plain.model.dialects, plain.model.test_cfg.dialects = None, False
    compiled = copy.deepcopy(online)
    for entry in compiled.model.teachers.values():
        entry.compile = True
    cached = copy.deepcopy(online)
    use_prepared_crops(cached, stored_crops(config))
    use_stored_targets(cached, stored_targets(cached))
    return dict(
        alone=alone,
        online=online,
        compiled=compiled,
        plain=plain,
        cached=cached,
        reference=reference_recipe(config),
    )


def reference_recipe(config: Config) -> Config:
    """The predecessor's recipe as its users run it: MMPose's transforms, plain teachers and optimizer, fp32."""
    config = copy.deepcopy(config)
    stock = Config.fromfile('configs/_base_/coco-mpii_192x256_stock.py').train_pipeline
    *augment, pack = stock
    generate = dict(type='GenerateUnusedTarget', encoder=config.model.head.decoder)
    config.train_dataloader.dataset.pipeline = [*augment, generate, pack]
    config.model.update(type='ReferenceDistiller', dialects=None, combine='separate')
    config.model.test_cfg.dialects = False
    config.model.data_preprocessor.type = 'PoseDataPreprocessor'
    config.model.teachers.mpii.schedule = 'linear'
    for entry in config.model.teachers.values():
        entry.weight = 1.0
    config.optim_wrapper.pop('constructor')
    config.optim_wrapper.optimizer.pop('fused')
    config.train_dataloader.pop('collate_fn')
    return config


def stock_transforms(config: Config) -> list[dict[str, Any]]:
    """The training pipeline of MMPose's own RTMPose configs, for one of its datasets."""
    stock = Config.fromfile('configs/_base_/coco-mpii_192x256_stock.py').train_pipeline
    seeded = next(step for step in stock if step['type'] == 'Seeded')['transforms']
    crop = dict(type='TopdownAffine', input_size=config.model.head.decoder.input_size)
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        *(crop if step['type'] == 'CanvasAffine' else step for step in seeded),
        dict(type='GenerateTarget', encoder=config.model.head.decoder),
        dict(type='PackPoseInputs'),
    ]


def stored_crops(config: Config, encoding: str = 'raw') -> Path:
    """The folder of the config's crops, written unless they are there."""
    sources = [name for name, source in config.train_dataloader.dataset.sources.items() if source]
    folder = _folder(config) / f'crops_{"-".join(sources)}_{encoding}'
    if not (folder / 'manifest.json').is_file():
        prepare_crops(config, folder, encoding, num_workers=0)
    return folder


def stored_targets(config: Config, num_views: int = 1) -> Path:
    """The folder of the config's targets, written unless they are there."""
    folder = _folder(config) / 'targets'
    if not (folder / 'manifest.json').is_file():
        cache_teachers(config, folder, num_views, batch_size=16, num_workers=0)
    return folder


def synchronize() -> None:
    """Waits for the device."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def device() -> torch.device:
    """What is trained on."""
    return torch.device(get_device())


def _folder(config: Config) -> Path:
    people = Path(config.train_dataloader.dataset.sources.coco.dataset.data_root).parent.name
    return WORK_DIR / people


def _random_weights(name: str, model: dict[str, Any]) -> Path:
    file = WORK_DIR / f'{name}.pth'
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    model = MODELS.build(without_starts(model))
    model.init_weights()
    torch.save(dict(state_dict=model.state_dict()), file)
    return file
