"""Keeps OpenVINO from computing a network's head in bf16."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_CONVOLUTIONS = ('Convolution', 'GroupConvolution')


def with_exact_head(core: Any, model: Any) -> Any:
    """The same network, of which what follows the last convolution is computed in what the file has.

    Of an RTMPose that takes no longer, and keypoints move by two thirds of what they do with a head in bf16. OpenVINO
    marks operators so, ``precise``, in its files; its Python has no way to.

    Args:
        core: OpenVINO's Core.
        model: A model that it has read.
    """
    import openvino

    with tempfile.TemporaryDirectory() as folder:
        description, weights = Path(folder, 'model.xml'), Path(folder, 'model.bin')
        openvino.serialize(model, description, weights)
        tree = ElementTree.fromstring(description.read_bytes())
        layers = tree.findall('layers/layer')  # each after what it takes from
        last = max((number for number, layer in enumerate(layers) if layer.get('type') in _CONVOLUTIONS), default=-1)
        for layer in layers[last + 1 :]:
            if layer.get('type') not in ('Const', 'Result'):
                said = layer.find('rt_info')
                said = ElementTree.SubElement(layer, 'rt_info') if said is None else said
                ElementTree.SubElement(said, 'attribute', name='precise', version='0')
        return core.read_model(ElementTree.tostring(tree), weights.read_bytes())
