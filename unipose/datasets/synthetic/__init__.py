"""Synthetic people in COCO's, MPII's and Halpe's layouts: data that trains and tests everything without a download."""

from .coco_layout import generate_coco
from .halpe_layout import generate_halpe
from .layout import SyntheticDataset
from .mpii_layout import generate_mpii
from .scene import SceneOptions, SyntheticPerson, render_scene

__all__ = [
    'SyntheticPerson',
    'SceneOptions',
    'SyntheticDataset',
    'generate_coco',
    'generate_halpe',
    'generate_mpii',
    'render_scene',
]
