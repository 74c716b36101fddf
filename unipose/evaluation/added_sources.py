"""Test sources that a training config does not have, added from a file of their own."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from unipose.files.read_config import read_config

from .configs import student_config


def with_sources(config: str | Path | Config, *files: str | Path) -> Config:
    """A config that is also scored on the sources of other files, such as ``configs/sources/halpe.py``.

    Args:
        config: Training or test config, or its file.
        *files: Configs that have ``test_dataloader.dataset.sources`` and ``test_evaluator.metrics`` alone.

    Returns:
        A copy with the sources of all.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file adds none, or one without a metric, or one that is there already.
    """
    student, config = student_config(config), read_config(config)
    config.test_dataloader, config.test_evaluator = student.test_dataloader, student.test_evaluator
    for file in files:
        added = read_config(file, what='file of test sources')
        sources = ((added.get('test_dataloader') or {}).get('dataset') or {}).get('sources') or {}
        metrics = (added.get('test_evaluator') or {}).get('metrics') or {}
        if not sources or set(sources) != set(metrics):
            raise ValueError(
                f'{file} must have the same names in test_dataloader.dataset.sources and test_evaluator.metrics, as '
                f'configs/sources/halpe.py does. Got: {sorted(sources)} and {sorted(metrics)}'
            )
        taken = sorted(name for name in sources if config.test_dataloader.dataset.sources.get(name))
        if taken:
            raise ValueError(f'{file} adds test sources {taken}, which the config has already; leave the file out')
        config.test_dataloader.dataset.sources.update(sources)
        config.test_evaluator.metrics.update(metrics)
    return config
