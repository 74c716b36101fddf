"""A frozen pose estimator that turns canvases into targets for the student."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unipose.checkpoints.loading import sha256_file
from unipose.checkpoints.locate import locate_file
from unipose.licences import Licence
from unipose.simcc import Canvas, PaddedView, Persons, SimCCBins, SimCCTarget, View, midpoints
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton, with_midpoints

from .adapters import build_adapter
from .calibration import Calibration
from .networks import NETWORKS, Crop, Network, kind_of_entry
from .pixels import PixelFormat
from .renormalisation import Renormalisation

LESSON_KEYS = ('weight', 'feature_weight', 'schedule')
"""What the distiller reads of a teacher's entry; the rest describes the teacher."""
_OF_ALL = (
    *('skeleton', 'keypoints', 'derived', 'aliases', 'view', 'padding', 'blackout', 'adapter', 'confidence'),
    *('calibration', 'license'),
)


class Teacher:
    """Frozen pose estimator; not part of the model that holds it.

    It is no ``nn.Module``, so the holder's ``train()``, ``parameters()``, ``state_dict()``, DDP and optimizer do not
    see it, and it copies as itself, so an EMA of the holder does not double it.

    Args:
        name: Its key among the teachers of a config.
        network: The network.
        skeleton: The keypoints that it predicts.
        view: What it sees of the canvas.
        keypoint_map: What it teaches, its keypoints and then the derived ones, among the union's.
        trust: From its raw confidence to the factor in its targets' weight.
        picked: Which of the network's keypoints it predicts; by default all.
        ends: Indices of the two keypoints that each derived one lies between.
        blackout: What lies outside the person's box, grown by this factor, is black; by default nothing is.
        facts: What its targets depend on, as plain values.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        skeleton: Skeleton,
        view: View | PaddedView,
        keypoint_map: KeypointMap,
        trust: Callable[[Tensor], Tensor],
        picked: tuple[int, ...] | None = None,
        ends: Sequence[tuple[int, int]] = (),
        blackout: float | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.network = network
        self.skeleton = skeleton
        self.view = view
        self.keypoint_map = keypoint_map
        self.trust = trust
        self.picked = picked
        self.ends = ends
        self.blackout = blackout
        self.facts = facts

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, Any], student_view: View, skeleton: Skeleton) -> Teacher:
        """Builds a teacher from its entry in a config.

        Args:
            name: The entry's key.
            entry: What names the network: ``config`` and ``checkpoint``
                (:class:`unipose.teachers.networks.MMPoseNetwork`), ``onnx``
                (:class:`unipose.teachers.networks.OnnxNetwork`) or ``transformers``
                (:class:`unipose.teachers.networks.TransformersNetwork`), with what these read beside it; ``skeleton``
                (see :func:`unipose.skeletons.load_skeleton`; not needed where a file says its own); and optionally
                ``keypoints`` (names of those that it teaches; by default all), ``derived`` (points between two of them
                that it speaks of as well, ``dict(pelvis=('left_hip', 'right_hip'))``; docs/skeletons.md says how far
                off they are), ``aliases`` (other names of keypoints),
                ``view`` (``dict(input_size=(w, h), window=(w, h), udp=False)``; by default the network's input size,
                in a window as high as the student's) or ``padding`` (see :class:`unipose.simcc.PaddedView`),
                ``blackout`` (a factor: what lies outside the person's box, so much larger, is black), ``adapter``,
                ``calibration`` (a file that ``tools/calibrate_teacher.py`` wrote: confidence is then the probability
                that the teacher is right; by default it is what the network says, clamped to [0, 1]), ``confidence``
                (default True; False leaves it out: a target's weight is the mass inside the student's view alone) and
                ``license`` (of its weights, see :meth:`unipose.licences.Licence.of`; by default what the manifest or
                the file says; it goes with the student).
            student_view: What the student sees.
            skeleton: The union that the student predicts.

        Raises:
            ValueError: If keys are missing or unknown, the weights do not fit the network, the network does not have
                as many outputs as the skeleton has keypoints, the calibration is of another network, or the licence
                is none.
            FileNotFoundError: If a file is missing.
            ImportError: If a package that the network needs is not installed.
        """
        where = f'teacher {name!r}'
        kind = _checked_kind(entry, where)
        Licence.of(entry.get('license'), where)  # the run gathers them, see unipose.licences
        own, taught = skeleton_of_entry(entry, where), taught_skeleton(entry, where)
        picked = None if taught is own else tuple(own.index(name) for name in taught.names)
        derived = entry.get('derived') or {}
        try:
            known = with_midpoints(taught, derived) if derived else taught
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f'{where}: {error}') from None
        ends = [tuple(taught.index(end) for end in pair) for pair in derived.values()]
        keypoint_map = KeypointMap(known, skeleton, entry.get('aliases'), what=where)
        given = entry.get('view') or {}
        if given.get('window') and given.get('input_size'):  # before weights are read for a view that cannot be
            _view(entry, Crop(tuple(given['input_size'])), student_view, where)
        network = kind.from_entry(entry, where, own)
        trust = _trust_of_entry(entry, network.weights.sha256, where)
        view = _view(entry, network.crop, student_view, where)
        blackout = entry.get('blackout')
        if blackout is not None and not (isinstance(blackout, int | float) and blackout > 0):
            raise ValueError(f"{where}: blackout is a factor above 0 on the person's box. Got: {blackout!r}")
        facts = _facts_of_entry(entry, network, known, view)
        return cls(name, network, taught, view, keypoint_map, trust, picked, ends, blackout, facts)

    def connect(
        self,
        canvas: Canvas,
        student_view: View,
        bins: SimCCBins,
        student_pixels: PixelFormat,
        adapter: Mapping[str, Any] | None = None,
    ) -> None:
        """Says what the teacher's inputs look like and into which bins its outputs go.

        Args:
            canvas: The canvas it is given.
            student_view: What the student sees of it.
            bins: The student's bins.
            student_pixels: What the canvas's pixels are normalised to.
            adapter: Registry config of the adapter; by default the one for the network's output.
        """
        self.canvas, self.student_view = canvas, student_view
        spread = None
        if isinstance(self.trust, Calibration) and self.trust.spreads is not None:
            spread = partial(_spread_of, self.trust, student_view.input_size[1])
        self.adapter = build_adapter(
            self.network.output, input_size=self.view.input_size, bins=bins, config=adapter, spread=spread
        )
        self._renormalise = Renormalisation(student_pixels, self.network.pixels)

    def __call__(self, canvas: Tensor, persons: Persons | None = None) -> SimCCTarget:
        """Predicts on a batch of canvases.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.
            persons: Whom they show, for a teacher that has a padding of its own or looks in the person's box.

        Returns:
            Distributions over the student's bins, for the union's keypoints; their weight is the teacher's confidence
            times the mass inside the student's view.
        """
        return self.observe(canvas, persons)[0]

    def observe(self, canvas: Tensor, persons: Persons | None = None) -> tuple[SimCCTarget, Tensor | None]:
        """Predicts on a batch of canvases, and shows the features that it predicted from.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.
            persons: Whom they show.

        Returns:
            The target, as from a call; and the last feature map, ``[B, C, h, w]``; None of a network without features.
        """
        target, confidence, feature_map = self.predict(canvas, persons)
        target = target.scaled(self.trust(confidence))
        if self.ends:
            target = target.with_more(midpoints(target, self.ends))
        indices = self.keypoint_map
        return target.scatter_keypoints(indices.src_indices, indices.dst_indices, len(indices.dst)), feature_map

    @torch.no_grad()
    def predict(self, canvas: Tensor, persons: Persons | None = None) -> tuple[SimCCTarget, Tensor, Tensor | None]:
        """Predicts its own keypoints on a batch of canvases, and says how sure it is apart from that.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.
            persons: Whom they show.

        Returns:
            Distributions over the student's bins for the teacher's ``K`` keypoints, their weight the mass inside the
            student's view; the raw confidence ``[B, K]``, on the network's own scale; and the feature map, as
            :meth:`observe` gives it.
        """
        placement = self.view.place(self.canvas, persons)
        axes = placement.of(self.student_view.place(self.canvas))
        images = self._renormalise(placement.extract(canvas).float())
        if self.blackout is not None:
            images = self._blacked_out(images, axes, persons)
        raw, features = self.network(images)
        if self.picked is not None:
            raw = self.network.output.select(raw, self.picked)
        with torch.autocast(canvas.device.type, enabled=False):
            return *self.adapter(raw, axes, persons), features

    def apply(self, function: Callable[[Tensor], Tensor]) -> None:
        """Applies what the holder's ``_apply`` applies to tensors, so that the teacher follows its device."""
        self.network.apply(function)

    def __deepcopy__(self, memo: dict) -> Teacher:
        return self

    def _blacked_out(self, images: Tensor, axes: Any, persons: Persons | None) -> Tensor:
        """The images with black for what lies outside the persons' boxes."""
        if persons is None:
            raise ValueError(
                f'teacher {self.name!r}: blackout needs the person of each sample, which CanvasAffine and '
                'PackUnifiedInputs write down; crop with them'
            )
        rows = []
        for (scale, shift), side in zip(axes, self.view.input_size, strict=True):
            places = torch.arange(side, device=images.device, dtype=torch.float32)
            scale, shift = (torch.as_tensor(value, device=images.device).reshape(-1, 1) for value in (scale, shift))
            rows.append((places - shift) / scale)  # pixels of the student's input, [B or 1, side]
        x, y = rows
        grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
        inside = persons.inside(grid, self.blackout)[:, None]
        return torch.where(inside, images, self._renormalise.black.to(images))


def skeleton_of_entry(entry: Mapping[str, Any], where: str) -> Skeleton:
    """The keypoints that the network of an entry predicts, in its own order.

    Raises:
        ValueError: If neither the entry nor the network says them, or they say different ones.
    """
    own = kind_of_entry(entry, where).skeleton_of_entry(entry, where)
    if not entry.get('skeleton'):
        if own is None:
            raise ValueError(f"{where} lacks ['skeleton']: the keypoints that it predicts, such as 'coco'")
        return own
    named = load_skeleton(entry['skeleton'])
    if own is not None and own.names != named.names:
        raise ValueError(
            f'{where}: its file says that it predicts {", ".join(own.names)}; skeleton={entry["skeleton"]!r} has '
            f'{", ".join(named.names)}. Leave skeleton out'
        )
    return named


def taught_skeleton(entry: Mapping[str, Any], where: str) -> Skeleton:
    """Those of the keypoints of :func:`skeleton_of_entry` that an entry picks, in the order of its ``keypoints``.

    Raises:
        ValueError: If it picks others.
    """
    own, names = skeleton_of_entry(entry, where), entry.get('keypoints')
    if names is None:
        return own
    if isinstance(names, str):
        raise ValueError(f'{where}: keypoints is a list of names. Got: {names!r}')
    try:
        return own.select(names)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None


def view_of_entry(entry: Mapping[str, Any], student_view: View, name: str = '') -> View | PaddedView:
    """What the teacher of a config entry sees of the canvas, as far as possible without its weights.

    Args:
        entry: See :meth:`Teacher.from_entry`.
        student_view: What the student sees.
        name: The entry's key, for messages.

    Raises:
        ValueError: If the view is not a whole-pixel window of the right aspect ratio, or there is no network.
        FileNotFoundError: If a file of the teacher is missing.
    """
    where = f'teacher {name!r}' if name else 'a teacher'
    return _view(entry, kind_of_entry(entry, where).crop_of_entry(entry, where), student_view, where)


def _view(entry: Mapping[str, Any], crop: Crop, student_view: View, where: str) -> View | PaddedView:
    given, padding = dict(entry.get('view') or {}), entry.get('padding')
    input_size, udp = tuple(given.get('input_size') or crop.input_size), given.get('udp', crop.udp)
    if padding is not None and not isinstance(padding, Mapping):
        raise ValueError(
            f'{where}: padding is said for each source: padding=dict(coco=1.5, mpii=1.25). Got: {padding!r}'
        )
    if padding is not None and given.get('window'):
        raise ValueError(f'{where}: its window is said by view and by padding; leave out one of them')
    try:
        if padding is not None:
            return PaddedView(input_size, dict(padding), student_view, udp)
        if given.get('window'):
            return View(tuple(given['window']), input_size, udp)
        return View.at_scale_of(student_view, input_size, udp)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None


def _checked_kind(entry: Mapping[str, Any], where: str) -> type[Network]:
    kind = kind_of_entry(entry, where)
    missing = [key for key in kind.required if not entry.get(key)]
    known = {kind.key, *kind.required, *kind.optional, *_OF_ALL}
    foreign = {key: [of for of, other in NETWORKS.items() if key in other.optional] for key in set(entry) - known}
    foreign = {key: kinds for key, kinds in foreign.items() if kinds}
    unknown = sorted(set(entry) - known - set(foreign))
    if missing or unknown:
        faults = [f'lacks {missing}'] * bool(missing) + [f'has unknown keys {unknown}'] * bool(unknown)
        raise ValueError(
            f'{where} {" and ".join(faults)}. An entry with {kind.key!r} has {[kind.key, *kind.required]} and '
            f'optionally weight, schedule, feature_weight, {", ".join((*kind.optional, *_OF_ALL))}. Is the name of '
            'this entry misspelt? A teacher is removed by NAME=None'
        )
    for key, kinds in sorted(foreign.items()):
        if entry[key] not in (None, False):
            raise ValueError(
                f'{where}: {key} means nothing for an entry with {kind.key!r}, only for one with '
                f'{" or ".join(map(repr, kinds))}; leave it out'
            )
    return kind


def _trust_of_entry(entry: Mapping[str, Any], digest: str, where: str) -> Callable[[Tensor], Tensor]:
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
        return Calibration.load(calibration, digest)
    return _clamped if confidence else torch.ones_like


def _facts_of_entry(
    entry: Mapping[str, Any], network: Network, skeleton: Skeleton, view: View | PaddedView
) -> dict[str, Any]:
    """What a teacher's targets depend on; precision and fusion change them by less than their tolerance."""
    calibration = entry.get('calibration')
    seen = dict(window=view.window) if isinstance(view, View) else dict(paddings=dict(view.paddings))
    return dict(
        checkpoint=network.weights.sha256,
        **network.facts,
        skeleton=skeleton.names,
        aliases=dict(entry.get('aliases') or {}),
        view=dict(seen, input_size=view.input_size, **(dict(udp=True) if view.udp else {})),
        adapter=dict(entry.get('adapter') or {}),
        confidence=entry.get('confidence', True),
        calibration=sha256_file(locate_file(calibration, 'calibration')) if calibration else None,
        **{key: entry[key] for key in ('blackout', 'derived') if entry.get(key)},
    )


def _spread_of(calibration: Calibration, height: int, confidence: Tensor) -> Tensor:
    """How far off places are, pixels of a student's view so high."""
    return height * calibration.spread(confidence)


def _clamped(confidence: Tensor) -> Tensor:
    return confidence.clamp(0.0, 1.0)
