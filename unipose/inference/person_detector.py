"""Finds people with an MMDetection model."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.evaluation.functional import nms

from unipose.checkpoints.loading import load_weights, resolve_checkpoint
from unipose.files.read_config import read_config

from .load_student import checked_device, checkpoint_meta


class PersonDetector:
    """Finds people with any MMDetection detector that has a class ``person`` (or only one class).

    Args:
        config: Config (file) of the detector, or one that MMDetection brings along, such as
            ``mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py``.
        weights: Its weights.
        device: Where to run, such as ``cpu`` or ``cuda:0``.
        score_thr: Least score of a box.
        nms_thr: Of two people's boxes with a larger IoU, only the better one stays.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the config is of no detector, the weights do not fit it, or the detector does not know people.
    """

    def __init__(
        self,
        config: str | Path | Config,
        weights: str | Path,
        device: str = 'cpu',
        score_thr: float = 0.3,
        nms_thr: float = 0.65,
    ) -> None:
        from mmdet.apis import init_detector  # a second to import, which poses without a detector do without
        from mmdet.registry import MODELS
        from mmdet.utils import get_test_pipeline_cfg

        checked_device(device)
        config = read_config(config)
        kind = (config.get('model') or {}).get('type')
        if kind is None or (isinstance(kind, str) and MODELS.get(kind) is None):
            raise ValueError(
                f'{config.filename or "the config"} is no config of an MMDetection detector, its model is a {kind}; '
                'give one such as mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py'
            )
        # the warning is that it is given no weights; they are loaded with checks below
        with warnings.catch_warnings(record=True), DefaultScope.overwrite_default_scope('mmdet'):
            self.model = init_detector(config, None, palette='random', device=device)
            self.pipeline = Compose([dict(type='LoadImageFromNDArray'), *get_test_pipeline_cfg(config)[1:]])
        path = resolve_checkpoint(weights)
        load_weights(self.model, path, what='detector')
        self.person = _person_class(path, self.model.dataset_meta['classes'])
        self.score_thr, self.nms_thr = score_thr, nms_thr

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds people.

        Args:
            image: ``[H, W, 3]``, uint8, BGR.

        Returns:
            Boxes ``[N, 4]``, x1, y1, x2, y2, image pixels, and scores ``[N]``, best first.
        """
        from mmdet.apis import inference_detector

        found = inference_detector(self.model, image, test_pipeline=self.pipeline).pred_instances.cpu().numpy()
        keep = (found.labels == self.person) & (found.scores >= self.score_thr)
        # MMDetection clips them to the padded image
        found.bboxes = found.bboxes.clip(0, np.tile(image.shape[1::-1], 2)).astype(np.float32)
        keep &= (found.bboxes[:, 2:] - found.bboxes[:, :2] >= 1).all(-1)
        boxes, scores = found.bboxes[keep], found.scores[keep]
        best = nms(np.hstack([boxes, scores[:, None]]), self.nms_thr)
        return boxes[best], scores[best]


def _person_class(path: Path, default: tuple[str, ...]) -> int:
    meta = checkpoint_meta(path)
    dataset_meta = meta.get('dataset_meta') or {}
    classes = dataset_meta.get('classes') or dataset_meta.get('CLASSES') or meta.get('CLASSES') or default
    classes = [classes] if isinstance(classes, str) else list(classes)
    if 'person' not in classes and len(classes) > 1:
        raise ValueError(f'the detector {path} does not know people; its classes: {", ".join(classes[:8])} ...')
    return classes.index('person') if 'person' in classes else 0
