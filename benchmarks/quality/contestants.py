"""What unipose is compared with: students taught in other ways, by the same teachers, on the same data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor
from torch.nn.functional import interpolate

from unipose.distillers import MultiTeacherDistiller
from unipose.distillers.combination import speaks
from unipose.distillers.loss_weights import schedule_factors
from unipose.distillers.multi_teacher_distiller import Observed
from unipose.losses import FeatureLoss
from unipose.simcc import Canvas, Persons, Placement, SimCCTarget, Window
from unipose.teachers.networks import MMPoseNetwork


@MODELS.register_module()
class HardLabelDistiller(MultiTeacherDistiller):
    """Teachers as annotators: their keypoints are ground truth for what is not annotated.

    This is the control for mere completion of labels: nothing of a teacher's distribution is used, and nothing of
    what it says where there are annotations.

    Args:
        threshold: A keypoint is taken over whose target weight (confidence times mass inside the window) is above it.
        everywhere: Teachers annotate whatever a sample lacks; otherwise only what its dataset does not annotate at all.
        **kwargs: What :class:`MultiTeacherDistiller` takes.
    """

    def __init__(self, threshold: float = 0.3, everywhere: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold, self.everywhere = threshold, everywhere

    def loss(self, inputs: Tensor, data_samples: list[PoseDataSample]) -> dict[str, Tensor]:
        """The ground truth's term, over annotated and pseudo-labelled keypoints."""
        logits = self.head.forward(self.extract_feat(self.student_input(inputs)))
        truth = self.ground_truth(data_samples)
        # what a source annotates is what the teacher of its name knows
        known = {name: teacher.keypoint_map.dst_indices for name, teacher in self.teachers.items()}
        sources = [sample.source for sample in data_samples]
        lacking = speaks('', sources, known, len(self.skeleton)).to(truth.weight) > 0
        x, y, weight = truth.x.clone(), truth.y.clone(), truth.weight.clone()
        for observed in self.observe(self.teachers, inputs, data_samples).values():
            seen = observed.target
            taken = (lacking | self.everywhere) & (seen.weight > self.threshold) & (weight == 0)
            label = self.bins.encode(self.bins.decode(seen), taken)
            x[taken], y[taken], weight[taken] = label.x[taken], label.y[taken], label.weight[taken]
        raw = self.target_loss(logits, SimCCTarget(x, y, weight))
        return dict(loss_gt=self.gt_weight * raw, raw_gt=raw.detach())


@MODELS.register_module()
class CentredFeaturesDistiller(MultiTeacherDistiller):
    """Follows the teachers' features less what all of them have in common: each channel's mean over the batch."""

    def _feature_loss(self, name: str) -> FeatureLoss:
        loss = super()._feature_loss(name)
        loss.register_forward_pre_hook(_without_mean)
        return loss


