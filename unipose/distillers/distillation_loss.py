"""What a step of distillation loses: a term of ground truth, of teachers, and of what each dataset means by a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from mmengine.dist import get_rank
from mmengine.logging import MessageHub
from torch import Tensor, nn

from unipose.simcc import SimCCBins, SimCCTarget, constant

from .combination import fuse, keep_teachers, speaks
from .dialects import Dialect, come_from

Logits = tuple[Tensor, Tensor]
_AGREE_WITHIN = 2.0  # student pixels
_PLAIN_SHARE = 0.5  # of a model with dialects: they and the plain outputs together count for as much as without them


class Term(NamedTuple):
    """One summand of the loss: how far the student is from a target ``[B, K]``, and how much that counts."""

    weight: float
    divergence: Tensor
    target_weight: Tensor
    kept: Tensor | None = None


class Step(NamedTuple):
    """What a batch gave.

    Args:
        terms: By name, ``gt`` first.
        watched: What is logged, and no part of the loss.
        targets: What each teacher says, where it counts.
        divergences: How far the student is from each of them, ``[B, K]``.
    """

    terms: dict[str, Term]
    watched: dict[str, Term]
    targets: dict[str, SimCCTarget]
    divergences: dict[str, Tensor]


class DistillationLoss:
    """How far a student is from ground truth and teachers, term by term.

    Args:
        target_loss: Divergence between logits and a target, as :class:`unipose.losses.SimCCKLLoss` has it.
        bins: Of the student's outputs.
        known: Indices of the keypoints that each teacher knows, by name.
        gt_weight: Weight of the ground truth's term.
        combine: See :class:`MultiTeacherDistiller`.
        teacher_dropping: See :class:`MultiTeacherDistiller`.
        dialects: Corrections of shared keypoints, by dataset.
        classify: From the head's tokens ``[B, K, hidden]`` to logits.
    """

    def __init__(
        self,
        target_loss: nn.Module,
        bins: SimCCBins,
        known: Mapping[str, Sequence[int]],
        gt_weight: float,
        combine: str,
        teacher_dropping: float,
        dialects: Mapping[str, Dialect],
        classify: Callable[[Tensor], Logits],
    ) -> None:
        self.target_loss, self.bins, self.known, self.gt_weight = target_loss, bins, dict(known), gt_weight
        self.combine, self.teacher_dropping, self.dialects, self.classify = (
            combine,
            teacher_dropping,
            dialects,
            classify,
        )
        self.plain_share = _PLAIN_SHARE if dialects else 1.0

    def __call__(
        self,
        tokens: Tensor,
        logits: Logits,
        ground_truth: SimCCTarget,
        targets: Mapping[str, SimCCTarget],
        weights: Mapping[str, float],
        sources: Sequence[str],
    ) -> Step:
        """Compares.

        Args:
            tokens: The head's, ``[B, K, hidden]``.
            logits: The student's plain outputs, ``[B, K, Wx]`` and ``[B, K, Wy]``.
            ground_truth: The annotations.
            targets: What teachers say, by name.
            weights: How much each of them counts, above 0.
            sources: Name of each sample's source.
        """
        counted = self._by_source(targets, sources) if self.combine == 'by_source' else dict(targets)
        of_truth = self.target_loss.divergence(logits, ground_truth)
        # fused without dialects, only the log wants to know how far the student is from each teacher
        with torch.set_grad_enabled(torch.is_grad_enabled() and (self.combine != 'fused' or bool(self.dialects))):
            divergences = {name: self.target_loss.divergence(logits, target) for name, target in targets.items()}
        share = self.plain_share
        terms = {'gt': Term(share * self.gt_weight, of_truth, ground_truth.weight)}
        of_teachers = {name: (divergences[name], target.weight) for name, target in counted.items()}
        watched = {}
        if self.combine == 'fused' and targets:
            used = [weights[name] for name in targets]
            fused = fuse(list(targets.values()), used)
            terms['kd_fused'] = Term(share * sum(used), self.target_loss.divergence(logits, fused), fused.weight)
            watched = {f'kd_{name}': Term(0.0, *one) for name, one in of_teachers.items()}
        else:
            kept = self._kept(divergences, counted) if self.teacher_dropping and len(targets) > 1 else {}
            terms |= {
                f'kd_{name}': Term(share * weights[name], *one, kept.get(name)) for name, one in of_teachers.items()
            }
        if self.dialects:
            terms |= self._of_dialects(tokens, ground_truth, of_truth, targets, weights, sources, divergences)
        return Step(terms, watched, counted, divergences)

    def sums(self, step: Step) -> dict[str, tuple[Tensor, Tensor]]:
        """Numerator and denominator of each term's mean, and of what is watched, by name."""
        found = {}
        for name, term in (step.terms | step.watched).items():
            kept = {} if term.kept is None else dict(kept=term.kept)
            found[name] = self.target_loss.sums(term.divergence, term.target_weight, **kept)
        return found

    @torch.no_grad()
    def observations(self, logits: Logits, targets: Mapping[str, SimCCTarget]) -> dict[str, Tensor]:
        """What is logged of each teacher beside its term: its mean weight, and where the student agrees with it."""
        found = {}
        places = torch.stack([axis.argmax(-1) for axis in logits], -1) / self.bins.split_ratio  # [B, K, 2]
        for name, target in targets.items():
            agree = (places - self.bins.decode(target)).norm(dim=-1) <= _AGREE_WITHIN
            total = target.weight.sum().clamp(min=1e-6)
            known = constant(self.known[name], target.weight.device)
            found[f'weight_kd_{name}'] = target.weight[:, known].mean()
            found[f'agree_kd_{name}'] = (target.weight * agree).sum() / total
        return found

    def _by_source(self, targets: Mapping[str, SimCCTarget], sources: Sequence[str]) -> dict[str, SimCCTarget]:
        known = {name: self.known[name] for name in targets}  # one that has stopped is none
        return {
            name: target.scaled(
                speaks(name, sources, known, target.weight.shape[1]).to(target.weight, non_blocking=True)
            )
            for name, target in targets.items()
        }

    @torch.no_grad()
    def _kept(self, divergences: Mapping[str, Tensor], targets: Mapping[str, SimCCTarget]) -> dict[str, Tensor]:
        per_sample = {
            name: (target.weight * divergences[name]).sum(-1) / target.weight.sum(-1).clamp(min=1e-6)  # [B]
            for name, target in targets.items()
        }
        # not torch's ambient generator: a resumed run drops what the uninterrupted one would have
        step = MessageHub.get_current_instance().get_info('iter', 0)
        generator = torch.Generator().manual_seed(hash((torch.initial_seed(), step, get_rank())) % 2**63)
        return keep_teachers(per_sample, self.teacher_dropping, generator)

    def _of_dialects(
        self,
        tokens: Tensor,
        ground_truth: SimCCTarget,
        of_truth: Tensor,
        targets: Mapping[str, SimCCTarget],
        weights: Mapping[str, float],
        sources: Sequence[str],
        divergences: Mapping[str, Tensor],
    ) -> dict[str, Term]:
        """What teaches the dialects: each dataset's ground truth, and the teacher of its name on all samples.

        Only keypoints that a dialect corrects are classified anew; of the others the plain divergences hold.
        """
        share = 1.0 - self.plain_share
        of_truth, found = of_truth.clone(), {}
        spoken = {name: self.classify(dialect(tokens)) for name, dialect in self.dialects.items()}
        for name, logits in spoken.items():
            corrected_ones = self.dialects[name].keypoints
            own = self.target_loss.divergence(logits, ground_truth.select_keypoints(corrected_ones))  # [B, shared]
            of_source, place = come_from(name, sources, own.device), constant(corrected_ones, own.device)
            of_truth[:, place] = torch.where(of_source[:, None], own, of_truth[:, place])
        for name, target in targets.items():
            divergence = divergences[name].clone()
            if name in spoken:
                corrected_ones = self.dialects[name].keypoints
                chosen = target.select_keypoints(corrected_ones)
                place = constant(corrected_ones, divergence.device)
                divergence[:, place] = self.target_loss.divergence(spoken[name], chosen)
            found[f'kd_in_{name}'] = Term(share * weights[name], divergence, target.weight)
        return {'gt_in_dialects': Term(share * self.gt_weight, of_truth, ground_truth.weight)} | found
