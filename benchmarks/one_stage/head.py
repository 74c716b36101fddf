"""RTMO's head, which shows what it compares with ground truth: whose box, in which bins, and what it says there."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from mmpose.models.heads import RTMOHead
from mmpose.models.heads.hybrid_heads.rtmo_head import DCC
from mmpose.models.task_modules.assigners import SimOTAAssigner
from mmpose.registry import MODELS, TASK_UTILS
from torch import Tensor

from unipose.skeletons import load_skeleton

from .frames import Bins


class Matched(NamedTuple):
    """Priors that were matched to people.

    Args:
        people: Which of the batch's people each of P priors was given, ``[P]``.
        bins: Their bins.
        logits: What the head says of them, ``[P, K, Wx]`` and ``[P, K, Wy]``.
    """

    people: Tensor
    bins: Bins
    logits: tuple[Tensor, Tensor]


class _ShownDCC(DCC):
    """MMPose's coordinate classifier, which keeps boxes and logits of the last training step."""

    shown: tuple[Tensor, tuple[Tensor, Tensor]] | None = None

    def forward_train(self, pose_feats: Tensor, bbox_cs: Tensor, grids: Tensor) -> tuple:
        self._boxes = bbox_cs.detach()
        return super().forward_train(pose_feats, bbox_cs, grids)

    def _apply_softmax(self, x_hms: Tensor, y_hms: Tensor) -> tuple[Tensor, Tensor]:
        if self.training:
            self.shown = self._boxes, (x_hms, y_hms)
        return super()._apply_softmax(x_hms, y_hms)


@TASK_UTILS.register_module()
class ShownSimOTAAssigner(SimOTAAssigner):
    """MMPose's assigner, which keeps whom it has last given each prior, from 1; 0 is nobody."""

    def assign(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """Matches the priors of a picture to its people."""
        result = super().assign(*args, **kwargs)
        self.assigned = result['gt_inds']
        return result


@MODELS.register_module()
class ShownRTMOHead(RTMOHead):
    """MMPose's RTMO head, with the OKS sigmas of any skeleton.

    Args:
        skeleton: The keypoints.
        dcc_cfg: As of RTMOHead.
        **kwargs: As of RTMOHead; the assigner is a :class:`ShownSimOTAAssigner`.
    """

    def __init__(self, skeleton: Any, dcc_cfg: dict, **kwargs: Any) -> None:
        skeleton = load_skeleton(skeleton)
        super().__init__(num_keypoints=len(skeleton), **kwargs)
        self.dcc = _ShownDCC(num_keypoints=len(skeleton), **dcc_cfg)
        sigmas = torch.tensor(skeleton.sigmas)
        self.assigner.oks_calculator.sigmas = sigmas
        self.loss_oks.register_buffer('sigmas', sigmas)
        self._people: list[Tensor] = []

    def shown_loss(self, feats: Any, samples: Any, train_cfg: Any) -> tuple[dict[str, Tensor], Matched | None]:
        """RTMO's losses, and what they are of; None where no prior was matched.

        Args:
            feats: Of the neck.
            samples: Whose ``gt_instance_labels`` have ``person`` ``[n]``, each one's number in the batch, beside what
                RTMO needs.
            train_cfg: As MMPose hands it on.
        """
        self._people, self.dcc.shown = [], None
        losses = self.loss(feats, samples, train_cfg)
        shown, self.dcc.shown = self.dcc.shown, None  # an EMA hook copies the module, which tensors of a graph refuse
        if shown is None:
            return losses, None
        boxes, logits = shown
        bins = Bins(boxes[:, :2], boxes[:, 2:], self.dcc.num_bins)
        return losses, Matched(torch.cat(self._people), bins, logits)

    def _get_targets_single(self, *args: Any) -> tuple:
        found = super()._get_targets_single(*args)
        labels = args[-1].gt_instance_labels
        if len(labels):
            assigned = self.assigner.assigned
            self._people.append(labels.person[assigned[assigned > 0] - 1])
        return found
