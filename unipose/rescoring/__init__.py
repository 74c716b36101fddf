"""Rescoring: a student's predictions with their true OKS, and the fit of a network that predicts it."""

from .fit import fit_rescorer
from .predictions import Predictions

__all__ = ['Predictions', 'fit_rescorer']
