"""Backbones of teachers that MMPose does not have."""

from .polarized_self_attention import PolarizedSelfAttention
from .psa_hrnet import PSAHRNet

__all__ = ['PSAHRNet', 'PolarizedSelfAttention']
