"""A student taught by ground truth and any number of frozen teachers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from mmengine.logging import MessageHub
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from unipose.simcc import Canvas, SimCCBins, SimCCTarget, View
from unipose.skeletons import load_skeleton
from unipose.skeletons.metainfo import SkeletonSpec
from unipose.teachers.teacher import Teacher

from .anchored_head import AnchoredRTMCCHead
from .schedules import build_schedule


@MODELS.register_module()
class MultiTeacherDistiller(TopdownPoseEstimator):
    """A top-down SimCC student that also knows teachers while it is trained.

    Its keys are those of the plain student (``backbone.``, ``head.``), and the teachers are not part of it. Training
    takes canvases, of which student and teachers see their windows; prediction takes plain crops of the student's
    input size, as any MMPose model does.

    The loss is ``gt_weight * L_gt + sum_t weight_t * schedule_t(epoch) * L_t``, each term a mean in nats per weighted
    keypoint. Logged are ``loss_gt`` and ``loss_kd_<teacher>`` (weighted) and ``raw_gt``, ``raw_kd_<teacher>``.

    Args:
        backbone: MMPose backbone config.
        head: Config of an :class:`AnchoredRTMCCHead` with a SimCCLabel ``decoder``.
        skeleton: The union that the student predicts, such as ``'coco+mpii'``.
        teachers: Entries by name, see :meth:`unipose.teachers.teacher.Teacher.from_entry`, each also with ``weight``
            (default 1) and ``schedule`` (see :func:`build_schedule`); an entry of None is no teacher.
        canvas_size: Width and height of the canvas; by default the smallest that holds every view.
        gt_weight: Weight of the ground truth's term.
        loss: Loss config.
        **kwargs: What :class:`mmpose.models.TopdownPoseEstimator` takes.

    Raises:
        ValueError: If the head does not fit the skeleton, a weight is negative, or a teacher entry is wrong.
    """

    def __init__(
        self,
        backbone: dict,
        head: dict,
        skeleton: SkeletonSpec,
        teachers: Mapping[str, Mapping[str, Any] | None] | None = None,
        canvas_size: tuple[int, int] | None = None,
        gt_weight: float = 1.0,
        loss: dict | None = None,
        **kwargs: Any,
    ) -> None:
        known = inspect.signature(TopdownPoseEstimator.__init__).parameters
        unknown = sorted(set(kwargs) - set(known))
        if unknown:
            own = [name for name in inspect.signature(type(self).__init__).parameters if name not in ('self', 'kwargs')]
            raise ValueError(f'model has no {unknown}; it has {sorted({*own, *known} - {"self"})}')
        super().__init__(backbone=backbone, head=head, **kwargs)
        self.skeleton = load_skeleton(skeleton)
        if not isinstance(self.head, AnchoredRTMCCHead):
            raise ValueError(f"the student's head must be an AnchoredRTMCCHead. Got: {type(self.head).__name__}")
        if self.head.out_channels != len(self.skeleton):
            raise ValueError(
                f"the student's head predicts {self.head.out_channels} keypoints, but {self.skeleton.name!r} has "
                f'{len(self.skeleton)}; set model.head.out_channels={len(self.skeleton)}'
            )
        if not head.get('decoder'):
            raise ValueError("the student's head needs a decoder, the SimCCLabel codec of its outputs")
        self.target_loss = MODELS.build(loss or dict(type='SimCCKLLoss'))
        self.bins = SimCCBins.from_codec(head['decoder'], beta=self.target_loss.beta)
        self.student_view = View(self.bins.input_size, self.bins.input_size)
        self.gt_weight = _checked_weight('gt_weight', gt_weight)

        self.teachers: dict[str, Teacher] = {}
        self.teacher_weights: dict[str, float] = {}
        self.schedules: dict[str, Callable[[int, int], float]] = {}
        adapters = {}
        for name, entry in (teachers or {}).items():
            if entry is None:
                continue
            entry = dict(entry)
            self.teacher_weights[name] = _checked_weight(f'teachers.{name}.weight', entry.pop('weight', 1.0))
            self.schedules[name] = build_schedule(entry.pop('schedule', None))
            adapters[name] = entry.get('adapter')
            self.teachers[name] = Teacher.from_entry(name, entry, self.student_view, self.skeleton)

        views = [teacher.view for teacher in self.teachers.values()]
        self.canvas = Canvas(tuple(canvas_size)) if canvas_size else Canvas.around(self.student_view, *views)
        self.canvas.offset(self.student_view)
        for name, teacher in self.teachers.items():
            teacher.connect(self.canvas, self.student_view, self.bins, self.data_preprocessor, adapters[name])

    def loss(self, inputs: Tensor, data_samples: list[PoseDataSample]) -> dict[str, Tensor]:
        """Loss terms of a batch.

        Args:
            inputs: Canvases, ``[B, 3, Hc, Wc]``, normalised.
            data_samples: Samples whose ``gt_instance_labels`` hold ``keypoint_labels`` ``[1, K, 2]`` (student pixels)
                and ``keypoint_weights`` ``[1, K]``.

        Returns:
            Weighted terms, with ``loss`` in their names, and raw terms, without.
        """
        student_logits = self.head.forward(self.extract_feat(self.canvas.extract(inputs, self.student_view)))
        terms = {'gt': (self.gt_weight, self.ground_truth(data_samples))}
        hub = MessageHub.get_current_instance()
        progress = hub.get_info('epoch', 0), hub.get_info('max_epochs', 1)
        for name, teacher in self.teachers.items():
            weight = self.teacher_weights[name] * self.schedules[name](*progress)
            if weight:
                terms[f'kd_{name}'] = weight, teacher(inputs)
        losses = {}
        for name, (weight, target) in terms.items():
            raw = self.target_loss(student_logits, target)
            losses[f'loss_{name}'] = weight * raw
            losses[f'raw_{name}'] = raw.detach()
        return losses

    def ground_truth(self, data_samples: list[PoseDataSample]) -> SimCCTarget:
        """The annotations of a batch as a target.

        Raises:
            ValueError: If the samples are not annotated in this model's skeleton.
        """
        labels = [sample.gt_instance_labels for sample in data_samples]
        keypoints = torch.cat([label.keypoint_labels for label in labels])
        if keypoints.shape[1:] != (len(self.skeleton), 2):
            raise ValueError(
                f'samples must be annotated with the {len(self.skeleton)} keypoints of {self.skeleton.name!r}. Got: '
                f'labels of shape {tuple(keypoints.shape)}; give dataset and model the same skeleton'
            )
        return self.bins.encode(keypoints, torch.cat([label.keypoint_weights for label in labels]))

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> MultiTeacherDistiller:
        for teacher in self.teachers.values():
            teacher.apply(fn)
        return super()._apply(fn, recurse)


def _checked_weight(name: str, weight: float) -> float:
    if not isinstance(weight, int | float) or not weight >= 0:
        raise ValueError(f'{name} must be a number, at least 0. Got: {weight!r}')
    return float(weight)
