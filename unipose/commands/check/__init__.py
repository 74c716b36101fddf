"""Reads datasets as training would, and says what is wrong with them."""

from .check import check_sets
from .finding import KINDS, Finding
from .set_spec import SetSpec, sets_of_config, sets_of_files, sets_of_yolo

__all__ = ['KINDS', 'Finding', 'SetSpec', 'check_sets', 'sets_of_config', 'sets_of_files', 'sets_of_yolo']
