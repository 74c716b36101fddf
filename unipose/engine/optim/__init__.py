"""How a student is optimized."""

from .autocast_optim_wrapper import AutocastOptimWrapper
from .finite_amp_optim_wrapper import FiniteAmpOptimWrapper
from .finite_optim_wrapper import FiniteOptimWrapper, SkippedStepsError
from .grouped_constructor import GroupedOptimWrapperConstructor

__all__ = [
    'AutocastOptimWrapper',
    'FiniteAmpOptimWrapper',
    'FiniteOptimWrapper',
    'GroupedOptimWrapperConstructor',
    'SkippedStepsError',
]