def _without_mean(module: FeatureLoss, maps: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    student, teacher = maps
    return student, teacher - teacher.mean((0, 2, 3), keepdim=True)


@dataclass(frozen=True)
class StretchedWindow:
    """The student's window, stretched to the input of a teacher of another aspect ratio.

    Args:
        input_size: Width and height of the teacher's input.
        student: What the student sees.
    """

    input_size: tuple[int, int]
    student: Window

    def place(self, canvas: Canvas, persons: Persons | None = None) -> Placement:
        """Where the teacher's input lies on a canvas, the same for everybody."""
        sides = zip(canvas.offset(self.student), self.student.size, self.input_size, strict=True)
        axes = [(window / side, start + 0.5 * window / side - 0.5) for start, window, side in sides]
        return Placement(canvas.size, self.input_size, tuple(axes))


@MODELS.register_module()
class ReferenceDistiller(MultiTeacherDistiller):
    """The recipe of the student project that unipose improves on, each of its faults behind a switch.

    Its last fault, that only the last teacher fades, is a schedule in the config.

    Args:
        stretch: A teacher of another aspect ratio sees the student's crop stretched to its input; what it says, of
            MMPose's the logits, is interpolated to the student's bins. Otherwise it sees its own window of the canvas.
        train_mode: MMPose's teachers use and update batch statistics; others cannot.
        unbalanced: Ground truth in MMPose's ``KLDiscretLoss`` (averaged over bins, summed over the batch and divided by
            all keypoints, annotated or not), teachers in its ``KDLoss`` (summed over bins, averaged over the batch),
            and the teachers' total added to the terms it is made of. The ratio between the two is that of the
            project's own size, a batch of 256 over 384 and 512 bins. Otherwise all are means per weighted keypoint.
        **kwargs: What :class:`MultiTeacherDistiller` takes.
    """

    _BATCH, _BINS = 256, (384, 512)

    def __init__(
        self,
        teachers: Mapping[str, Mapping[str, Any]] | None = None,
        stretch: bool = True,
        train_mode: bool = True,
        unbalanced: bool = True,
        **kwargs: Any,
    ) -> None:
        plain = dict(fold_batch_norms=False, precision='fp32')
        teachers = {name: entry | plain if 'config' in entry else entry for name, entry in (teachers or {}).items()}
        super().__init__(teachers=teachers, **kwargs)
        self.stretch, self.unbalanced = stretch, unbalanced
        for teacher in self.teachers.values():
            if isinstance(teacher.network, MMPoseNetwork):
                teacher.network.model.train(train_mode)
            elif stretch:
                teacher.window = StretchedWindow(teacher.window.input_size, self.student_window)
                teacher.facts = dict(teacher.facts, view='stretched')  # a window, by the name that stores have for it

    def loss(self, inputs: Tensor, data_samples: list[PoseDataSample]) -> dict[str, Tensor]:
        """One term of the ground truth, one of each teacher."""
        window = self.student_input(inputs)
        logits = self.head.forward(self.extract_feat(window))
        truth = self.ground_truth(data_samples)
        if self.unbalanced:
            losses = dict(loss_gt=self._kl_discret_loss(logits, truth))
        else:
            losses = dict(loss_gt=self.target_loss(logits, truth))
        factors = schedule_factors(self.loss_weights)
        for name, teacher in self.teachers.items():
            if self.stretch and isinstance(teacher.network, MMPoseNetwork):
                target = self._stretched(name, window)
            else:
                target = self._known(name, self.observe([name], inputs, data_samples)[name])
            weight = (2.0 if self.unbalanced else 1.0) * factors[name]
            losses[f'loss_kd_{name}'] = weight * self.target_loss(logits, target)
        return losses

    def _kl_discret_loss(self, logits: tuple[Tensor, Tensor], truth: SimCCTarget) -> Tensor:
        total = 0.0
        for axis, rows, bins in zip(logits, truth.axes, self._BINS, strict=True):
            log_student = torch.log_softmax(self.bins.beta * axis, -1)
            divergence = (torch.xlogy(rows, rows) - rows * log_student).sum(-1)  # [B, K]
            total = total + (truth.weight * divergence).mean() * self._BATCH / bins
        return total

    @torch.no_grad()
    def _stretched(self, name: str, window: Tensor) -> SimCCTarget:
        teacher = self.teachers[name]
        model, (width, height) = teacher.network.model, teacher.window.input_size
        stretched = interpolate(window, size=(height, width), mode='bilinear', align_corners=False)
        rows = [
            torch.softmax(self.bins.beta * interpolate(logits, size=bins, mode='linear', align_corners=False), -1)
            for logits, bins in zip(model.head.forward(model.extract_feat(stretched)), self.bins.num_bins, strict=True)
        ]
        target = SimCCTarget(*rows, torch.ones_like(rows[0][..., 0]))
        mapped = teacher.keypoint_map
        target, _ = target.finite_rows()
        return target.scatter_keypoints(mapped.src_indices, mapped.dst_indices, len(mapped.dst))

    def _known(self, name: str, seen: Observed) -> SimCCTarget:
        """All that the teacher knows counts alike, but what is no number: the recipe knows no confidence."""
        weight, known = torch.zeros_like(seen.target.weight), list(self.teachers[name].keypoint_map.dst_indices)
        weight[:, known] = (~seen.left_out[:, known]).to(weight)
        return SimCCTarget(seen.target.x, seen.target.y, weight)
