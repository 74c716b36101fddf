"""Networks of MMPose: a config and a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from mmengine.config import Config
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.checkpoints.loading import load_weights, resolve_checkpoint, sha256_file
from unipose.checkpoints.without_starts import without_starts
from unipose.compute.complexity import Complexity, complexity
from unipose.compute.precision import resolve_precision
from unipose.files.read_config import read_config
from unipose.skeletons import Skeleton
from unipose.teachers.pixels import PixelFormat

from .folded import folded
from .mmpose_heads import describe_head
from .network import Crop, Network, Weights, check_count
from .openvino_backbone import OpenVinoBackbone

_ON_CPU = 16  # images at a time: what more need does not stay in the cache, and takes a third longer for each
_BACKENDS = ('torch', 'openvino')


class MMPoseNetwork(Network):
    """A top-down pose estimator of MMPose.

    Its entry has ``config`` (an MMPose config file) and ``checkpoint`` (a file), and optionally ``precision``
    (``'auto'``, which is bf16 where the machine has units for it, ``'fp32'`` or ``'bf16'``; the head computes in fp32
    whatever the precision), ``fold_batch_norms`` (default True: batch normalisations are folded into convolutions),
    ``compile`` (default False; True: the backbone goes through ``torch.compile``, which on CPUs needs a C++ compiler)
    and ``backend`` (default ``'torch'``; ``'openvino'`` computes the backbone on the CPU with that package).

    Args:
        model: The network, with an MMPose ``data_preprocessor`` and ``head``.
        crop: What it is shown.
        weights: What its numbers are.
        facts: What its outputs depend on beside them.
        precision: As in an entry.
        where: Whose it is, for messages.
        transform: Config of the transform that cropped its input when it was trained; by default one that makes
            ``crop``.
    """

    key: ClassVar[str] = 'config'
    weights_key: ClassVar[str] = 'checkpoint'
    required: ClassVar[tuple[str, ...]] = ('checkpoint',)
    optional: ClassVar[tuple[str, ...]] = ('precision', 'fold_batch_norms', 'compile', 'backend')
    has_features = True

    def __init__(
        self,
        model: nn.Module,
        crop: Crop,
        weights: Weights,
        facts: Mapping[str, Any],
        precision: str = 'auto',
        where: str = 'a teacher',
        transform: Mapping[str, Any] | None = None,
    ) -> None:
        resolve_precision(precision, 'cpu')
        self.model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.crop, self.weights, self.facts, self.precision = crop, weights, facts, precision
        self.pixels = PixelFormat.of_preprocessor(model.data_preprocessor, where)
        self.output, self._read = describe_head(model.head)
        self.num_keypoints = _outputs(model)
        self._backbone: Callable[[Tensor], Any] = self.model.backbone
        self._transform = transform

    @classmethod
    def crop_of_entry(cls, entry: Mapping[str, Any], where: str) -> Crop:
        """Reads it from the head's codec, or from the entry's ``window``."""
        size = (entry.get('window') or {}).get('input_size')
        config = _model_config(entry['config'], where)
        codec = config.model.head.get('decoder') or {}
        size = size or codec.get('input_size')
        if not size:
            raise ValueError(
                f'{config.filename} does not say in model.head.decoder what input its model takes; say it in the '
                'teacher entry: window=dict(input_size=(width, height))'
            )
        return Crop(tuple(size), codec.get('type') == 'UDPHeatmap')

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any], where: str, skeleton: Skeleton) -> MMPoseNetwork:
        """Builds the model of the config and loads the checkpoint into it."""
        for key in ('fold_batch_norms', 'compile'):
            if not isinstance(entry.get(key, False), bool):
                raise ValueError(f'{where}: {key} must be True or False. Got: {entry[key]!r}')
        backend = entry.get('backend') or _BACKENDS[0]
        if backend not in _BACKENDS or (entry.get('compile') and backend != 'torch'):
            raise ValueError(
                f"{where}: backend must be one of {_BACKENDS}, and 'torch' with compile=True. Got: {backend!r}"
            )
        config = _model_config(entry['config'], where)
        model = MODELS.build(without_starts(config.model))
        check_count(_outputs(model), skeleton, where, config.filename)
        checkpoint = resolve_checkpoint(entry['checkpoint'])
        load_weights(model, checkpoint, what=where, skeleton=skeleton)
        crop = cls.crop_of_entry(entry, where)
        if entry.get('fold_batch_norms', True):
            try:
                model = folded(model.eval(), crop.input_size)
            except RuntimeError as error:
                raise ValueError(
                    f'{where}: {config.filename} does not take inputs of {crop.input_size} (width, height): '
                    f'{str(error).splitlines()[0]}; correct input_size in its window'
                ) from None
        weights = Weights(checkpoint.name, sha256_file(checkpoint))
        facts = dict(model=without_starts(config.model).to_dict())
        if backend != 'torch':
            facts['backend'] = backend
        network = cls(model, crop, weights, facts, entry.get('precision', 'auto'), where, _test_transform(config))
        if entry.get('compile'):
            # compiled at the first call, once for each batch size
            network._backbone = torch.compile(model.backbone, dynamic=False, options=dict(freezing=True))
        elif backend == 'openvino':
            is_bf16 = resolve_precision(network.precision, 'cpu') == torch.bfloat16
            network._backbone = OpenVinoBackbone(model.backbone, crop.input_size, is_bf16, where)
        return network

    def __call__(self, images: Tensor) -> tuple[Any, Tensor]:
        """Computes a batch; the features are of the neck or, where that has pooled them away, of the backbone."""
        model, device = self.model, images.device
        images = images.contiguous(memory_format=torch.channels_last)
        precision = resolve_precision(self.precision, device)
        with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
            divided = device.type == 'cpu' and not isinstance(self._backbone, OpenVinoBackbone)
            parts = images.split(_ON_CPU) if divided else [images]
            maps = _joined([self._backbone(part) for part in parts])
            features = model.neck(maps) if model.with_neck else maps
        with torch.autocast(device.type, enabled=False):
            features, maps = _in_fp32(features), _in_fp32(maps)
            raw = self._read(model.head.forward(features))
        last = _last(features)
        return raw, last if last.ndim == 4 else _last(maps)

    def apply(self, function: Callable[[Tensor], Tensor]) -> None:
        """Moves the model."""
        self.model._apply(function)

    def complexity(self) -> Complexity:
        """Counts with MMEngine's counter."""
        return complexity(self.model, self.crop.input_size)

    def estimator(self) -> nn.Module:
        """The model itself, which decodes, flips and normalises by itself."""
        return self.model

    def own_crop(self) -> dict[str, Any]:
        """The one of the config's own test pipeline."""
        return self._transform or super().own_crop()


def _outputs(model: nn.Module) -> int:
    return getattr(model.head, 'out_channels', None) or model.head.num_joints  # of regression heads


def _model_config(file: str, where: str) -> Config:
    config = read_config(file, what=f'config of {where}')
    if not (config.get('model') or {}).get('head'):
        raise ValueError(f'{where}: {config.filename} has no model with a head; give the config it was trained with')
    return config


def _test_transform(config: Config) -> Mapping[str, Any] | None:
    """The transform of a config's test pipeline that crops, which says the input size and whether it is a UDP crop."""
    loader = config.get('test_dataloader') or config.get('val_dataloader') or {}
    pipeline = loader.get('dataset', {}).get('pipeline', [])
    return next((transform for transform in pipeline if transform['type'] == 'TopdownAffine'), None)


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
