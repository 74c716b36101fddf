"""How a student is optimized."""

from .autocast_optim_wrapper import AutocastOptimWrapper
from .grouped_constructor import GroupedOptimWrapperConstructor

__all__ = ['AutocastOptimWrapper', 'GroupedOptimWrapperConstructor']
