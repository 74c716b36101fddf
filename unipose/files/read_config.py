"""Configs, read from files and changed from the command line."""

from __future__ import annotations

import copy
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction

from unipose.checkpoints.locate import locate_file
from unipose.console.mistakes import error_message


def read_config(config: str | Path | Config, changes: Mapping[str, Any] | None = None, what: str = 'config') -> Config:
    """Reads a config, or copies one.

    Args:
        config: A config or its file.
        changes: Values by dotted key, as ``--cfg-options`` gives them.
        what: What the config is, for messages.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, or changed in this way.
    """
    if isinstance(config, Config):
        config = copy.deepcopy(config)
    else:
        path = locate_file(config, what)
        try:
            config = Config.fromfile(str(path))
        # a config is Python code, which may raise anything
        except Exception as error:
            raise ValueError(
                f'{what} {path} cannot be read ({type(error).__name__}: {error_message(error)}); correct it'
            ) from error
    try:
        config.merge_from_dict(dict(changes or {}))
    except (KeyError, TypeError, ValueError, IndexError, AssertionError) as error:
        raise ValueError(
            f'--cfg-options {dict(changes or {})} do not fit the config: {error_message(error)}'
        ) from error
    return config


class ConfigOptions(DictAction):
    """The action behind ``--cfg-options``, which says so when an option is no ``key=value``."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: list[str], option_string: str | None = None
    ) -> None:
        """Adds the options to those that came before."""
        wrong = [value for value in values if not value.partition('=')[0] or '=' not in value]
        if wrong:
            parser.error(f'{option_string} takes key=value, such as train_dataloader.batch_size=64. Got: {wrong}')
        super().__call__(parser, namespace, values, option_string)
