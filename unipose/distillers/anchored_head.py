"""RTMPose's head with its logits anchored, so that what is decoded does not depend on their level."""

from __future__ import annotations

from mmpose.models.heads import RTMCCHead
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class AnchoredRTMCCHead(RTMCCHead):
    """RTMCCHead whose logits have mean 0 along each axis.

    A softmax does not see a constant added to its logits, so a KL loss leaves their level free; MMPose's decoding,
    which takes raw maxima as scores and calls those <= 0 missing, does see it. Subtracting the mean over bins fixes
    the level: a perfect label scores about 0.97. The last layers are linear without bias, so
    :func:`unipose.distillers.plain_student.plain_state_dict` folds the subtraction into their weights, and the
    exported student is a plain RTMCCHead.
    """

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Predicts anchored logits along x ``[B, K, Wx]`` and y ``[B, K, Wy]``."""
        x, y = super().forward(feats)
        return x - x.mean(-1, keepdim=True), y - y.mean(-1, keepdim=True)
