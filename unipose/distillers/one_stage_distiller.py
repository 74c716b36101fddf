"""A one-stage student, RTMO, taught by ground truth and by frozen top-down teachers, who see its people one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from unipose.losses import SimCCKLLoss, means_over_ranks
from unipose.simcc import Canvas, Frame, SimCCBins, SimCCTarget, Window, without_tail
from unipose.skeletons import load_skeleton
from unipose.skeletons.loading import SkeletonSpec
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

from .loss_weights import LossWeights, checked_weight, schedule_factors
from .model_keys import check_model_keys
from .stopwatch import Stopwatch
from .union_rtmo_head import Matched, UnionRTMOHead


@MODELS.register_module()
class OneStageDistiller(BottomupPoseEstimator):
    """A student that finds people in whole pictures, and knows top-down teachers while it is trained.

    RTMO classifies each person's x and y in bins over the box that it predicts of the person. Teachers see a crop of
    each annotated person (:class:`unipose.datasets.transforms.CutPeople`); their targets over bins of the crop are
    carried into the bins of each prior that RTMO's assigner has matched to the person. Its keys are those of MMPose's
    RTMO; the teachers are not part of it. It predicts as any MMPose model of whole pictures does.

    To RTMO's losses come, of each teacher, ``loss_kd_<teacher>``, KL in nats per weighted keypoint, and
    ``loss_seen_<teacher>``, cross entropy of the keypoints' scores with what the teacher is sure of, 0 where it lies
    outside the input, for keypoints that the picture's dataset does not annotate, which have no score otherwise; both
    times ``weight * schedule(epoch)``. ``raw_kd_<teacher>`` and ``raw_seen_<teacher>`` are logged without. What a
    teacher says that is no finite number counts for nothing, see ``rows_left_out``. The head is computed in fp32 also
    under mixed precision, in which boxes far from a picture's corner would be pixels off.

    Args:
        head: Config of an :class:`UnionRTMOHead`; its ``skeleton`` is this one.
        skeleton: The union that the student predicts.
        teachers: Entries by name, see :meth:`unipose.teachers.teacher.Teacher.from_entry`, each also with ``weight``
            (default 1) and ``schedule``; an entry of None is no teacher.
        crop: Codec of the crops: ``input_size``, that of CutPeople, ``sigma`` and so on, as of a SimCCLabel.
        tail: Bins below this share of their row's peak, 0 to 1, are left out of targets
            (:func:`unipose.simcc.without_tail`): RTMO takes the mean of a row for the place.
        seen_weight: Weight of ``loss_seen_*``.
        **kwargs: What :class:`mmpose.models.BottomupPoseEstimator` takes.

    Attributes:
        left_out: How many rows of the last batch were left out, by who said them.
        stopwatch: Times what teachers say of each batch.

    Raises:
        ValueError: If the head is another, a weight is negative, or a teacher entry is wrong.
    """

    def __init__(
        self,
        backbone: dict,
        head: dict,
        skeleton: SkeletonSpec,
        teachers: Mapping[str, Mapping[str, Any] | None] | None = None,
        crop: Mapping[str, Any] | None = None,
        tail: float = 0.0,
        seen_weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        check_model_keys(type(self), BottomupPoseEstimator, kwargs)
        kind = MODELS.get(head['type']) if isinstance(head.get('type'), str) else head.get('type')
        if not (isinstance(kind, type) and issubclass(kind, UnionRTMOHead)):
            raise ValueError(f"the student's head must be an UnionRTMOHead. Got: {head.get('type')}")
        super().__init__(backbone=backbone, head=dict(head, skeleton=skeleton), **kwargs)
        self.skeleton = load_skeleton(skeleton)
        self.tail, self.seen_weight = checked_weight('tail', tail), checked_weight('seen_weight', seen_weight)
        if self.tail >= 1:
            raise ValueError(f'tail is a share of the peak, below 1. Got: {tail}')
        self.left_out: dict[str, Tensor] = {}
        self.target_loss = SimCCKLLoss(beta=1.0)  # RTMO's softmax has no factor before its logits
        self.stopwatch = Stopwatch()
        self.teachers: dict[str, Teacher] = {}
        self.loss_weights: dict[str, LossWeights] = {}
        for name, entry in (teachers or {}).items():
            if entry is not None:
                self._add_teacher(name, entry, crop)

    def loss(self, inputs: Tensor, data_samples: Any) -> dict[str, Tensor]:
        """RTMO's losses and the teachers'.

        Args:
            inputs: Pictures, ``[B, 3, H, W]``, normalised.
            data_samples: Whose ``gt_instance_labels`` are as :class:`unipose.datasets.transforms.PackPeople` packs
                them; with teachers, also what CutPeople adds.

        Raises:
            ValueError: If there are teachers and nobody is cut out for them.
        """
        labels = [sample.gt_instance_labels for sample in data_samples]
        first = 0
        for of_picture in labels:
            of_picture.person = torch.arange(first, first + len(of_picture), device=inputs.device)
            first += len(of_picture)
        features = self.extract_feat(inputs)
        with torch.autocast(inputs.device.type, enabled=False):
            features = tuple(level.float() for level in features)
            losses, matched = self.head.shown_loss(features, data_samples, self.train_cfg)
        sums, factors = {}, self._factors()
        self.left_out = {}
        if self.teachers:
            with self.stopwatch.timing(inputs.device):
                said, frame = self.observe(labels, list(factors)) if matched else ({}, None)
            annotated = torch.cat([of_picture.keypoints_visible_weights for of_picture in labels])
            for name in factors:
                left_out = said[name][1].float().sum() if name in said else annotated.new_zeros(())
                self.left_out[f'teacher {name}'] = left_out
                with torch.autocast(inputs.device.type, enabled=False):
                    sums |= self._sums(name, said.get(name), frame, matched, annotated, inputs.shape[-2:])
            losses['rows_left_out'] = sum(self.left_out.values(), annotated.new_zeros(()))
        for name, value in means_over_ranks(sums).items():
            kind, _, teacher = name.partition('_')
            factor = factors[teacher] * (self.seen_weight if kind == 'seen' else 1.0)
            losses |= {f'loss_{name}': factor * value, f'raw_{name}': value.detach()}
        return losses

    @torch.no_grad()
    def observe(
        self, labels: Any, names: list[str] | None = None
    ) -> tuple[dict[str, tuple[SimCCTarget, Tensor]], Frame]:
        """What teachers say of all people of a batch, one after the other; and where these are in their pictures.

        Args:
            labels: Each picture's ``gt_instance_labels``.
            names: Of the teachers; by default all.

        Returns:
            By teacher, targets over the crops' bins, and what of them was no finite number, ``[N, K]``, of weight 0.

        Raises:
            ValueError: If nobody is cut out, or in another size.
        """
        if not all('crops' in of_picture for of_picture in labels):
            raise ValueError(
                'teachers see a crop of each person, and samples have none; the training pipeline needs KeepPicture '
                'before the picture is warped and CutPeople behind that, as in configs/_base_/rtmo-s_640x640.py'
            )
        crops, centers, heights = (
            torch.cat([of_picture[key] for of_picture in labels]) for key in ('crops', 'crop_centers', 'crop_heights')
        )
        if tuple(crops.shape[-2:]) != self.crop_bins.input_size[::-1]:
            raise ValueError(
                f'crops are of {tuple(crops.shape[:-3:-1])} pixels, and model.crop.input_size says '
                f'{self.crop_bins.input_size}; give CutPeople that crop_size'
            )
        said = {}
        for name in self.teachers if names is None else names:
            target, left_out = self.teachers[name](crops.float()).finite_rows()
            said[name] = without_tail(target, self.tail) if self.tail else target, left_out
        return said, Frame.of_crops(centers, heights, self.crop_bins)

    def _sums(
        self,
        name: str,
        said: tuple[SimCCTarget, Tensor] | None,
        frame: Frame | None,
        matched: Matched | None,
        annotated: Tensor,
        shape: tuple[int, int],
    ) -> dict[str, tuple[Tensor, Tensor]]:
        """What a teacher's terms are quotients of; zeros where nobody is matched, since other ranks ask for them."""
        if said is None or matched is None:
            nothing = annotated.new_zeros(())
            return {f'{kind}_{name}': (nothing, nothing) for kind in ('kd', 'seen')}
        target, left_out = said
        there = matched.bins.take(target, frame, matched.people)
        divergence = self.target_loss.divergence(matched.logits, there)
        places = frame.places(target)
        within = ((places >= 0) & (places < places.new_tensor(shape[::-1]))).all(-1)
        asked = torch.zeros_like(target.weight)
        asked[:, list(self.teachers[name].keypoint_map.dst_indices)] = 1
        asked = (asked * (1 - annotated) * ~left_out)[matched.people]
        sure = (target.weight * within).clamp(0, 1)[matched.people]
        unsure = binary_cross_entropy_with_logits(matched.visibility, sure, reduction='none')
        return {
            f'kd_{name}': self.target_loss.sums(divergence, there.weight),
            f'seen_{name}': ((asked * unsure).sum(), asked.sum()),
        }

    def _factors(self) -> dict[str, float]:
        """Weight of each teacher that counts now, by name."""
        factors = {
            name: self.loss_weights[name].weight * factor
            for name, factor in schedule_factors(self.loss_weights).items()
        }
        return {name: factor for name, factor in factors.items() if factor}

    def _add_teacher(self, name: str, entry: Mapping[str, Any], crop: Mapping[str, Any] | None) -> None:
        if crop is None:
            raise ValueError(
                'teachers see crops of people; say model.crop, a SimCCLabel of their size: dict(type="SimCCLabel", '
                'input_size=(256, 256), sigma=6.0, simcc_split_ratio=2.0, normalize=False)'
            )
        self.crop_bins = SimCCBins.from_codec(crop)
        self.loss_weights[name], entry = LossWeights.from_entry(name, entry)
        if self.loss_weights[name].feature_weight:
            raise ValueError(f'teacher {name!r}: RTMO does not follow features; leave feature_weight out, or 0')
        window = Window.finer(self.crop_bins.input_size)
        teacher = Teacher.from_entry(name, entry, window, self.skeleton)
        if self.seen_weight and entry.get('confidence') is False:
            raise ValueError(
                f'teacher {name!r} does not say how sure it is (confidence=False), which scores are to learn; set '
                'model.seen_weight=0'
            )
        if not isinstance(teacher.window, Window) or teacher.blackout:
            raise ValueError(f'teacher {name!r}: crops of whole pictures take no padding or blackout of its own')
        # crops are grey levels, BGR
        teacher.connect(Canvas(window.size), window, self.crop_bins, PixelFormat('BGR'), entry.get('adapter'))
        self.teachers[name] = teacher

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> OneStageDistiller:
        for teacher in self.teachers.values():
            teacher.apply(fn)
        return super()._apply(fn, recurse)
