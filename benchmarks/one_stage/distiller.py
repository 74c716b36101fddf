"""RTMO, taught by ground truth and by frozen top-down teachers, who see a crop around each annotated person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor

from unipose.losses import SimCCKLLoss, means_over_ranks
from unipose.simcc import Canvas, SimCCBins, SimCCTarget, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

from .frames import Crops, Frame, without_tail


@MODELS.register_module()
class OneStageDistiller(BottomupPoseEstimator):
    """A one-stage student that also knows top-down teachers while it is trained.

    Each annotated person is cropped from the whole input for the teachers; what they say is a target over bins of the
    crop, which is carried into the dynamic bins of each prior that RTMO's assigner has matched to the person.

    Args:
        skeleton: The union that the student predicts.
        teachers: Entries by name, as :class:`unipose.distillers.MultiTeacherDistiller` takes them, with ``weight``.
        crop: Codec of the crops: ``input_size``, ``sigma`` and so on, as of a SimCCLabel.
        tail: See :func:`benchmarks.one_stage.frames.without_tail`.
        **kwargs: As of BottomupPoseEstimator; the head is a ShownRTMOHead.
    """

    def __init__(
        self,
        skeleton: Any,
        teachers: Mapping[str, Mapping[str, Any]] | None = None,
        crop: Mapping[str, Any] | None = None,
        tail: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.skeleton = load_skeleton(skeleton)
        self.tail = tail
        self.target_loss = SimCCKLLoss(beta=1.0)  # RTMO's softmax has no factor before its logits
        self.teachers: dict[str, Teacher] = {}
        self.weights: dict[str, float] = {}
        if not teachers:
            return
        self.crop_bins = SimCCBins.from_codec(crop)
        window = Window.finer(self.crop_bins.input_size)
        pixels = PixelFormat.of_preprocessor(self.data_preprocessor, 'the student')
        for name, entry in teachers.items():
            own = dict(entry)
            self.weights[name] = own.pop('weight', 1.0)
            teacher = Teacher.from_entry(name, own, window, self.skeleton)
            teacher.connect(Canvas(window.size), window, self.crop_bins, pixels, own.get('adapter'))
            self.teachers[name] = teacher

    def loss(self, inputs: Tensor, data_samples: Any) -> dict[str, Tensor]:
        """RTMO's losses, and ``loss_kd_<teacher>`` of each teacher, in nats per weighted keypoint before its weight."""
        labels = [sample.gt_instance_labels for sample in data_samples]
        first = 0
        for of_picture in labels:
            of_picture.person = torch.arange(first, first + len(of_picture), device=inputs.device)
            first += len(of_picture)
        losses, matched = self.head.shown_loss(self.extract_feat(inputs), data_samples, self.train_cfg)
        if matched is None or not self.teachers:
            return losses
        targets, frame = self.observe(inputs, data_samples)
        sums = {}
        for name, target in targets.items():
            target = matched.bins.take(target, frame, matched.people)
            sums[name] = self.target_loss.sums(self.target_loss.divergence(matched.logits, target), target.weight)
        for name, value in means_over_ranks(sums).items():
            losses |= {f'loss_kd_{name}': self.weights[name] * value, f'raw_kd_{name}': value.detach()}
        return losses

    @torch.no_grad()
    def observe(self, inputs: Tensor, data_samples: Any) -> tuple[dict[str, SimCCTarget], Frame]:
        """What each teacher says of all annotated people of a batch, one after the other; and where in their pictures.

        Args:
            inputs: Whole pictures, ``[B, 3, H, W]``, normalised.
            data_samples: Whose ``gt_instance_labels`` have ``crop_centres`` ``[n, 2]`` and ``crop_heights`` ``[n]``,
                pixels of the input.
        """
        labels = [sample.gt_instance_labels for sample in data_samples]
        counts = torch.tensor([len(of_picture) for of_picture in labels], device=inputs.device)
        crops = Crops(
            torch.arange(len(labels), device=inputs.device).repeat_interleave(counts),
            torch.cat([of_picture.crop_centres for of_picture in labels]),
            torch.cat([of_picture.crop_heights for of_picture in labels]),
        )
        canvases = crops.cut(inputs, self.crop_bins.input_size)
        targets = {name: teacher(canvases).finite_rows()[0] for name, teacher in self.teachers.items()}
        return {name: without_tail(target, self.tail) for name, target in targets.items()}, crops.frame(self.crop_bins)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> OneStageDistiller:
        for teacher in self.teachers.values():
            teacher.apply(fn)
        return super()._apply(fn, recurse)
