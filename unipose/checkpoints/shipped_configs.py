"""The configs that come along, by name: ``distill_small`` is ``configs/distill_small.py``."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from unipose.checkpoints.locate import REPOSITORY, locate_file

CONFIGS = REPOSITORY / 'configs'
_CLOSE = 4


def shipped_configs() -> dict[str, Path]:
    """Every config that comes along by its name, ``demo/distill``; the fragments that others inherit are left out."""
    named = {file.relative_to(CONFIGS).with_suffix('').as_posix(): file for file in CONFIGS.rglob('*.py')}
    named = {name: file for name, file in named.items() if '_base_' not in name.split('/')}
    return dict(sorted(named.items(), key=lambda item: (item[0].count('/'), item)))


def locate_config(config: str | Path, what: str = 'config') -> Path:
    """Finds a config by its path or, where there is no such file, among those that come along.

    Args:
        config: A path, relative to the current folder or the repository, or a name: ``distill_small``.
        what: What the config is, for messages.

    Returns:
        The path of the existing file.

    Raises:
        FileNotFoundError: If there is neither; the message lists close names.
    """
    with suppress(FileNotFoundError):
        return locate_file(config, what)
    name, known = Path(config).as_posix().removesuffix('.py').removeprefix('configs/'), shipped_configs()
    if name in known:
        return known[name]
    close = ', '.join(get_close_matches(name, known, _CLOSE, cutoff=0.5))
    raise FileNotFoundError(
        f'{what} not found: {config}; there is no {Path(config).expanduser().absolute()}, and none of this name comes '
        f'along{f"; close are {close}" if close else ""}. Give the path of an existing file, or a name: `unipose '
        'configs` lists them'
    )
