"""Distil several pose teachers into one student that predicts the union of their keypoints.

Importing this package loads nothing heavy: the deployment runtime lives under it and needs neither torch nor OpenMMLab.
Training code starts at `unipose.registration`.
"""

__version__ = '0.1.0'

__all__ = ['__version__']
