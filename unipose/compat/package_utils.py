"""Finds installed packages with Python's own means, where MMEngine asks setuptools."""

import importlib.util
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from unipose.compat.patch import Patch
from unipose.compat.pins import numbers, version


def mmengine_asks_pkg_resources() -> Patch | None:
    """Give MMEngine's look-up of installed packages what it asks for.

    Symptom: `No module named pkg_resources` as soon as MMEngine looks for an installed package, or a warning each time.
    Cause: setuptools 80.9 announces its end, and 81 does not carry it any more; a Python 3.12 environment starts
    without setuptools.
    """
    if () < numbers(version('setuptools')) < (80, 9):
        return None
    import mmengine.config
    import mmengine.hub  # noqa: F401
    from mmengine.utils import package_utils

    for ours in (is_installed, get_installed_path, package2module):
        theirs = getattr(package_utils, ours.__name__)
        for name, module in list(sys.modules.items()):
            if name.startswith('mmengine') and getattr(module, ours.__name__, None) is theirs:
                setattr(module, ours.__name__, ours)
    return Patch(
        'mmengine_asks_pkg_resources',
        'MMEngine asks pkg_resources, which is ending: importlib.metadata answers',
    )


def is_installed(package: str) -> bool:
    """Whether there is such a distribution, or such a module that is no namespace."""
    if _find(package) is not None:
        return True
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None


def get_installed_path(package: str) -> str:
    """The folder of a package.

    Args:
        package: Name of a distribution, or of a module.

    Raises:
        PackageNotFoundError: There is neither.
        RuntimeError: It is a namespace, which has no folder of its own.
        ValueError: The distribution does not say which module is its own.
    """
    found = _find(package)
    if found is not None:
        folder = Path(found.locate_file(package))
        return str(folder if folder.exists() else found.locate_file(package2module(package)))
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise PackageNotFoundError(package)
    if spec.origin is None:
        raise RuntimeError(f'{package} is a namespace package, which has no folder of its own')
    return str(Path(spec.origin).parent)


def package2module(package: str) -> str:
    """The module of a distribution, as its `top_level.txt` names it.

    Raises:
        PackageNotFoundError: There is no such distribution.
        ValueError: It has no such file.
    """
    modules = (distribution(package).read_text('top_level.txt') or '').split()
    if not modules:
        raise ValueError(f'the module name of {package} is not known: it has no top_level.txt')
    return modules[0]


def _find(package: str) -> Distribution | None:
    try:
        return distribution(package)
    except PackageNotFoundError:
        return None
