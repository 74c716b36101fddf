"""A small DEKR on synthetic people in whole pictures: its config, and samples of what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData, PixelData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

from unipose.evaluation.configs import student_config
from unipose.files.read_config import read_config
from unipose.skeletons import load_skeleton

DEMO = Path(__file__).resolve().parents[1] / 'configs/demo/dekr.py'
CODEC = dict(
    type='SPR',
    input_size=(128, 128),
    heatmap_size=(32, 32),
    sigma=(2, 1),
    minimal_diagonal_length=4,
    generate_keypoint_heatmaps=True,
    decode_max_instances=30,
)


def dekr_config(root: Path, work_dir: Path | None = None, **changes: Any) -> Config:
    """The demo's config on the `synthetic` fixture, in small batches and without workers."""
    coco = f'{root}/coco/'
    return read_config(
        DEMO,
        {
            'train_dataloader.dataset.sources.coco.dataset.data_root': coco,
            'val_dataloader.dataset.sources.coco.dataset.data_root': coco,
            'test_dataloader.dataset.sources.coco.dataset.data_root': coco,
            'val_evaluator.metrics.coco.ann_file': f'{coco}annotations/person_keypoints_val2017.json',
            'test_evaluator.metrics.coco.ann_file': f'{coco}annotations/person_keypoints_val2017.json',
            **{f'{phase}_dataloader.num_workers': 0 for phase in ('train', 'val', 'test')},
            **{f'{phase}_dataloader.persistent_workers': False for phase in ('train', 'val', 'test')},
            'train_dataloader.batch_size': 4,
            **(dict(work_dir=str(work_dir)) if work_dir else {}),
            **changes,
        },
    )


def write_dekr(path: Path, config: Config, seed: int = 0) -> Path:
    """Writes a checkpoint with random weights that see somebody in every picture."""
    torch.manual_seed(seed)
    model = MODELS.build(student_config(config).model)
    for parameter in model.head.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.05)
    model.head.heatmap_conv_layers[-1].bias.data.fill_(0.5)
    state = {key: value for key, value in model.state_dict().items() if not key.startswith('data_preprocessor')}
    meta = dict(epoch=1, cfg=config.pretty_text, dataset_meta=parse_pose_metainfo(load_skeleton('coco').to_metainfo()))
    torch.save(dict(state_dict=state, meta=meta), path)
    return path


def fields_sample(people: np.ndarray, scale: float = 1.0, picture: tuple[int, int] = (256, 256)) -> PoseDataSample:
    """What a perfect DEKR says of people ``[N, K, 2]`` of a picture, shown at a scale of 128 pixels."""
    size = np.array([128, 128]) * scale
    codec = KEYPOINT_CODECS.build(
        dict(CODEC, input_size=tuple(size.astype(int)), heatmap_size=tuple(size.astype(int) // 4))
    )
    encoded = codec.encode((people / picture * size).astype(np.float32), np.ones(people.shape[:2], np.float32))
    sample = PoseDataSample(
        metainfo=dict(input_size=size, input_scale=np.array(picture), input_center=np.array(picture) / 2)
    )
    maps = {name: torch.from_numpy(encoded[name]) for name in ('heatmaps', 'displacements')}
    sample.pred_fields = PixelData(**maps)
    sample.pred_instances = InstanceData()
    return sample
