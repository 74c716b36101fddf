"""The person detector that a tool's options name."""

from __future__ import annotations

from unipose.inference import PersonDetector
from unipose.people.predictor import Detect
from unipose.runtime.auto_detector import AUTO
from unipose.runtime.onnx_person_detector import OnnxPersonDetector


def build_detector(model: str | None, weights: str | None, device: str = 'cpu') -> Detect | None:
    """What finds people in an image.

    Args:
        model: ``--det-model``: an MMDetection config, an exported RTMDet or YOLOX (.onnx), or ``'auto'`` for
            RTMDet-nano; None is no detector.
        weights: ``--det-weights``: weights of the config's detector.
        device: Where to run an MMDetection model.

    Raises:
        FileNotFoundError: If a file is missing.
        OSError: If RTMDet-nano cannot be fetched.
        ValueError: If the options do not go together, or a file is no detector.
        ImportError: If an ONNX file is given and onnxruntime is not installed.
    """
    exported = model == AUTO or str(model).endswith('.onnx')
    if exported and weights:
        raise ValueError(f'--det-model {model} has its weights in it; leave out --det-weights')
    if not exported and bool(model) != bool(weights):
        raise ValueError('--det-model and --det-weights go together')
    if exported:
        return OnnxPersonDetector(model)
    return PersonDetector(model, weights, device) if model else None
