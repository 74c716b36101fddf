"""Networks of Hugging Face's Transformers: a folder, or a model of the hub."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from unipose.checkpoints.loading import sha256_file
from unipose.checkpoints.model_folder import missing_files, verify_folder, weight_files
from unipose.compute.complexity import Complexity, count_operations
from unipose.compute.precision import resolve_precision
from unipose.skeletons import Skeleton
from unipose.teachers.outputs import HeatmapOutput
from unipose.teachers.pixels import PixelFormat

from .hub_folder import locate_folder
from .network import Crop, Network, Weights, check_count

_INSTALL = (
    "this needs Transformers, and the torch that it wants: pip install 'unipose-distill[transformers]' 'torch>=2.6', "
    "or pip install transformers 'torch>=2.6'"
)
_SIGMAS = dict(vitpose=2.0, sapiens2=6.0)
"""Of the Gaussians that the published models were trained on, heatmap pixels, by ``model_type``."""
_EXPERTS = ('coco', 'aic', 'mpii', 'ap10k', 'apt36k', 'coco_wholebody')
"""Datasets of ViTPose++'s experts, in the order of ``dataset_index``."""
_IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
_HEADS = ('head', 'decode_head')
_ON_CPU = 8  # images at a time


class TransformersNetwork(Network):
    """A ``*ForPoseEstimation`` that predicts heatmaps: ViTPose, ViTPose++, SynthPose, Sapiens2.

    Its entry has ``transformers`` (a folder that ``save_pretrained`` wrote, or the id of a model of the hub), and
    optionally ``revision`` (of the hub), ``expert`` (of ViTPose++: the name of its dataset), ``output``
    (``dict(type='heatmaps', sigma=...)``, where the model is none that is known by its type), ``precision`` and
    ``compile``, as of :class:`MMPoseNetwork`. Weights are read from safetensors alone, and no code that comes with them
    runs.

    Raises:
        ValueError: If it is no such model, its weights are not whole, or it does not fit the entry.
        FileNotFoundError: If there is no such folder.
        ImportError: If Transformers is not installed.
    """

    key: ClassVar[str] = 'transformers'
    weights_key: ClassVar[str] = 'transformers'
    optional: ClassVar[tuple[str, ...]] = ('revision', 'expert', 'output', 'precision', 'compile')
    has_features = True

    def __init__(self, entry: Mapping[str, Any], where: str = 'a teacher') -> None:
        if not isinstance(entry.get('compile', False), bool):
            raise ValueError(f'{where}: compile must be True or False. Got: {entry["compile"]!r}')
        self.precision = entry.get('precision', 'auto')
        resolve_precision(self.precision, 'cpu')
        folder = locate_folder(entry['transformers'], entry.get('revision'), where)
        config = _read_config(folder, where)
        self.crop, self.output = _crop_of(config), _output_of(config, entry.get('output'), where)
        self.pixels = _pixels_of(folder)
        self._expert = _expert_of(config, entry.get('expert'), where)
        self.num_keypoints = config.num_labels
        self.model = _load(folder, where).eval().requires_grad_(False)
        files = [folder / name for name in weight_files(folder)]
        name = str(entry['transformers'])
        self.weights = Weights(folder.name if Path(name).is_dir() else name, _digest(files))
        self.facts = dict(
            kind=self.key,
            model_type=config.model_type,
            expert=self._expert,
            pixels=vars(self.pixels),
            output=dict(kind=self.output.kind, **vars(self.output)),
        )
        self._features: Tensor | None = None
        self._hold_head()
        if entry.get('compile'):
            body = next(name for name in ('backbone', 'model') if hasattr(self.model, name))
            setattr(self.model, body, torch.compile(getattr(self.model, body), dynamic=False))

    @classmethod
    def crop_of_entry(cls, entry: Mapping[str, Any], where: str) -> Crop:
        """Reads it from the model's config."""
        folder = locate_folder(entry['transformers'], entry.get('revision'), where)
        return _crop_of(_read_config(folder, where))

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any], where: str, skeleton: Skeleton) -> TransformersNetwork:
        """Loads the model of the entry."""
        network = cls(entry, where)
        check_count(network.num_keypoints, skeleton, where, entry['transformers'])
        return network

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Computes a batch; the features are what the head is given."""
        device = images.device
        precision = resolve_precision(self.precision, device)
        parts = images.split(_ON_CPU) if device.type == 'cpu' else [images]
        heatmaps, features = [], []
        with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
            for part in parts:
                expert = {}
                if self._expert is not None:
                    expert = dict(dataset_index=torch.full((len(part),), self._expert, device=device))
                heatmaps.append(self.model(pixel_values=part, **expert).heatmaps.float())
                features.append(self._features)
        self._features = None
        return torch.cat(heatmaps), torch.cat(features)

    def apply(self, function: Callable[[Tensor], Tensor]) -> None:
        """Moves the model."""
        self.model._apply(function)

    def complexity(self) -> Complexity:
        """Counts with MMEngine's counter, on a copy."""
        params = sum(parameter.numel() for parameter in self.model.parameters())
        return Complexity(params, count_operations(_Forward(copy.deepcopy(self.model), self._expert), self.crop[0]))

    def _hold_head(self) -> None:
        """Has the head compute in fp32, and remember what it was given."""
        head = getattr(self.model, next(name for name in _HEADS if hasattr(self.model, name)))
        forward = head.forward

        def in_fp32(features: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            with torch.autocast(features.device.type, enabled=False):
                self._features = features.float()
                return forward(self._features, *args, **kwargs)

        head.forward = in_fp32


class _Forward(nn.Module):
    def __init__(self, model: nn.Module, expert: int | None) -> None:
        super().__init__()
        self.model, self.expert = model, expert

    def forward(self, images: Tensor) -> Tensor:
        expert = {} if self.expert is None else dict(dataset_index=torch.full((len(images),), self.expert))
        return self.model(pixel_values=images, **expert).heatmaps


def _read_config(folder: Path, where: str) -> Any:
    try:
        from transformers import AutoConfig
    except ImportError as error:
        raise ImportError(f'{where}: {_INSTALL}') from error
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{where}: {folder} is no model of Transformers: {_first_line(error)}') from None
    kinds = getattr(config, 'architectures', None) or []
    if not any(kind.endswith('ForPoseEstimation') for kind in kinds):
        raise ValueError(
            f'{where}: {folder} is a {config.model_type} of {kinds or "no architecture"}; a teacher must be a '
            '...ForPoseEstimation, which predicts heatmaps'
        )
    return config


def _load(folder: Path, where: str) -> nn.Module:
    from transformers import AutoModelForPoseEstimation

    if any(name in missing_files(folder) for name in weight_files(folder)):
        others = sorted(file.name for file in folder.iterdir() if file.suffix in ('.bin', '.pt', '.pth', '.h5'))
        raise ValueError(
            f'{where}: {folder} has no weights in safetensors'
            + (f'; {", ".join(others)} could run code and is not read: convert it first' if others else '')
        )
    try:
        verify_folder(folder)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None
    with _quiet():
        try:
            model, found = AutoModelForPoseEstimation.from_pretrained(
                folder, use_safetensors=True, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
            )
        except Exception as error:  # a damaged file can raise anything
            raise ValueError(f'{where}: the weights in {folder} cannot be read: {_first_line(error)}') from None
    missing = [*found['missing_keys'], *found['mismatched_keys']]
    if missing:
        raise ValueError(
            f'{where}: the weights in {folder} are not whole: they lack {len(missing)}, such as {missing[0]}'
        )
    return model


def _crop_of(config: Any) -> Crop:
    size = (getattr(config, 'backbone_config', None) or config).image_size
    height, width = (size, size) if isinstance(size, int) else size
    return Crop((width, height), udp=True)


def _output_of(config: Any, output: Any, where: str) -> HeatmapOutput:
    options = dict(output or {}) if not isinstance(output, str) else dict(type=output)
    if options.pop('type', 'heatmaps') != 'heatmaps':
        raise ValueError(f'{where}: models of Transformers predict heatmaps. Got: output={output!r}')
    if 'sigma' not in options and config.model_type not in _SIGMAS:
        raise ValueError(
            f'{where}: nothing is known of the heatmaps of a {config.model_type}; say what it was trained on: '
            "output=dict(type='heatmaps', sigma=2.0, coding='udp')"
        )
    try:
        return HeatmapOutput(**dict(dict(sigma=_SIGMAS.get(config.model_type), coding='udp'), **options))
    except (TypeError, ValueError) as error:
        raise ValueError(f'{where}: {error}') from None


def _pixels_of(folder: Path) -> PixelFormat:
    from transformers.image_processing_base import ImageProcessingMixin

    try:
        said = ImageProcessingMixin.get_image_processor_dict(folder)[0]
    except OSError:  # saved without its image processor
        said = {}
    mean, std = (said.get(key) or default for key, default in zip(('image_mean', 'image_std'), _IMAGENET, strict=True))
    return PixelFormat('RGB', tuple(255.0 * value for value in mean), tuple(255.0 * value for value in std))


def _expert_of(config: Any, expert: str | None, where: str) -> int | None:
    count = getattr(getattr(config, 'backbone_config', None), 'num_experts', 1) or 1
    known = _EXPERTS[:count]
    if count == 1 and expert is not None:
        raise ValueError(f'{where}: this model has no experts; leave out expert={expert!r}')
    if count > 1 and expert not in known:
        raise ValueError(
            f'{where}: this model has {count} experts; say which dataset it should predict as: expert=... of '
            f'{list(known)}. Got: {expert!r}'
        )
    return None if count == 1 else known.index(expert)


def _digest(files: list[Path]) -> str:
    if len(files) == 1:
        return sha256_file(files[0])
    return hashlib.sha256(''.join(sha256_file(file) for file in files).encode()).hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().split('\n')[0][:200]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Transformers reports how it loads; what matters of that is an error here."""
    from transformers.utils import logging as transformers_logging

    before = logging.root.manager.disable
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
        if bars:
            transformers_logging.enable_progress_bar()
