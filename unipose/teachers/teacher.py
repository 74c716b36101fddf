"""A frozen pose estimator that turns canvases into targets for the student."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.checkpoints.loading import load_weights, resolve_checkpoint, sha256_file
from unipose.checkpoints.without_starts import without_starts
from unipose.files.read_config import read_config
from unipose.precision import resolve_precision
from unipose.simcc import Canvas, SimCCBins, SimCCTarget, View
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton

from .adapters import build_adapter
from .calibration import Calibration
from .fused import fused
from .renormalisation import Renormalisation

_REQUIRED = ('config', 'checkpoint', 'skeleton')
_OPTIONAL = ('view', 'adapter', 'aliases', 'confidence', 'calibration', 'precision', 'fuse', 'compile')
_ON_CPU = 16  # images at a time: what more need does not stay in the cache, and takes a third longer for each
ENTRY_KEYS = (*_REQUIRED, *_OPTIONAL)
"""What a teacher reads of its entry in a config; the rest is the distiller's."""


class Teacher:
    """Frozen pose estimator; not part of the model that holds it.

    It is no ``nn.Module``, so the holder's ``train()``, ``parameters()``, ``state_dict()``, DDP and optimizer do not
    see it, and it copies as itself, so an EMA of the holder does not double it.

    Args:
        name: Its key among the teachers of a config.
        model: The network, with an MMPose ``data_preprocessor`` and ``head``.
        skeleton: The keypoints that it predicts.
        view: What it sees of the canvas.
        keypoint_map: Its keypoints among the union's.
        trust: From its raw confidence to the factor in its targets' weight.
        precision: ``'fp32'``, ``'bf16'`` or ``'auto'``, which is bf16 where the machine has units for it. The head
            computes in fp32 whatever the precision.
        facts: What its targets depend on, as plain values.
    """

    def __init__(
        self,
        name: str,
        model: nn.Module,
        skeleton: Skeleton,
        view: View,
        keypoint_map: KeypointMap,
        trust: Callable[[Tensor], Tensor],
        precision: str = 'auto',
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.skeleton = skeleton
        self.view = view
        self.keypoint_map = keypoint_map
        self.trust = trust
        self.precision = precision
        self.facts = facts
        self._backbone: Callable[[Tensor], Any] = self.model.backbone

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, Any], student_view: View, skeleton: Skeleton) -> Teacher:
        """Builds a teacher from its entry in a config.

        Args:
            name: The entry's key.
            entry: ``config`` (an MMPose config file), ``checkpoint`` (a file), ``skeleton`` (see
                :func:`unipose.skeletons.load_skeleton`) and optionally ``view``
                (``dict(input_size=(w, h), window=(w, h))``; by default the model's input size, in a window as high as
                the student's), ``adapter``, ``aliases`` (other names of keypoints), ``calibration`` (a file that
                ``tools/calibrate_teacher.py`` wrote: confidence is then the probability that the teacher is right;
                by default it is what the model says, clamped to [0, 1]), ``confidence`` (default True; False leaves
                it out: a target's weight is the mass inside the student's view alone), ``precision`` (``'auto'``,
                ``'fp32'`` or ``'bf16'``; default auto), ``fuse`` (default True: batch normalisations are folded
                into convolutions) and ``compile`` (default False; True: the backbone goes through ``torch.compile``,
                which on CPUs needs a C++ compiler).
            student_view: What the student sees.
            skeleton: The union that the student predicts.

        Raises:
            ValueError: If keys are missing or unknown, the checkpoint does not fit the model, the model does not have
                as many outputs as the skeleton has keypoints, or the calibration is of another checkpoint.
            FileNotFoundError: If a file is missing.
        """
        where = f'teacher {name!r}'
        missing = [key for key in _REQUIRED if not entry.get(key)]
        unknown = sorted(set(entry) - set(ENTRY_KEYS))
        if missing or unknown:
            faults = [f'lacks {missing}'] * bool(missing) + [f'has unknown keys {unknown}'] * bool(unknown)
            raise ValueError(
                f'{where} {" and ".join(faults)}. A teacher entry has {list(_REQUIRED)} and optionally weight, '
                f'schedule, feature_weight, {", ".join(_OPTIONAL)}. Is {name!r} a misspelt name? A teacher is removed '
                f'by {name}=None'
            )
        config = _model_config(entry['config'], where)
        teacher_skeleton = load_skeleton(entry['skeleton'])
        keypoint_map = KeypointMap(teacher_skeleton, skeleton, entry.get('aliases'), what=where)
        model = MODELS.build(without_starts(config.model))
        outputs = getattr(model.head, 'out_channels', None) or getattr(model.head, 'num_joints', None)
        if outputs != len(teacher_skeleton):
            raise ValueError(
                f'{where}: {config.filename} predicts {outputs} keypoints, but its skeleton '
                f'{teacher_skeleton.name!r} has {len(teacher_skeleton)}; name the skeleton it was trained on'
            )
        checkpoint = resolve_checkpoint(entry['checkpoint'])
        load_weights(model, checkpoint, what=where, skeleton=teacher_skeleton)
        trust = _trust_of_entry(entry, checkpoint, where)
        view, precision = view_of_entry(entry, student_view), entry.get('precision', 'auto')
        resolve_precision(precision, 'cpu')
        for key in ('fuse', 'compile'):
            if not isinstance(entry.get(key, False), bool):
                raise ValueError(f'{where}: {key} must be True or False. Got: {entry[key]!r}')
        if entry.get('fuse', True):
            model = fused(model.eval(), view.input_size)
        facts = _facts_of_entry(entry, config, checkpoint, view)
        teacher = cls(name, model, teacher_skeleton, view, keypoint_map, trust, precision, facts)
        if entry.get('compile'):
            # compiled at the first call, once for each batch size
            teacher._backbone = torch.compile(model.backbone, dynamic=False, options=dict(freezing=True))
        return teacher

    def connect(
        self,
        canvas: Canvas,
        student_view: View,
        bins: SimCCBins,
        student_preprocessor: nn.Module,
        adapter: Mapping[str, Any] | None = None,
    ) -> None:
        """Says what the teacher's inputs look like and into which bins its outputs go.

        Args:
            canvas: The canvas it is given.
            student_view: What the student sees of it.
            bins: The student's bins.
            student_preprocessor: The data preprocessor that has normalised the canvas.
            adapter: Registry config of the adapter; by default the one for the model's head.
        """
        self.canvas = canvas
        self.adapter = build_adapter(
            self.model.head, canvas=canvas, view=self.view, student_view=student_view, bins=bins, config=adapter
        )
        self._renormalise = Renormalisation(student_preprocessor, self.model.data_preprocessor, self.name)

    def __call__(self, canvas: Tensor) -> SimCCTarget:
        """Predicts on a batch of canvases.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.

        Returns:
            Distributions over the student's bins, for the union's keypoints; their weight is the teacher's confidence
            times the mass inside the student's view.
        """
        return self.observe(canvas)[0]

    def observe(self, canvas: Tensor) -> tuple[SimCCTarget, Tensor]:
        """Predicts on a batch of canvases, and shows the features that it predicted from.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.

        Returns:
            The target, as from a call; and the last feature map, ``[B, C, h, w]``, of the neck or, where that has
            pooled it away, of the backbone.
        """
        target, confidence, feature_map = self.predict(canvas)
        target = target.scaled(self.trust(confidence))
        indices = self.keypoint_map
        return target.scatter_keypoints(indices.src_indices, indices.dst_indices, len(indices.dst)), feature_map

    @torch.no_grad()
    def predict(self, canvas: Tensor) -> tuple[SimCCTarget, Tensor, Tensor]:
        """Predicts its own keypoints on a batch of canvases, and says how sure it is apart from that.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.

        Returns:
            Distributions over the student's bins for the teacher's ``K`` keypoints, their weight the mass inside the
            student's view; the raw confidence ``[B, K]``, on the model's own scale; and the feature map, as
            :meth:`observe` gives it.
        """
        model, device = self.model, canvas.device
        images = self._renormalise(self.canvas.extract(canvas, self.view).float())
        images = images.contiguous(memory_format=torch.channels_last)
        precision = resolve_precision(self.precision, device)
        with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
            parts = images.split(_ON_CPU) if device.type == 'cpu' else [images]
            maps = _joined([self._backbone(part) for part in parts])
            features = model.neck(maps) if model.with_neck else maps
        with torch.autocast(device.type, enabled=False):
            features, maps = _in_fp32(features), _in_fp32(maps)
            target, confidence = self.adapter(model.head.forward(features))
        last = _last(features)
        return target, confidence, last if last.ndim == 4 else _last(maps)

    def apply(self, function: Callable[[Tensor], Tensor]) -> None:
        """Applies what the holder's ``_apply`` applies to tensors, so that the teacher follows its device."""
        self.model._apply(function)

    def __deepcopy__(self, memo: dict) -> Teacher:
        return self


