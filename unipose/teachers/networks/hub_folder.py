"""Finds a model of Transformers: in a folder, or by its id on the hub."""

from __future__ import annotations

import re
from pathlib import Path

from unipose.checkpoints.locate import REPOSITORY, home
from unipose.checkpoints.manifest import load_manifest

PATTERNS = ['*.json', 'model*.safetensors']
"""What is fetched: configs and weights that cannot run code."""
_ID = re.compile(r'[\w.-]+/[\w.-]+')


def local_folder(name: str) -> Path | None:
    """The folder of a model that is here already; None where it would have to be fetched.

    Args:
        name: As of :func:`locate_folder`.
    """
    given, teachers = Path(str(name)).expanduser(), home() / 'teachers'
    places = [Path.cwd() / given, REPOSITORY / given, teachers / given]
    # what `unipose download` has fetched of this id
    places += [teachers / entry.file for entry in load_manifest().values() if entry.hub == str(name)]
    return next((place for place in places if place.is_dir()), None)


def locate_folder(name: str, revision: str | None, where: str) -> Path:
    """The folder of a model.

    Args:
        name: A folder, relative to the current one, the repository or the teachers' folder, or an id such as
            ``usyd-community/vitpose-base-simple``, which ``huggingface_hub`` fetches once.
        revision: Of an id: a commit, tag or branch.
        where: Whose it is, for messages.

    Raises:
        ValueError: If a revision is given, and there is such a folder.
        FileNotFoundError: If there is no such folder, and the id cannot be fetched.
        ImportError: If an id is given and ``huggingface_hub`` is not installed.
    """
    given, found = Path(str(name)).expanduser(), local_folder(name)
    if found is not None and revision is not None:
        raise ValueError(
            f'{where}: revision={revision!r} is of a model of the hub, and {name} is the folder {found}, whose '
            'revision nobody knows; leave revision out, or move the folder away'
        )
    if found is not None:
        return found
    if not _ID.fullmatch(str(name)) or given.is_absolute() or str(name).startswith('.'):
        raise FileNotFoundError(
            f'{where}: no folder {name}, here, in {REPOSITORY} or in {home()}/teachers; give a folder that '
            'save_pretrained wrote, or the id of a model of the hub, owner/name'
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(
            f'{where}: there is no folder {name}, and models of the hub are fetched by huggingface_hub: pip install '
            'huggingface_hub'
        ) from error
    try:
        return Path(snapshot_download(str(name), revision=revision, allow_patterns=PATTERNS))
    except Exception as error:  # the hub's client raises what its HTTP library raises
        reason = str(error).strip().split('\n')[0][:200]
        raise FileNotFoundError(
            f'{where}: there is no folder {name}, and the hub did not give it: {reason}. Fetch it where there is a '
            'network, and give the folder'
        ) from None
