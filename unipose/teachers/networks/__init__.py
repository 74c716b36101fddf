"""Networks: one class per kind of teacher, whatever framework it comes from.

A kind is one module and one line here. Nothing else asks which kind a teacher is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unipose.teachers.entry_types import check_types

from .mmpose_network import MMPoseNetwork
from .network import Crop, Network, Weights
from .onnx_network import OnnxNetwork
from .transformers_network import TransformersNetwork

NETWORKS: dict[str, type[Network]] = {cls.key: cls for cls in (MMPoseNetwork, OnnxNetwork, TransformersNetwork)}
"""By the key of an entry that names a network of this kind."""

__all__ = [
    'NETWORKS',
    'Crop',
    'MMPoseNetwork',
    'Network',
    'OnnxNetwork',
    'TransformersNetwork',
    'Weights',
    'kind_of_entry',
]


def kind_of_entry(entry: Mapping[str, Any], where: str) -> type[Network]:
    """The kind of network that a teacher's entry names.

    Raises:
        ValueError: If it names none, or more than one, or a value is of a wrong type.
    """
    named = [key for key in NETWORKS if entry.get(key)]
    if not named:
        raise ValueError(
            f'{where} lacks one of {list(NETWORKS)}: an MMPose config, an ONNX file, or a folder or hub id of '
            f'Transformers. Is the name of this entry misspelt? A teacher is removed by NAME=None. Got: {dict(entry)}'
        )
    if len(named) > 1:
        raise ValueError(f'{where} names {len(named)} networks, {named}; leave one')
    check_types(entry, where)
    return NETWORKS[named[0]]
