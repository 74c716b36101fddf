"""What an evaluation must know of how a model is shown people: one by one in boxes, or as whole pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mmengine.config import Config
from mmpose.structures import PoseDataSample
from torch import nn

from unipose.checkpoints.model_kinds import finds_people

from .collected_scales import PICTURE_SCALES
from .people_in_boxes import PeopleInBoxes
from .scales import MULTISCALE
from .whole_pictures import WholePictures, shows_whole_pictures


class Way(Protocol):
    """How samples are made, and what is kept of them.

    Attributes:
        unit: What a sample is, for people.
        input_size: Width and height of the model's input, as the config says it.
    """

    unit: str
    input_size: tuple[int, int]

    def scaled(self, config: Config, scale: float) -> Config:
        """A copy of a test config whose samples are shown so many times as large as usual."""

    def merged(self, views: Sequence[Sequence[PoseDataSample]]) -> list[PoseDataSample]:
        """The samples of the first of several scales, with what is predicted of all of them together."""

    def check(self, sample: PoseDataSample) -> None:
        """Makes sure that the pipeline makes what the model takes.

        Raises:
            ValueError: If it does not.
        """

    def records(self, sample: PoseDataSample, is_rescored: bool) -> list[dict[str, Any]]:
        """What ``predictions.json`` says of a sample, a record for each person."""

    def order(self, record: Mapping[str, Any]) -> tuple:
        """By what the records of a source are sorted."""

    def protocol(self, dataset: Any) -> dict[str, Any]:
        """What the protocol says of where people are looked for."""


def scales_of_test(config: Mapping[str, Any], multiscale: bool) -> tuple[float, ...]:
    """Sizes of crops or pictures that predictions are put together of, of the usual one.

    Args:
        config: Training or test config.
        multiscale: Whether of several.
    """
    if not multiscale:
        return (1.0,)
    return PICTURE_SCALES if finds_people(config) else MULTISCALE


def way_of(config: Config, model: nn.Module | None = None, scales: Sequence[float] = (1.0,)) -> Way:
    """The way of a test config.

    Args:
        config: The config.
        model: The model that is tested; None for annotations.
        scales: That predictions are put together of.

    Raises:
        ValueError: If the model cannot be tested so.
    """
    if shows_whole_pictures(config):
        return WholePictures(config, model, scales)
    return PeopleInBoxes(config.model.head.decoder.input_size)
