"""A student taught by ground truth and any number of frozen teachers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from unipose.batches.sample_batch import Samples, labels_of, metainfo_of
from unipose.losses import FeatureLoss, build_target_loss, finite_maps, means_over_ranks
from unipose.simcc import Canvas, Persons, Placement, SimCCBins, SimCCTarget, Window, moved, zooms_of
from unipose.simcc.compact import compress, decompress
from unipose.simcc.flip_test import set_flip_test
from unipose.simcc.mean_pose import MeanPose
from unipose.skeletons import load_skeleton
from unipose.skeletons.loading import SkeletonSpec
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

from .anchored_head import AnchoredRTMCCHead
from .combination import check_combination
from .dialects import build_dialects, corrected
from .distillation_loss import DistillationLoss
from .loss_weights import LossWeights, checked_weight, schedule_factors
from .model_keys import check_model_keys
from .stopwatch import Stopwatch

_TRUTH, _TEACHER = 'ground truth', 'teacher {}'  # who says something, in pictures and warnings


class Observed(NamedTuple):
    """What a teacher says of a batch; what was no finite number has weight 0 and is marked, ``left_out [B, K]``."""

    target: SimCCTarget
    features: Tensor | None
    left_out: Tensor


@MODELS.register_module()
class MultiTeacherDistiller(TopdownPoseEstimator):
    """A top-down SimCC student that also knows teachers while it is trained.

    Its keys are those of the plain student (``backbone.``, ``head.``), and the teachers are not part of it; what only
    training needs lies under ``distill.``. Training takes canvases, of which student and teachers see their windows;
    prediction takes plain crops of the student's input size, as any MMPose model does.

    The loss is ``gt_weight * L_gt + sum_t weight_t * schedule_t(epoch) * L_t``, each term a mean in nats per weighted
    keypoint. Logged are ``loss_gt`` and ``loss_kd_<teacher>`` (weighted), ``raw_gt`` and ``raw_kd_<teacher>``, and of
    each teacher ``weight_kd_<teacher>`` (its mean target weight) and ``agree_kd_<teacher>`` (the share of that weight
    on which student and teacher are within 2 student pixels). There may be ``kd_fused``, ``feature_<teacher>``,
    ``gt_in_dialects`` and ``kd_in_<teacher>`` too. What a teacher or an annotation says of a keypoint counts for
    nothing where it is no finite number, nor do such feature maps; ``rows_left_out`` is how many these were. Every
    weight is part of every step, also where a teacher has stopped: DDP needs no ``find_unused_parameters``.

    Args:
        backbone: MMPose backbone config.
        head: Config of an :class:`AnchoredRTMCCHead` with a SimCCLabel ``decoder``.
        skeleton: The union that the student predicts, such as ``'coco+mpii'``.
        teachers: Entries by name, see :meth:`unipose.teachers.teacher.Teacher.from_entry`, each also with ``weight``
            (default 1), ``schedule`` (see :func:`build_schedule`) and ``feature_weight`` (of a
            :class:`unipose.losses.FeatureLoss`, under the same schedule; default 0); an entry of None is no teacher.
        canvas_size: Width and height of the canvas; by default the smallest that holds every window, which is not known
            where a teacher has a padding of its own.
        canvas_scale: Pixels of the canvas per pixel of the student's input. A finer canvas than the student needs shows
            more to teachers of larger input; the student's window is averaged down.
        gt_weight: Weight of the ground truth's term.
        loss: Loss config.
        combine: ``'separate'``: each teacher its own term. ``'by_source'``: likewise, but of what the teacher of a
            sample's source knows, the others do not speak on that sample: datasets place the same joint differently.
            ``'fused'``: one term ``kd_fused`` over all keypoints, its weight that of all teachers together, whose
            targets are mixed by weight and confidence.
        teacher_dropping: Probability with which a sample leaves out a teacher other than the one it fits worst.
        dialects: Corrections of shared keypoints by dataset, see :func:`build_dialects`. Half of each term is then
            about the plain outputs, and half about what the sample's source, or the teacher, means by them.
            ``test_cfg.dialects=True`` predicts each sample in its source's dialect.
        **kwargs: What :class:`mmpose.models.TopdownPoseEstimator` takes.

    Attributes:
        left_out: How many rows of the last batch were left out, by who said them, as in :meth:`opinions`.
        stopwatch: Times what teachers say of each batch.
        mean_pose: Where it is not None, it is shown what is said of a batch, and how far the student is from that.

    Raises:
        ValueError: If the head does not fit the skeleton, a weight is negative, teachers cannot be combined as asked,
            or a teacher entry is wrong.
    """

    def __init__(
        self,
        backbone: dict,
        head: dict,
        skeleton: SkeletonSpec,
        teachers: Mapping[str, Mapping[str, Any] | None] | None = None,
        canvas_size: tuple[int, int] | None = None,
        canvas_scale: float = 1.0,
        gt_weight: float = 1.0,
        loss: dict | None = None,
        combine: str = 'separate',
        teacher_dropping: float = 0.0,
        dialects: Mapping[str, Mapping[str, Any] | None] | None = None,
        **kwargs: Any,
    ) -> None:
        check_model_keys(type(self), TopdownPoseEstimator, kwargs)
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
        set_flip_test(self, self.test_cfg.get('flip_test', False))
        self.target_loss = build_target_loss(loss)
        self.bins = SimCCBins.from_codec(head['decoder'], beta=self.target_loss.beta)
        self.canvas_scale = canvas_scale
        self.student_window = Window.finer(self.bins.input_size, canvas_scale)
        self.gt_weight = checked_weight('gt_weight', gt_weight)

        self.teachers: dict[str, Teacher] = {}
        self.loss_weights: dict[str, LossWeights] = {}
        adapters = {}
        for name, entry in (teachers or {}).items():
            if entry is None:
                continue
            self.loss_weights[name], entry = LossWeights.from_entry(name, entry)
            adapters[name] = entry.get('adapter')
            self.teachers[name] = Teacher.from_entry(name, entry, self.student_window, self.skeleton)
        self.left_out: dict[str, Tensor] = {}
        self.stopwatch = Stopwatch()
        self.mean_pose: MeanPose | None = None
        self.combine = combine
        taught = {name: teacher.keypoint_map.dst_indices for name, teacher in self.teachers.items()}
        check_combination(combine, teacher_dropping, list(taught.values()))

        self.canvas = self._canvas(canvas_size)
        pixels = PixelFormat.of_preprocessor(self.data_preprocessor, 'the student')
        for name, teacher in self.teachers.items():
            teacher.connect(self.canvas, self.student_window, self.bins, pixels, adapters[name])

        if self.test_cfg.get('dialects') and not dialects:
            raise ValueError('test_cfg.dialects=True predicts in dialects, and the model has none; set model.dialects')
        hidden = self.head.cls_x.in_features
        self.distill = nn.ModuleDict()
        self.dialects = build_dialects(dialects, self.skeleton, hidden)
        if self.dialects:
            self.distill['dialects'] = nn.ModuleDict(self.dialects)
        self.distillation_loss = DistillationLoss(
            self.target_loss,
            self.bins,
            taught,
            self.gt_weight,
            combine,
            teacher_dropping,
            self.dialects,
            self.head.classify,
        )
        self.feature_losses = {
            name: self._feature_loss(name) for name, weights in self.loss_weights.items() if weights.feature_weight
        }
        if self.feature_losses:
            self.distill['features'] = nn.ModuleDict(self.feature_losses)

    def loss(self, inputs: Tensor, data_samples: Samples) -> dict[str, Tensor]:
        """Loss terms of a batch.

        Args:
            inputs: Canvases, ``[B, 3, Hc, Wc]``, normalised.
            data_samples: Samples whose ``gt_instance_labels`` hold ``keypoint_labels`` ``[1, K, 2]`` (student pixels)
                and ``keypoint_weights`` ``[1, K]``.

        Returns:
            Weighted terms, with ``loss`` in their names, and what is logged beside them, without.
        """
        feats = self.extract_feat(self.student_input(inputs))
        tokens = self.head.tokens(feats)
        logits = self.head.classify(tokens)
        ground_truth, left_out = self._annotated(data_samples)
        self.left_out = {_TRUTH: left_out.float().sum()}
        factors = schedule_factors(self.loss_weights)
        asked = [
            name
            for name, factor in factors.items()
            if factor * (self.loss_weights[name].weight + self.loss_weights[name].feature_weight)
        ]
        with self.stopwatch.timing(inputs.device):
            observed = self.observe(asked, inputs, data_samples)
        weights = {name: factors[name] * self.loss_weights[name].weight for name in observed}
        targets = {name: seen.target for name, seen in observed.items() if weights[name]}
        self.left_out |= {_TEACHER.format(name): seen.left_out.float().sum() for name, seen in observed.items()}
        sources = metainfo_of(data_samples, 'source')
        step = self.distillation_loss(tokens, logits, ground_truth, targets, weights, sources)
        if self.mean_pose:
            if self.gt_weight:
                self.mean_pose.see(_TRUTH, ground_truth, step.terms['gt'].divergence)
            for name, target in step.targets.items():
                self.mean_pose.see(_TEACHER.format(name), target, step.divergences[name])
        sums = self.distillation_loss.sums(step)
        for name, aligned in self.feature_losses.items():
            if name in observed:
                features = observed[name].features
                if features is None:
                    raise ValueError(
                        f'features are not stored with targets; set model.teachers.{name}.feature_weight=0'
                    )
                sums[f'feature_{name}'] = aligned.sums(feats[-1], features)
                self.left_out[_TEACHER.format(name)] += (~finite_maps(features)).sum()
        raw, losses = means_over_ranks(sums), {}
        for name, value in raw.items():
            if name in step.terms:
                losses[f'loss_{name}'] = step.terms[name].weight * value
            losses[f'raw_{name}'] = value.detach()
        for name, aligned in self.feature_losses.items():
            # the parameters stay part of the graph, which DDP insists on
            value = raw[f'feature_{name}'] if name in observed else sum(p.sum() for p in aligned.parameters())
            losses[f'loss_feature_{name}'] = factors[name] * self.loss_weights[name].feature_weight * value
        losses['rows_left_out'] = sum(self.left_out.values())
        return losses | self.distillation_loss.observations(logits, step.targets)

    def student_input(self, inputs: Tensor) -> Tensor:
        """What the student sees of a batch: its window of canvases; samples whose targets move are cropped to it.

        Args:
            inputs: ``[B, 3, Hc, Wc]``.

        Returns:
            ``[B, 3, h, w]``.
        """
        whole = tuple(inputs.shape[-2:]) == self.bins.input_size[::-1]
        return inputs if whole else self.canvas.extract(inputs, self.student_window)

    def observe(self, names: Collection[str], inputs: Tensor, data_samples: Samples) -> dict[str, Observed]:
        """What teachers say of a batch, stored or asked for, and their features, which are not stored; by name.

        Args:
            names: The teachers.
            inputs: Canvases, ``[B, 3, Hc, Wc]``, normalised.
            data_samples: Samples as :meth:`loss` takes them.
        """
        motion = _motion(data_samples, inputs.device) if names else {}
        stored = {name: self._stored(name, data_samples, motion) for name in names}
        persons = None if all(stored.values()) else Persons.of_samples(data_samples, inputs.device)
        found = {}
        for name, seen in stored.items():
            target, features = seen or self.teachers[name].observe(inputs, persons)
            target, left_out = target.finite_rows()
            found[name] = Observed(target, features, left_out)
        return found

    def predict(self, inputs: Tensor, data_samples: Samples) -> list[PoseDataSample]:
        """Predicts as any MMPose model does; with ``test_cfg.dialects``, each sample in the dialect of its source."""
        if not (self.dialects and self.test_cfg.get('dialects')):
            return super().predict(inputs, data_samples)
        sources = metainfo_of(data_samples, 'source')
        with self.head.correcting(lambda tokens: corrected(tokens, self.dialects, sources)):
            return super().predict(inputs, data_samples)

    def ground_truth(self, data_samples: Samples) -> SimCCTarget:
        """The annotations of a batch as a target; one that is no finite number has weight 0.

        Raises:
            ValueError: If the samples are not annotated in this model's skeleton.
        """
        return self._annotated(data_samples)[0]

    def _annotated(self, data_samples: Samples) -> tuple[SimCCTarget, Tensor]:
        """The annotations as :meth:`ground_truth` gives them, and which were left out, ``[B, K]``."""
        keypoints, weights = (labels_of(data_samples, f'keypoint_{key}') for key in ('labels', 'weights'))
        if keypoints.shape[1:] != (len(self.skeleton), 2):
            raise ValueError(
                f'samples must be annotated with the {len(self.skeleton)} keypoints of {self.skeleton.name!r}. Got: '
                f'labels of shape {tuple(keypoints.shape)}; give dataset and model the same skeleton'
            )
        device = self.head.cls_x.weight.device
        keypoints, weights = (values.to(device, non_blocking=True) for values in (keypoints, weights))
        finite = keypoints.isfinite().all(-1) & weights.isfinite()
        target = self.bins.encode(torch.where(finite[..., None], keypoints, 0.0), torch.where(finite, weights, 0.0))
        return target, ~finite & (weights != 0)  # what is not annotated may be anything

    @torch.no_grad()
    def opinions(self, inputs: Tensor, data_samples: Samples) -> dict[str, SimCCTarget]:
        """What ground truth, teachers and student say of a batch, to be looked at.

        Args:
            inputs: Canvases, ``[B, 3, Hc, Wc]``, normalised.
            data_samples: Samples as :meth:`loss` takes them.

        Returns:
            Targets by title, ``ground truth`` first and ``student`` last. Stored targets stand for their teachers. The
            student's weight is the score that MMPose's decoding gives its keypoints.
        """
        found = {_TRUTH: self.ground_truth(data_samples)}
        for name, seen in self.observe(self.teachers, inputs, data_samples).items():
            found[_TEACHER.format(name)] = seen.target
        logits = self.head(self.extract_feat(self.student_input(inputs)))
        score = torch.minimum(*(axis.amax(-1) for axis in logits)).clamp(0.0, 1.0)
        found['student'] = SimCCTarget(*((self.bins.beta * axis).softmax(-1) for axis in logits), score)
        return found

    def target_fingerprint(self) -> dict[str, Any]:
        """All of this model that its teachers' targets depend on, as plain values."""
        preprocessor = self.data_preprocessor
        return dict(
            skeleton=self.skeleton.names,
            bins=dataclasses.asdict(self.bins),
            canvas=self.canvas.size,
            **(dict(canvas_scale=self.canvas_scale) if self.canvas_scale != 1 else {}),
            normalisation={
                name: [round(value, 4) for value in getattr(preprocessor, name).flatten().tolist()]
                for name in ('mean', 'std')
                if hasattr(preprocessor, name)
            },
            preprocessor=type(preprocessor).__name__,
            teachers={name: teacher.facts for name, teacher in self.teachers.items()},
            code_versions=dict(
                preprocessor=getattr(preprocessor, 'targets_version', 1),
                views=Placement.targets_version,  # the windows', by the name that stores on disks have for it
                teachers=Teacher.targets_version,
                **{type(one.adapter).__name__: one.adapter.targets_version for one in self.teachers.values()},
            ),
        )

    def compact_targets(
        self, inputs: Tensor, data_samples: Samples, leaves: int
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What the teachers say of a batch, small enough to be stored.

        Args:
            inputs: Canvases, ``[B, 3, Hc, Wc]``, normalised.
            data_samples: Samples as :meth:`loss` takes them.
            leaves: See :func:`unipose.simcc.compact.compress`.

        Returns:
            By teacher ``[B, K, bytes]``, uint8, for the keypoints that it knows. Samples bring them back as
            ``target_<teacher>`` in their ``gt_instance_labels``, and the loss then runs no teacher. And which of them
            are no finite numbers, ``[B, K]``: these have weight 0.
        """
        persons = Persons.of_samples(data_samples, inputs.device)
        packed, left_out = {}, {}
        for name, teacher in self.teachers.items():
            target, left_out[name] = (
                teacher(inputs, persons).select_keypoints(teacher.keypoint_map.dst_indices).finite_rows()
            )
            packed[name] = compress(target, leaves)
        return packed, left_out

    def _stored(self, name: str, data_samples: Samples, motion: Mapping[str, Any]) -> tuple[SimCCTarget, None] | None:
        """A teacher's stored target, moved, and no features; None where samples do not bring any."""
        packed = labels_of(data_samples, f'target_{name}')
        if packed is None:
            return None
        packed = packed.to(self.head.cls_x.weight.device, non_blocking=True)
        target = decompress(packed, self.bins.num_bins)
        known = self.teachers[name].keypoint_map.dst_indices
        target = target.scatter_keypoints(range(len(known)), known, len(self.skeleton))
        if motion:
            target = moved(target, **motion, bins=self.bins, flip_indices=self.skeleton.flip_indices)
        return target, None

    def _canvas(self, size: tuple[int, int] | None) -> Canvas:
        """The canvas, which holds all windows that are the same for everybody."""
        windows = [teacher.window for teacher in self.teachers.values() if isinstance(teacher.window, Window)]
        if size is None and len(windows) < len(self.teachers):
            raise ValueError(
                'a teacher with a padding of its own needs as large a canvas as the people of the dataset make it; say '
                'model.canvas_size, the same as in the pipelines'
            )
        canvas = Canvas(tuple(size)) if size else Canvas.around(self.student_window, *windows)
        canvas.offset(self.student_window)
        return canvas

    def _feature_loss(self, name: str) -> FeatureLoss:
        teacher, head = self.teachers[name], self.head
        if not teacher.network.has_features or not isinstance(teacher.window, Window):
            reason = (
                'its window is another for each sample (padding)' if teacher.network.has_features else 'it has none'
            )
            raise ValueError(
                f'teacher {name!r}: feature_weight has the student follow its features, and {reason}; leave '
                'feature_weight out, or 0'
            )
        width, height = self.canvas.size
        _, features = teacher.observe(torch.zeros(1, 3, height, width))
        return FeatureLoss(
            student_channels=head.in_channels,
            teacher_channels=features.shape[1],
            canvas=self.canvas,
            student_window=self.student_window,
            teacher_window=teacher.window,
            grid_size=tuple(head.in_featuremap_size),
        )

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> MultiTeacherDistiller:
        for teacher in self.teachers.values():
            teacher.apply(fn)
        return super()._apply(fn, recurse)


def _motion(data_samples: Samples, device: torch.device) -> dict[str, Any]:
    """How people have moved since their stored targets were seen, as :func:`moved` takes it; empty where none moves."""
    seen = labels_of(data_samples, 'seen_box')
    if seen is None:
        return {}
    mirrored = torch.tensor([bool(flip) for flip in metainfo_of(data_samples, 'flip')]).to(device, non_blocking=True)
    matrix, shift = Persons.of_samples(data_samples, device).way_from(seen.to(device, non_blocking=True), mirrored)
    return dict(matrix=matrix, shift=shift, mirrored=mirrored, zooms=zooms_of(matrix))
