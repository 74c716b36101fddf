"""A frozen pose estimator that turns canvases into targets for the student."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from mmengine.config import Config
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.checkpoints.loading import load_weights, resolve_checkpoint
from unipose.files.read_config import read_config
from unipose.simcc import Canvas, SimCCBins, SimCCTarget, View
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton

from .adapters import build_adapter

_REQUIRED = ('config', 'checkpoint', 'skeleton')
_OPTIONAL = ('view', 'adapter', 'aliases')


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
    """

    def __init__(self, name: str, model: nn.Module, skeleton: Skeleton, view: View, keypoint_map: KeypointMap) -> None:
        self.name = name
        self.model = model.eval().requires_grad_(False)
        self.skeleton = skeleton
        self.view = view
        self.keypoint_map = keypoint_map

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, Any], student_view: View, skeleton: Skeleton) -> Teacher:
        """Builds a teacher from its entry in a config.

        Args:
            name: The entry's key.
            entry: ``config`` (an MMPose config file), ``checkpoint`` (a file), ``skeleton`` (see
                :func:`unipose.skeletons.load_skeleton`) and optionally ``view``
                (``dict(input_size=(w, h), window=(w, h))``; by default the model's input size, in a window as high as
                the student's), ``adapter`` and ``aliases`` (other names of keypoints).
            student_view: What the student sees.
            skeleton: The union that the student predicts.

        Raises:
            ValueError: If keys are missing or unknown, the checkpoint does not fit the model, or the model does not
                have as many outputs as the skeleton has keypoints.
            FileNotFoundError: If a file is missing.
        """
        where = f'teacher {name!r}'
        missing = [key for key in _REQUIRED if not entry.get(key)]
        unknown = sorted(set(entry) - {*_REQUIRED, *_OPTIONAL})
        if missing or unknown:
            faults = [f'lacks {missing}'] * bool(missing) + [f'has unknown keys {unknown}'] * bool(unknown)
            raise ValueError(
                f'{where} {" and ".join(faults)}. A teacher entry has {list(_REQUIRED)} and optionally weight, '
                f'schedule, {", ".join(_OPTIONAL)}. Is {name!r} a misspelt name? A teacher is removed by {name}=None'
            )
        config = _model_config(entry['config'], where)
        model_config = config.model
        teacher_skeleton = load_skeleton(entry['skeleton'])
        keypoint_map = KeypointMap(teacher_skeleton, skeleton, entry.get('aliases'))
        _forget_initialisation(model_config)
        model = MODELS.build(model_config)
        outputs = getattr(model.head, 'out_channels', None) or getattr(model.head, 'num_joints', None)
        if outputs != len(teacher_skeleton):
            raise ValueError(
                f'{where}: {config.filename} predicts {outputs} keypoints, but its skeleton '
                f'{teacher_skeleton.name!r} has {len(teacher_skeleton)}; name the skeleton it was trained on'
            )
        load_weights(model, resolve_checkpoint(entry['checkpoint']), what=where, skeleton=teacher_skeleton)
        return cls(name, model, teacher_skeleton, view_of_entry(entry, student_view), keypoint_map)

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
        self._renormalise = _renormalisation(student_preprocessor, self.model.data_preprocessor)

    def __call__(self, canvas: Tensor) -> SimCCTarget:
        """Predicts on a batch of canvases.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.

        Returns:
            Distributions over the student's bins, for the union's keypoints; their weight is the teacher's confidence
            times the mass inside the student's view.
        """
        return self.observe(canvas)[0]

    @torch.no_grad()
    def observe(self, canvas: Tensor) -> tuple[SimCCTarget, Tensor]:
        """Predicts on a batch of canvases, and shows the features that it predicted from.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.

        Returns:
            The target, as from a call; and the last feature map of the backbone (and neck), ``[B, C, h, w]``.
        """
        with torch.autocast(canvas.device.type, enabled=False):
            features = self.model.extract_feat(self._renormalise(self.canvas.extract(canvas, self.view).float()))
            target, confidence = self.adapter(self.model.head.forward(features))
        target = replace(target, weight=target.weight * confidence)
        indices = self.keypoint_map
        return target.scatter_keypoints(indices.src_indices, indices.dst_indices, len(indices.dst)), features[-1]

    def apply(self, function: Callable[[Tensor], Tensor]) -> None:
        """Applies what the holder's ``_apply`` applies to tensors, so that the teacher follows its device."""
        self.model._apply(function)

    def __deepcopy__(self, memo: dict) -> Teacher:
        return self


def _model_config(file: str, where: str) -> Config:
    config = read_config(file, what=f'config of {where}')
    if not (config.get('model') or {}).get('head'):
        raise ValueError(f'{where}: {config.filename} has no model with a head; give the config it was trained with')
    return config


def _forget_initialisation(model_config: dict) -> None:
    """The checkpoint brings all weights; nothing is downloaded to start from."""
    model_config.pop('init_cfg', None)
    if model_config.get('backbone'):
        model_config['backbone']['init_cfg'] = None


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
        view['input_size'] = _model_config(entry['config'], 'a teacher').model.head.decoder['input_size']
    input_size, window = tuple(view['input_size']), view.get('window')
    return View(tuple(window), input_size) if window else View.at_scale_of(student_view, input_size)


def _renormalisation(student: nn.Module, teacher: nn.Module) -> Callable[[Tensor], Tensor]:
    """What turns images normalised for the student into images normalised for the teacher."""
    if student._channel_conversion != teacher._channel_conversion:
        raise ValueError('student and teacher must agree on bgr_to_rgb in their data_preprocessor')
    if torch.equal(student.mean, teacher.mean) and torch.equal(student.std, teacher.std):
        return lambda view: view
    scale = student.std / teacher.std
    shift = (student.mean - teacher.mean) / teacher.std
    return lambda view: view * scale.to(view.device) + shift.to(view.device)
