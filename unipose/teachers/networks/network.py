"""The seam between frameworks and the rest: what a teacher's network is, whoever made it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn

from unipose.compute.complexity import Complexity
from unipose.skeletons import Skeleton
from unipose.teachers.outputs import Output
from unipose.teachers.pixels import PixelFormat


class Crop(NamedTuple):
    """What a network is shown of a person.

    Args:
        input_size: Width and height of its input.
        udp: Whether it was trained on UDP crops, see :class:`unipose.simcc.Window`.
    """

    input_size: tuple[int, int]
    udp: bool = False


class Weights(NamedTuple):
    """What a network's numbers are.

    Args:
        name: Name of their file or folder.
        sha256: Digest of all of them.
    """

    name: str
    sha256: str


def check_count(outputs: int, skeleton: Skeleton, where: str, file: str) -> None:
    """Makes sure that a network predicts as many keypoints as its skeleton has.

    Raises:
        ValueError: If it does not.
    """
    if outputs != len(skeleton):
        raise ValueError(
            f'{where}: {file} predicts {outputs} keypoints, but its skeleton {skeleton.name!r} has {len(skeleton)}; '
            'name the skeleton it was trained on'
        )


class Network(ABC):
    """A frozen network: images in its own pixel format to its raw output, and perhaps features.

    It is no ``nn.Module``; see :class:`unipose.teachers.teacher.Teacher`.

    Attributes:
        key: Of a teacher's entry, names this kind.
        weights_key: Of the entry, names the weights: what a calibration was measured with.
        required: Further keys that the entry must have.
        optional: Further keys that it may have.
        crop: What it is shown.
        pixels: How it wants its pixels.
        output: What its raw output means.
        num_keypoints: Number of keypoints in its raw output.
        weights: What its numbers are.
        has_features: Whether a call returns features.
        facts: What its outputs depend on beside its weights, as plain values.
    """

    key: ClassVar[str]
    weights_key: ClassVar[str]
    required: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ()

    crop: Crop
    pixels: PixelFormat
    output: Output
    num_keypoints: int
    weights: Weights
    has_features: bool = False
    facts: Mapping[str, Any]

    @classmethod
    @abstractmethod
    def crop_of_entry(cls, entry: Mapping[str, Any], where: str) -> Crop:
        """What the network of an entry is shown, as far as that is known without its weights.

        Raises:
            ValueError: If nothing says so.
            FileNotFoundError: If a file is missing.
        """

    @classmethod
    @abstractmethod
    def from_entry(cls, entry: Mapping[str, Any], where: str, skeleton: Skeleton) -> Network:
        """Builds the network of a teacher's entry and loads its weights.

        Args:
            entry: The entry, whose keys have been checked.
            where: Whose it is, for messages.
            skeleton: The keypoints that it predicts, in order.

        Raises:
            ValueError: If the entry, its files and the keypoints do not fit together.
            FileNotFoundError: If a file is missing.
            ImportError: If a package that it needs is not installed.
        """

    @classmethod
    def skeleton_of_entry(cls, entry: Mapping[str, Any], where: str) -> Any:
        """The keypoints of a network that says them by itself; None of others, whose entry must."""
        return None

    @abstractmethod
    def __call__(self, images: Tensor) -> tuple[Any, Tensor | None]:
        """Computes a batch.

        Args:
            images: ``[B, 3, h, w]``, fp32, of the input size and in the network's own pixel format.

        Returns:
            The raw output, in fp32; and the last feature map, ``[B, C, h', w']``, where there is one.
        """

    def apply(self, function: Callable[[Tensor], Tensor]) -> None:  # noqa: B027  most have nothing to move
        """Applies what the holder's ``_apply`` applies to tensors, so that the network follows its device."""

    @abstractmethod
    def complexity(self) -> Complexity:
        """How large it is, and how much it computes."""

    def estimator(self) -> nn.Module | None:
        """A model of MMPose's with the same weights, which scores as MMPose scores it; None where there is none."""
        return None

    def own_crop(self) -> dict[str, Any]:
        """Config of the transform that makes its input as it was trained, of a padded box."""
        udp = dict(use_udp=True) if self.crop.udp else {}
        return dict(type='TopdownAffine', input_size=self.crop.input_size, **udp)
