"""RTMO's head for keypoints of any skeleton, which shows what it compares with ground truth."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from mmpose.models.heads import RTMOHead
from mmpose.models.heads.hybrid_heads.rtmo_head import DCC
from mmpose.models.task_modules.assigners import SimOTAAssigner
from mmpose.registry import MODELS, TASK_UTILS
from torch import Tensor

from unipose.simcc import DynamicBins
from unipose.skeletons import load_skeleton
from unipose.skeletons.loading import SkeletonSpec


class Matched(NamedTuple):
    """Priors that were matched to people.

    Args:
        people: Which of the batch's people each of P priors was given, ``[P]``.
        bins: Their bins.
        logits: What the head says of them, ``[P, K, Wx]`` and ``[P, K, Wy]``.
        visibility: Logits of the keypoints' scores, ``[P, K]``.
    """

    people: Tensor
    bins: DynamicBins
    logits: tuple[Tensor, Tensor]
    visibility: Tensor


class _ShownDCC(DCC):
    """MMPose's coordinate classifier, which keeps boxes and logits of the last training step.

    The logits kept are the same but for their gradient, which ends at the boxes: RTMO's own target moves with a box,
    and one that teachers have said over its bins does not, so that boxes would be moved to where their bins fit it.
    """

    shown: tuple[Tensor, tuple[Tensor, Tensor]] | None = None

    def forward_train(self, pose_feats: Tensor, bbox_cs: Tensor, grids: Tensor) -> tuple:
        # batch statistics are of two rows at least
        self.pose_to_kpts[1].train(self.training and len(pose_feats) > 1)
        self._boxes, self._grids = bbox_cs.detach(), grids
        return super().forward_train(pose_feats, bbox_cs, grids)

    def _pose_feats_to_heatmaps(self, pose_feats: Tensor, *encodings: Tensor) -> tuple[Tensor, Tensor]:
        if not self.training:
            return super()._pose_feats_to_heatmaps(pose_feats, *encodings)
        fixed = self._get_bin_enc(self._boxes, self._grids)
        both = super()._pose_feats_to_heatmaps(
            pose_feats, *(torch.cat(pair, -2) for pair in zip(encodings, fixed, strict=True))
        )
        own, shown = zip(*(rows.chunk(2, -1) for rows in both))
        self.shown = self._boxes, shown
        return own


@TASK_UTILS.register_module()
class ShownSimOTAAssigner(SimOTAAssigner):
    """MMPose's assigner, which keeps whom it has last given each prior, from 1; 0 is nobody."""

    def assign(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """Matches the priors of a picture to its people."""
        result = super().assign(*args, **kwargs)
        self.assigned = result['gt_inds']
        return result


@MODELS.register_module()
class UnionRTMOHead(RTMOHead):
    """MMPose's RTMO head, with the OKS sigmas of any skeleton.

    Batches without anybody, and with a single matched prior, are learned from as well, where MMPose's ends. Where the
    picture's mask says that it is not known who is there, no prior learns that there is nobody: MMPose looks where a
    prior thinks the person is, which may be outside, and here it is looked up where the prior is, too.

    Args:
        skeleton: The keypoints.
        dcc_cfg: As of RTMOHead.
        **kwargs: As of RTMOHead; the assigner is a :class:`ShownSimOTAAssigner`.

    Raises:
        ValueError: If the assigner is another.
    """

    def __init__(self, skeleton: SkeletonSpec, dcc_cfg: dict, **kwargs: Any) -> None:
        skeleton = load_skeleton(skeleton)
        super().__init__(**dict(kwargs, num_keypoints=len(skeleton)))
        if not isinstance(self.assigner, ShownSimOTAAssigner):
            raise ValueError(f'the assigner must be a ShownSimOTAAssigner. Got: {type(self.assigner).__name__}')
        self.dcc = _ShownDCC(**dict(dcc_cfg, num_keypoints=len(skeleton)))
        sigmas = torch.tensor(skeleton.sigmas)
        self.assigner.oks_calculator.sigmas = sigmas
        self.loss_oks.register_buffer('sigmas', sigmas)
        self._shows = False

    def shown_loss(self, feats: Any, samples: Any, train_cfg: Any) -> tuple[dict[str, Tensor], Matched | None]:
        """RTMO's losses, and what they are of; None where no prior was matched.

        Args:
            feats: Of the neck.
            samples: Whose ``gt_instance_labels`` have ``person`` ``[n]``, each one's number in the batch, beside what
                RTMO needs.
            train_cfg: As MMPose hands it on.

        Raises:
            ValueError: If nothing is classified (``loss_mle.loss_weight=0``).
        """
        self._people, self._shows, self.dcc.shown = [], True, None
        try:
            losses = self.loss(feats, samples, train_cfg)
        finally:
            # an EMA hook copies the module, which tensors of a graph refuse
            self._shows, shown, self.dcc.shown = False, self.dcc.shown, None
        visibility, self._visibility = self._visibility, None
        losses['num_samples'] = torch.as_tensor(losses['num_samples'], device=losses['loss_cls'].device)
        if shown is None:
            if any(map(len, self._people)):
                raise ValueError('RTMO classifies nothing where loss_mle.loss_weight is 0, and predicts by that alone')
            # every weight is part of every step, which DDP insists on, and all ranks log the same terms
            nothing = 0 * sum(parameter.sum() for parameter in self.parameters())
            terms = ['bbox', 'vis', 'mle', 'oks']
            terms += ['bbox_aux'] * (self.use_aux_loss and hasattr(self, 'loss_bbox_aux'))
            return dict.fromkeys((f'loss_{term}' for term in terms), nothing) | losses, None
        boxes, logits = shown
        bins = DynamicBins(boxes[:, :2], boxes[:, 2:], self.dcc.num_bins)
        visibility = self._flatten_predictions(visibility).reshape(-1, self.num_keypoints)[self._matched]
        return losses, Matched(torch.cat(self._people), bins, logits, visibility)

    def forward(self, feats: Any) -> Any:
        """What the head says, as MMPose's; in training the visibility is kept."""
        said = super().forward(feats)
        self._visibility = said[3] if self._shows else None
        return said

    def _get_targets(self, *args: Any) -> tuple:
        aux = self.use_aux_loss
        # MMPose makes the auxiliary targets of nobody, and fails
        self.use_aux_loss = aux and any(len(sample.gt_instance_labels) for sample in args[-1])
        try:
            targets = super()._get_targets(*args)
        finally:
            self.use_aux_loss = aux
        self._matched = targets[0]
        return targets

    def _get_targets_single(self, priors: Tensor, *args: Any) -> tuple:
        foreground, cls, obj, weight, *others = super()._get_targets_single(priors, *args)
        sample = args[-1]
        labels = sample.gt_instance_labels
        if 'gt_fields' in sample and 'heatmap_mask' in sample.gt_fields:
            unknown = sample.gt_fields.heatmap_mask[0].to(weight)
            x, y = priors[:, :2].long().unbind(-1)
            there = unknown[y.clamp(max=len(unknown) - 1), x.clamp(max=unknown.shape[1] - 1)].reshape(weight.shape)
            weight = torch.minimum(weight, 1 - there)
        if len(labels):
            assigned = self.assigner.assigned
            self._people.append(labels.person[assigned[assigned > 0] - 1])
            weight = weight.masked_fill(foreground.reshape(weight.shape), 1.0)
        return foreground, cls, obj, weight, *others
