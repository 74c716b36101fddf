"""RTMPose's head with its logits anchored, so that what is decoded does not depend on their level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmpose.models.heads import RTMCCHead
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class AnchoredRTMCCHead(RTMCCHead):
    """RTMCCHead whose logits have mean 0 along each axis.

    A softmax does not see a constant added to its logits, so a KL loss leaves their level free; MMPose's decoding,
    which takes raw maxima as scores and calls those <= 0 missing, does see it. Subtracting the mean over bins fixes
    the level: a perfect label scores about 0.97. The last layers are linear without bias, so
    :func:`unipose.distillers.strip_student.plain_state_dict` folds the subtraction into their weights, and the
    exported student is a plain RTMCCHead.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._correct: Callable[[Tensor], Tensor] = _unchanged

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Predicts anchored logits along x ``[B, K, Wx]`` and y ``[B, K, Wy]``."""
        return self.classify(self._correct(self.tokens(feats)))

    def tokens(self, feats: tuple[Tensor, ...]) -> Tensor:
        """What the head knows of each keypoint before it says where it is, ``[B, K, hidden]``."""
        return self.gau(self.mlp(self.final_layer(feats[-1]).flatten(2)))

    def classify(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Turns tokens ``[B, K, hidden]`` into anchored logits along x and y."""
        with torch.autocast(tokens.device.type, enabled=False):  # in half precision a softmax of these would be coarse
            tokens = tokens.float()
            x, y = self.cls_x(tokens), self.cls_y(tokens)
        return x - x.mean(-1, keepdim=True), y - y.mean(-1, keepdim=True)

    @contextmanager
    def correcting(self, correct: Callable[[Tensor], Tensor]) -> Iterator[None]:
        """Has :meth:`forward` change its tokens, inside a ``with`` block."""
        self._correct = correct
        try:
            yield
        finally:
            self._correct = _unchanged


def _unchanged(tokens: Tensor) -> Tensor:
    return tokens
