"""Losses between a student and what it is taught."""

from .feature_loss import FeatureLoss
from .simcc_kl_loss import SimCCKLLoss

__all__ = ['FeatureLoss', 'SimCCKLLoss']
