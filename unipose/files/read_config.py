"""Configs, read from files and changed from the command line."""

from __future__ import annotations

import copy
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.hub import get_config

from unipose.checkpoints.shipped_configs import locate_config
from unipose.console.mistakes import error_message

Changes = Mapping[str, Any] | Sequence[str] | None
"""Values by dotted key, or ``key=value`` texts of the command line."""


def read_config(config: str | Path | Config, changes: Changes = None, what: str = 'config') -> Config:
    """Reads a config, or copies one.

    Args:
        config: A config, its file, or the name of one that comes along, or of one that a package brings,
            ``package::path``.
        changes: What to change, as ``--cfg-options`` says it.
        what: What the config is, for messages.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, or changed in this way.
    """
    if isinstance(config, Config):
        config = copy.deepcopy(config)
    else:
        of_package = '::' in str(config)
        path = config if of_package else locate_config(config, what)
        try:
            config = get_config(path) if of_package else Config.fromfile(str(path))
        # a config is Python code, which may raise anything
        except Exception as error:
            raise ValueError(
                f'{what} {path} cannot be read ({type(error).__name__}: {error_message(error)}); correct it'
            ) from error
    values = values_of(changes)
    try:
        config.merge_from_dict(values)
    except (KeyError, TypeError, ValueError, IndexError, AssertionError) as error:
        raise ValueError(f'--cfg-options {values} do not fit the config: {error_message(error)}') from error
    return config


def values_of(changes: Changes) -> dict[str, Any]:
    """Values by dotted key; those of texts are read as MMEngine reads them.

    Raises:
        ValueError: If brackets in a text do not match.

    >>> values_of(['model.weights=[1,0.5]', 'model.skeleton=coco'])
    {'model.weights': [1, 0.5], 'model.skeleton': 'coco'}
    """
    if isinstance(changes, Mapping):
        return dict(changes)
    read = Namespace(values={})
    try:
        DictAction([], 'values')(ArgumentParser(), read, list(changes or ()))
    except AssertionError as error:
        raise ValueError(f'{list(changes or ())} cannot be read: {error}') from error
    return read.values
