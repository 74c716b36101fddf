"""Losses between a student and what it is taught."""

from .feature_loss import FeatureLoss, finite_maps
from .mean_over_ranks import means_over_ranks
from .simcc_kl_loss import SimCCKLLoss
from .target_loss import build_target_loss

__all__ = ['FeatureLoss', 'SimCCKLLoss', 'build_target_loss', 'finite_maps', 'means_over_ranks']
