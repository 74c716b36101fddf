"""What the heads of MMPose predict, in the plain descriptions that adapters read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from unipose.teachers.outputs import CoordinateOutput, HeatmapOutput, Output, SimCCOutput

Read = Callable[[Any], Any]
"""From what a head's ``forward`` returns to the raw output that its description describes."""


def describe_head(head: nn.Module) -> tuple[Output, Read]:
    """What a head's outputs mean, read from its codec and its loss.

    Returns:
        The description, and what turns the head's outputs into the raw output described.

    Raises:
        ValueError: If there is no description for such a head, or for the way it was trained.
    """
    kinds = [cls.__name__ for cls in type(head).__mro__]
    describe = next((HEADS[kind] for kind in kinds if kind in HEADS), None)
    if describe is None:
        raise ValueError(
            f'nothing describes the output of a {kinds[0]}; heads of these kinds, and what derives from them, are '
            f'known: {sorted(HEADS)}. Export the model to ONNX, and say in the teacher entry what its output is'
        )
    return describe(head)


def _simcc(head: nn.Module) -> tuple[Output, Read]:
    codec = head.decoder
    if codec.smoothing_type != 'gaussian':
        raise ValueError(f'a SimCC teacher must be trained on Gaussian labels. Got: {codec.smoothing_type!r}')
    loss = head.loss_module
    sigma = tuple(float(s) for s in codec.sigma)
    label_beta = loss.label_beta if loss.label_softmax else None
    return SimCCOutput(float(codec.simcc_split_ratio), sigma, loss.beta, label_beta), lambda outputs: outputs


def _heatmaps(head: nn.Module) -> tuple[Output, Read]:
    codec = head.decoder
    kind = type(codec).__name__
    if kind == 'UDPHeatmap' and codec.heatmap_type == 'gaussian':
        described = HeatmapOutput(codec.sigma, coding='udp')
    elif kind == 'MSRAHeatmap':
        described = HeatmapOutput(codec.sigma)
    elif kind == 'MegviiHeatmap':
        # OpenCV's sigma for a kernel; labels are rounded down, so their places are half a pixel further on.
        sigma = 0.3 * ((codec.kernel_size - 1) * 0.5 - 1) + 0.8
        described = HeatmapOutput(sigma, peak=255.0, coding='centred')
    else:
        kind += f' of type {codec.heatmap_type!r}' if kind == 'UDPHeatmap' else ''
        raise ValueError(
            'a heatmap teacher must be trained on Gaussian heatmaps, which codec MSRAHeatmap, UDPHeatmap of type '
            f"'gaussian' or MegviiHeatmap describes. Got: {kind}; take a teacher trained on one of these"
        )
    return described, lambda outputs: outputs


def _coordinates(head: nn.Module) -> tuple[Output, Read]:
    distribution = 'laplace'
    if hasattr(head.loss_module, 'q_distribution'):
        if not head.loss_module.residual:
            raise ValueError(
                'a teacher with sigmas needs some that are the scale of an error. Got: one trained with '
                'RLELoss(residual=False), where only the flow knows its scale; take one trained with residual=True'
            )
        distribution = head.loss_module.q_distribution
        return CoordinateOutput('input', distribution), _with_sigmas
    return CoordinateOutput('input'), _places


def _with_sigmas(outputs: Any) -> tuple[Tensor, None, Tensor]:
    """RLE: the sigmoid of the last two numbers is the sigma (``RLELoss``: ``log(2 * sigma) + |error| / sigma``)."""
    outputs = outputs if isinstance(outputs, Tensor) else outputs[0]
    return outputs[..., :2], None, outputs[..., 2:].float().sigmoid()


def _places(outputs: Any) -> tuple[Tensor, None, None]:
    outputs = outputs if isinstance(outputs, Tensor) else outputs[0]
    return outputs[..., :2], None, None


HEADS: dict[str, Callable[[nn.Module], tuple[Output, Read]]] = dict(
    RTMCCHead=_simcc,
    SimCCHead=_simcc,
    HeatmapHead=_heatmaps,
    CPMHead=_heatmaps,
    MSPNHead=_heatmaps,
    RegressionHead=_coordinates,
    RLEHead=_coordinates,
    IntegralRegressionHead=_coordinates,
)
"""What describes the outputs of a kind of head, by the name of its class; a new kind is a line here, or added to it."""
