"""DEKR's test-time augmentation over scales: whom each scale finds is a candidate, and all scales say how good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.codecs import SPR
from mmpose.evaluation.functional import nearby_joints_nms
from mmpose.structures import PoseDataSample
from torch import Tensor

PICTURE_SCALES = (1.0, 0.5, 2.0)


def collect_scales(
    views: Sequence[Sequence[PoseDataSample]], decoder: SPR, test_cfg: Mapping[str, Any]
) -> list[PoseDataSample]:
    """The samples of the first scale, with the people of all.

    Every scale's poses are candidates. A keypoint's score is the mean of all scales' heatmaps at its place, which is
    what the mean of heatmaps brought to one size has there, times the candidate's score as a person at its own scale.
    Of candidates that are one person, the best stays.

    Args:
        views: For each scale the same samples with ``pred_fields``: ``heatmaps`` ``[K + 1, H, W]``, the last of
            people's centres, and ``displacements`` ``[2 * K, H, W]``.
        decoder: The head's codec.
        test_cfg: The model's, with ``nms_dist_thr``.

    Source:
        Geng et al. 2021, section 4.1 (https://arxiv.org/abs/2104.02300): the heatmaps of three scales are averaged, and
        the poses that are regressed at each are collected as candidates.
    """
    for samples in zip(*views, strict=True):
        samples[0].pred_instances = _collected(samples, decoder, test_cfg)
    return list(views[0])


def _collected(samples: Sequence[PoseDataSample], decoder: SPR, test_cfg: Mapping[str, Any]) -> InstanceData:
    found, centres = zip(*(_candidates(sample, decoder) for sample in samples))
    keypoints = torch.cat(found)  # [N, K, 2], image pixels
    heat = torch.stack([_heat(sample, keypoints, decoder) for sample in samples]).mean(0)  # [N, K]
    scores = (torch.cat(centres)[:, None] * heat).cpu().numpy()
    keypoints = keypoints.cpu().numpy()
    people = [dict(keypoints=places, score=own) for places, own in zip(keypoints, scores)]
    kept = np.array(
        nearby_joints_nms(
            people,
            test_cfg['nms_dist_thr'],
            test_cfg.get('nms_joints_thr'),
            score_per_joint=True,
            max_dets=test_cfg.get('max_num_people', 30),
        ),
        int,
    )
    return InstanceData(keypoints=keypoints[kept], keypoint_scores=scores[kept], keypoints_visible=scores[kept])


def _candidates(sample: PoseDataSample, decoder: SPR) -> tuple[Tensor, Tensor]:
    """Poses ``[n, K, 2]``, image pixels, and the scores of their centres ``[n]``, of one scale."""
    fields = sample.pred_fields
    keypoints, (centres, _) = decoder.decode(fields.heatmaps, fields.displacements)
    size, scale, corner = _frame(sample, keypoints)
    return keypoints / size * scale + corner, centres


def _heat(sample: PoseDataSample, keypoints: Tensor, decoder: SPR) -> Tensor:
    """What a scale's heatmaps have where keypoints ``[N, K, 2]`` are, image pixels: ``[N, K]``."""
    size, scale, corner = _frame(sample, keypoints)
    cells = (keypoints - corner) / scale * size / keypoints.new_tensor(decoder.scale_factor)
    return decoder.get_keypoint_scores(sample.pred_fields.heatmaps[:-1], cells)


def _frame(sample: PoseDataSample, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Width and height of the input, what they are in the image, and where its corner lies there, pixels."""
    size, scale, centre = (
        like.new_tensor(np.asarray(sample.metainfo[key])) for key in ('input_size', 'input_scale', 'input_center')
    )
    return size, scale, centre - scale / 2