def _in_fp32(maps: Any) -> Any:
    """The same maps, of whatever nesting, in fp32."""
    if isinstance(maps, Tensor):
        return maps.float()
    return type(maps)(_in_fp32(part) for part in maps)


def _joined(parts: list[Any]) -> Any:
    """Maps of parts of a batch, of whatever nesting, as those of the whole."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], Tensor):
        return torch.cat(parts)
    return type(parts[0])(_joined(list(same)) for same in zip(*parts, strict=True))


def _last(maps: Any) -> Tensor:
    """The last feature map, of a list or of a list per stage (MSPN)."""
    while not isinstance(maps, Tensor):
        maps = maps[-1]
    return maps


def _model_config(file: str, where: str) -> Config:
    config = read_config(file, what=f'config of {where}')
    if not (config.get('model') or {}).get('head'):
        raise ValueError(f'{where}: {config.filename} has no model with a head; give the config it was trained with')
    return config


def _input_size(file: str) -> tuple[int, int]:
    config = _model_config(file, 'a teacher')
    size = (config.model.head.get('decoder') or {}).get('input_size')
    if not size:
        raise ValueError(
            f'{config.filename} does not say in model.head.decoder what input its model takes; say it in the teacher '
            'entry: view=dict(input_size=(width, height))'
        )
    return size


def _trust_of_entry(entry: Mapping[str, Any], checkpoint: Path, where: str) -> Callable[[Tensor], Tensor]:
    confidence, calibration = entry.get('confidence', True), entry.get('calibration')
    if not isinstance(confidence, bool):
        raise ValueError(f'{where}: confidence must be True or False. Got: {confidence!r}')
    if calibration and not isinstance(calibration, str | Path):
        raise ValueError(f'{where}: calibration is the path of a file that was measured. Got: {calibration!r}')
    if calibration and not confidence:
        raise ValueError(
            f'{where}: calibration says what its confidence is worth, and confidence=False leaves that out of its '
            'targets; give one or the other'
        )
    if calibration:
        return Calibration.load(calibration, checkpoint)
    return _clamped if confidence else torch.ones_like


def _facts_of_entry(entry: Mapping[str, Any], config: Config, checkpoint: Path, view: View) -> dict[str, Any]:
    """What a teacher's targets depend on; precision and fusion change them by less than their tolerance."""
    calibration = entry.get('calibration')
    return dict(
        checkpoint=sha256_file(checkpoint),
        model=without_starts(config.model).to_dict(),
        skeleton=load_skeleton(entry['skeleton']).names,
        aliases=dict(entry.get('aliases') or {}),
        view=dict(window=view.window, input_size=view.input_size),
        adapter=dict(entry.get('adapter') or {}),
        confidence=entry.get('confidence', True),
        calibration=sha256_file(calibration) if calibration else None,
    )


def _clamped(confidence: Tensor) -> Tensor:
    return confidence.clamp(0.0, 1.0)


def view_of_entry(entry: Mapping[str, Any], student_view: View) -> View:
    """What the teacher of a config entry sees of the canvas, read from its config alone.

    Args:
        entry: See :meth:`Teacher.from_entry`; only ``config`` and ``view`` are read.
        student_view: What the student sees.

    Raises:
        ValueError: If the view is not a whole-pixel window of the right aspect ratio, or there is no config.
        FileNotFoundError: If the teacher's config is missing.
    """
    view = dict(entry.get('view') or {})
    if not view.get('input_size'):
        if not entry.get('config'):
            raise ValueError(f'a teacher entry needs a config; is the name of this one misspelt? Got: {dict(entry)}')
        view['input_size'] = _input_size(entry['config'])
    input_size, window = tuple(view['input_size']), view.get('window')
    return View(tuple(window), input_size) if window else View.at_scale_of(student_view, input_size)
