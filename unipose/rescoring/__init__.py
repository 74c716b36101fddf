"""Rescoring: a network that predicts the OKS of a prediction, what it is fitted on, and its fit."""

from .fit import fit_rescorer
from .predictions import Predictions

__all__ = ['Predictions', 'fit_rescorer']
