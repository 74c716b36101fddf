"""Losses between a student's SimCC logits and a target."""

from .simcc_kl_loss import SimCCKLLoss

__all__ = ['SimCCKLLoss']
