"""The person detector that is taken where none is named: fetched once, and kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from unipose.checkpoints.download import fetch
from unipose.checkpoints.manifest import find_entry
from unipose.checkpoints.transfer import DownloadError

AUTO = 'auto'
"""What stands for it in place of a file."""

_ENTRY = 'rtmdet-nano_person-320x320'


def auto_detector() -> Path:
    """RTMDet-nano, which finds people; out of OpenMMLab's zip the first time, and from then on without a network.

    It lies in the folder that ``UNIPOSE_CACHE`` names, or in ``unipose`` in that of ``XDG_CACHE_HOME``, by default
    ``~/.cache``. Its digest is checked each time; a download that broke off is resumed.

    Returns:
        The ONNX file.

    Raises:
        OSError: If it cannot be fetched, or what lies in its place is another file; the message says from where and
            where to, so that it can be put there by hand.
    """
    folder = cache_folder()
    entry = find_entry(_ENTRY)
    if not (folder / entry.file).is_file():
        print(f'fetching {entry.name} ({entry.license}), once, from {entry.url} into {folder}', file=sys.stderr)
    try:
        fetch(entry, folder)
    except DownloadError as error:
        raise OSError(f'no detector: {error}. Or name one of your own: --det-model rtmdet.onnx') from None
    return folder / entry.file


def cache_folder() -> Path:
    """Where what is fetched for a user is kept."""
    named = os.environ.get('UNIPOSE_CACHE')
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get('XDG_CACHE_HOME') or '~/.cache').expanduser() / 'unipose'
