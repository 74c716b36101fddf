"""A teacher as an estimator, so that it is scored and looked at as any model of MMPose is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from unipose.compute.complexity import Complexity
from unipose.simcc import Canvas, Persons, SimCCBins, SimCCTarget, Window
from unipose.simcc.flip_test import ALIGNED, FlipTest, set_flip_test, shifted

from .entry import LOSS_WEIGHT_KEYS, skeleton_of_entry, taught_skeleton
from .networks import Network, kind_of_entry
from .outputs import rtmpose_sigma
from .pixels import PixelFormat
from .teacher import Teacher


@MODELS.register_module()
class TeacherEstimator(nn.Module):
    """Predicts a teacher's keypoints on crops of its own, or on the canvases that it teaches through.

    On its own crops a network of MMPose predicts, decodes and flips as MMPose has it, in fp32. All others, and all
    through a canvas, are decoded from the targets that they teach with, whose flip test is always aligned.

    Args:
        name: Its key among the teachers of a config.
        entry: Its entry there, see :meth:`unipose.teachers.teacher.Teacher.from_entry`.
        student: What it teaches: ``decoder`` (the student's codec), ``canvas_size``, ``canvas_scale`` and ``beta``. It
            then predicts on canvases; by default on its own crops.
        flip_test: Average predictions with those on the mirrored image, see :mod:`unipose.simcc.flip_test`.
        weights: Others than those of the entry.

    Attributes:
        skeleton: The keypoints that it predicts.
        input_size: Width and height that samples are cropped to, and that places are in.
        crop: Config of the transform that crops them.

    Raises:
        ValueError: If the entry is wrong, see :meth:`Teacher.from_entry`.
        FileNotFoundError: If a file is missing.
    """

    def __init__(
        self,
        name: str,
        entry: Mapping[str, Any],
        student: Mapping[str, Any] | None = None,
        flip_test: FlipTest = True,
        weights: str | None = None,
    ) -> None:
        super().__init__()
        where = f'teacher {name!r}'
        entry = {key: value for key, value in entry.items() if key not in (*LOSS_WEIGHT_KEYS, 'derived')}
        kind = kind_of_entry(entry, where)
        entry |= {kind.weights_key: str(weights)} if weights else {}
        self._paddings = dict(entry.get('padding') or {})
        self._stretch = [1.0, 1.0]
        if student is None:
            entry = _as_published(entry, kind)
            self.skeleton, crop = skeleton_of_entry(entry, where), kind.crop_of_entry(entry, where)
            # the pixels are those of its crop, whichever kind of crop that is
            entry['window'] = dict(size=crop.input_size, input_size=crop.input_size, udp=False)
            window, canvas = Window(crop.input_size, crop.input_size), Canvas(crop.input_size)
            self.bins = SimCCBins(crop.input_size, rtmpose_sigma(crop.input_size))
            if crop.udp:  # its last pixel lies on the box's edge, where of a plain one the pixel after it would
                self._stretch = [side / (side - 1) for side in crop.input_size]
        else:
            self.skeleton = taught_skeleton(entry, where)
            self.bins = SimCCBins.from_codec(student['decoder'], beta=student.get('beta', 10.0))
            how = dict(canvas_size=tuple(student['canvas_size']), canvas_scale=student.get('canvas_scale', 1.0))
            window, canvas = Window.finer(self.bins.input_size, how['canvas_scale']), Canvas(how['canvas_size'])
            self.crop = dict(type='CanvasAffine', input_size=self.bins.input_size, **how)
        self.input_size = self.bins.input_size
        self.teacher = Teacher.from_entry(name, entry, window, self.skeleton)
        self.teacher.connect(canvas, window, self.bins, PixelFormat('BGR'), entry.get('adapter'))
        self._own: nn.Module | None = None
        if student is None:
            self.crop, self._own = self.teacher.network.own_crop(), self.teacher.network.estimator()
        if self._own is not None:
            set_flip_test(self._own, flip_test)
        self.test_cfg = dict(flip_test=flip_test if self._own is not None else flip_test and ALIGNED)
        self.register_buffer('place', torch.zeros(()), persistent=False)  # says which device it is on

    @property
    def complexity(self) -> Complexity:
        """How large the network is, and how much it computes."""
        return self.teacher.network.complexity()

    def padding(self, source: str) -> float:
        """Factor from a person's box to its own crop: its entry's for people of a source, or MMPose's 1.25."""
        return self._paddings.get(source, self._paddings.get('default', 1.25))

    def facts(self) -> dict[str, Any]:
        """What is known of its weights, as of a checkpoint in a protocol."""
        weights = self.teacher.network.weights
        return dict(checkpoint=weights.name, checkpoint_sha256=weights.sha256, ema=None, epoch=None)

    @torch.no_grad()
    def test_step(self, data: Mapping[str, Any]) -> list[PoseDataSample]:
        """Predicts a batch of the dataloader.

        Args:
            data: ``inputs``, crops or canvases ``[3, H, W]``, uint8, BGR; and ``data_samples``.

        Returns:
            The samples, with ``pred_instances`` as MMPose's estimators give them.
        """
        if self._own is not None:
            return self._own.test_step(data)
        inputs, samples = data['inputs'], list(data['data_samples'])
        inputs = inputs if isinstance(inputs, Tensor) else torch.stack(inputs)
        images = inputs.to(self.place.device, non_blocking=True).float()
        persons = Persons.of_samples(data['data_samples'], images.device) or self._persons(samples)
        target, confidence, _ = self.teacher.predict(images, persons)
        if self.test_cfg['flip_test']:
            mirrored = persons.mirrored(self.input_size[0])
            there, there_confidence, _ = self.teacher.predict(images.flip(-1), mirrored)
            target = _mean(target, self._mirrored(there))
            confidence = (confidence + there_confidence[:, list(self.skeleton.flip_indices)]) / 2
        target, _ = target.scaled(self.teacher.trust(confidence)).finite_rows()
        places = (self.bins.decode(target) * target.x.new_tensor(self._stretch)).cpu().numpy()
        scores = target.weight.cpu().numpy()
        for sample, keypoints, keypoint_scores in zip(samples, places, scores, strict=True):
            found = InstanceData()
            size, scale, center = (np.asarray(sample.get(key)) for key in ('input_size', 'input_scale', 'input_center'))
            found.keypoints = (keypoints / size * scale + center - 0.5 * scale)[None]
            found.keypoint_scores = found.keypoints_visible = keypoint_scores[None]
            found.bboxes = sample.gt_instances.bboxes
            found.bbox_scores = sample.gt_instances.bbox_scores
            sample.pred_instances = found
        return samples

    def _persons(self, samples: Sequence[PoseDataSample]) -> Persons:
        """Whom crops of padded boxes show."""
        boxes, sizes = [], []
        for sample in samples:
            center, scale, size = (np.asarray(sample.get(key)) for key in ('input_center', 'input_scale', 'input_size'))
            left_top, right_bottom = (
                np.asarray(sample.gt_instances.bboxes[0]).reshape(2, 2) - center
            ) / scale * size + size / 2
            wide, high = right_bottom - left_top
            boxes.append([(left_top + right_bottom) / 2, [wide / 2, 0.0], [0.0, high / 2]])
            sizes.append([wide, high])
        device = self.place.device
        return Persons(
            tuple(sample.get('source', '') for sample in samples),
            torch.tensor(np.array(boxes), dtype=torch.float32, device=device),
            torch.tensor(np.array(sizes), dtype=torch.float32, device=device),
        )

    def _mirrored(self, target: SimCCTarget) -> SimCCTarget:
        """What was predicted on mirrored images, on the images themselves.

        Bins reversed are not the bins of mirrored pixels, see :func:`unipose.simcc.flip_test.set_flip_test`.
        """
        target = target.select_keypoints(self.skeleton.flip_indices)
        rows = shifted(target.x.flip(-1), 1 - self.bins.split_ratio)
        return SimCCTarget(rows / rows.sum(-1, keepdim=True), target.y, target.weight)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> TeacherEstimator:
        self.teacher.apply(fn)
        return super()._apply(fn, recurse)


def _as_published(entry: Mapping[str, Any], kind: type[Network]) -> dict[str, Any]:
    """An entry of the network alone, in full precision."""
    plain = {key: value for key, value in (('fold_batch_norms', False), ('precision', 'fp32')) if key in kind.optional}
    left_out = ('padding', 'keypoints', 'fold_batch_norms', 'compile')
    return {key: value for key, value in entry.items() if key not in left_out} | plain


def _mean(one: SimCCTarget, other: SimCCTarget) -> SimCCTarget:
    parts = zip((one.x, one.y, one.weight), (other.x, other.y, other.weight), strict=True)
    return SimCCTarget(*((a + b) / 2 for a, b in parts))
