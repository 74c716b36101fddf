"""Hooks of the training loop."""

from .damaged_image_hook import DamagedImageHook

__all__ = ['DamagedImageHook']
