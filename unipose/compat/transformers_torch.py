"""A Transformers that does not take the installed torch."""

import importlib.metadata
import re
import sys

from unipose.compat.patch import Patch
from unipose.compat.pins import numbers, version


def transformers_wants_a_newer_torch() -> Patch | None:
    """Have Transformers fail as a missing one does.

    Symptom: `NameError: name 'nn' is not defined` on importing MMDetection's models.
    Cause: MMDetection imports Transformers where it is installed, and is prepared for an ImportError; Transformers 5
    wants torch 2.6, works as if there were no torch with an older one, and fails within.
    """
    torch, wanted = version('torch'), wanted_torch()
    if 'transformers' in sys.modules or numbers(torch) >= numbers(wanted):
        return None
    sys.modules['transformers'] = None
    return Patch(
        'transformers_wants_a_newer_torch',
        f'Transformers {version("transformers")} wants torch >= {wanted}, and {torch} is installed: '
        'it counts as missing',
    )


def wanted_torch() -> str | None:
    """The lowest torch that the installed Transformers takes, as it says itself."""
    try:
        requirements = importlib.metadata.requires('transformers') or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    found = (re.match(r'torch\s*>=\s*([\d.]+)', requirement) for requirement in requirements)
    return next((match[1] for match in found if match), None)
