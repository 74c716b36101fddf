"""A frozen pose estimator that turns canvases into targets for the student."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from unipose.checkpoints.licences import Licence
from unipose.simcc import Canvas, PaddedWindow, Persons, SimCCBins, SimCCTarget, Window, midpoints
from unipose.skeletons import KeypointMap, Skeleton, with_midpoints

from .adapters import build_adapter
from .calibration import Calibration
from .entry import checked_kind, facts_of_entry, picked, skeleton_of_entry, trust_of_entry, window_at
from .networks import Crop, Network
from .pixels import PixelFormat
from .renormalisation import Renormalisation


class Teacher:
    """Frozen pose estimator; not part of the model that holds it.

    It is no ``nn.Module``, so the holder's ``train()``, ``parameters()``, ``state_dict()``, DDP and optimizer do not
    see it, and it copies as itself, so an EMA of the holder does not double it.

    Args:
        name: Its key among the teachers of a config.
        network: The network.
        skeleton: The keypoints that it predicts.
        window: What it sees of the canvas.
        keypoint_map: What it teaches, its keypoints and then the derived ones, among the union's.
        trust: From its raw confidence to the factor in its targets' weight.
        picked: Which of the network's keypoints it predicts; by default all.
        ends: Indices of the two keypoints that each derived one lies between.
        blackout: What lies outside the person's box, grown by this factor, is black; by default nothing is.
        facts: What its targets depend on, as plain values.
    """

    targets_version: ClassVar[int] = 1
    """Raised with every change of what is done before and after network and adapter, as of an :class:`Adapter`."""

    def __init__(
        self,
        name: str,
        network: Network,
        skeleton: Skeleton,
        window: Window | PaddedWindow,
        keypoint_map: KeypointMap,
        trust: Callable[[Tensor], Tensor],
        picked: tuple[int, ...] | None = None,
        ends: Sequence[tuple[int, int]] = (),
        blackout: float | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.network: Network | None = network
        self.skeleton = skeleton
        self.window = window
        self.keypoint_map = keypoint_map
        self.trust = trust
        self.picked = picked
        self.ends = ends
        self.blackout = blackout
        self.facts = facts

    @classmethod
    def from_entry(cls, name: str, entry: Mapping[str, Any], student_window: Window, skeleton: Skeleton) -> Teacher:
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
                ``window`` (``dict(size=(w, h), input_size=(w, h), udp=False)``; by default the network's input size,
                in a window as high as the student's) or ``padding`` (see :class:`unipose.simcc.PaddedWindow`),
                ``blackout`` (a factor: what lies outside the person's box, so much larger, is black), ``adapter``,
                ``calibration`` (a file that ``unipose calibrate`` wrote: confidence is then the probability
                that the teacher is right; by default it is what the network says, clamped to [0, 1]), ``confidence``
                (default True; False leaves it out: a target's weight is the mass inside the student's window alone) and
                ``license`` (of its weights, see :meth:`unipose.checkpoints.licences.Licence.of`; by default what the
                manifest or the file says; it goes with the student).
            student_window: What the student sees.
            skeleton: The union that the student predicts.

        Raises:
            ValueError: If keys are missing or unknown, the weights do not fit the network, the network does not have
                as many outputs as the skeleton has keypoints, the calibration is of another network, or the licence
                is none.
            FileNotFoundError: If a file is missing.
            ImportError: If a package that the network needs is not installed.
        """
        where = f'teacher {name!r}'
        kind = checked_kind(entry, where)
        Licence.of(entry.get('license'), where)  # the run gathers them, see unipose.checkpoints.licences
        own = skeleton_of_entry(entry, where)
        taught = picked(own, entry, where)
        indices = None if taught is own else tuple(own.index(name) for name in taught.names)
        derived = entry.get('derived') or {}
        try:
            known = with_midpoints(taught, derived) if derived else taught
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f'{where}: {error}') from None
        ends = [tuple(taught.index(end) for end in pair) for pair in derived.values()]
        keypoint_map = KeypointMap(known, skeleton, entry.get('aliases'), what=where)
        given = entry.get('window') or {}
        if given.get('size') and given.get('input_size'):  # before weights are read for a window that cannot be
            window_at(entry, Crop(tuple(given['input_size'])), student_window, where)
        network = kind.from_entry(entry, where, own)
        trust = trust_of_entry(entry, network.weights.sha256, where)
        window = window_at(entry, network.crop, student_window, where)
        blackout = entry.get('blackout')
        if blackout is not None and not (type(blackout) in (int, float) and blackout > 0):
            raise ValueError(f"{where}: blackout is a factor above 0 on the person's box. Got: {blackout!r}")
        facts = facts_of_entry(entry, network, known, window)
        return cls(name, network, taught, window, keypoint_map, trust, indices, ends, blackout, facts)

    def connect(
        self,
        canvas: Canvas,
        student_window: Window,
        bins: SimCCBins,
        student_pixels: PixelFormat,
        adapter: Mapping[str, Any] | None = None,
    ) -> None:
        """Says what the teacher's inputs look like and into which bins its outputs go.

        Args:
            canvas: The canvas it is given.
            student_window: What the student sees of it.
            bins: The student's bins.
            student_pixels: What the canvas's pixels are normalised to.
            adapter: Registry config of the adapter; by default the one for the network's output.

        Raises:
            ValueError: If no such adapter reads the network's output.
        """
        self.canvas, self.student_window = canvas, student_window
        spread = None
        if isinstance(self.trust, Calibration) and self.trust.spreads is not None:
            spread = partial(_spread_of, self.trust, student_window.input_size[1])
        try:
            self.adapter = build_adapter(
                self.network.output, input_size=self.window.input_size, bins=bins, config=adapter, spread=spread
            )
        except ValueError as error:
            raise ValueError(f'teacher {self.name!r}: {error}') from None
        self._renormalise = Renormalisation(student_pixels, self.network.pixels)

    def __call__(self, canvas: Tensor, persons: Persons | None = None) -> SimCCTarget:
        """Predicts on a batch of canvases.

        Args:
            canvas: ``[B, 3, Hc, Wc]``, normalised as for the student.
            persons: Whom they show, for a teacher that has a padding of its own or looks in the person's box.

        Returns:
            Distributions over the student's bins, for the union's keypoints; their weight is the teacher's confidence
            times the mass inside the student's window, NaN where one of these is no finite number: see
            :meth:`unipose.simcc.SimCCTarget.finite_rows`.
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
        # clamped, an infinite confidence would be worth 1, and without confidence NaN would be
        target = target.scaled(torch.where(confidence.isfinite(), self.trust(confidence), torch.nan))
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
            student's window; the raw confidence ``[B, K]``, on the network's own scale; and the feature map, as
            :meth:`observe` gives it.
        """
        if self.network is None:
            raise ValueError(f'teacher {self.name!r} was let go, since all of its targets are stored; build it anew')
        placement = self.window.place(self.canvas, persons)
        axes = placement.of(self.student_window.place(self.canvas))
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
        if self.network:
            self.network.apply(function)

    def release(self) -> None:
        """Lets go of the network, whose targets are stored; what is known of it stays."""
        self.network = None

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
        for (scale, shift), side in zip(axes, self.window.input_size, strict=True):
            places = torch.arange(side, device=images.device, dtype=torch.float32)
            scale, shift = (torch.as_tensor(value, device=images.device).reshape(-1, 1) for value in (scale, shift))
            rows.append((places - shift) / scale)  # pixels of the student's input, [B or 1, side]
        x, y = rows
        grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
        inside = persons.inside(grid, self.blackout)[:, None]
        return torch.where(inside, images, self._renormalise.black.to(images))


def _spread_of(calibration: Calibration, height: int, confidence: Tensor) -> Tensor:
    """How far off places are, pixels of a student's window so high."""
    return height * calibration.spread(confidence)
