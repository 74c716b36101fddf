"""A Transformers model as a folder: which files it needs, and whether they are those that were fetched."""

from __future__ import annotations

from pathlib import Path

from unipose.checkpoints.manifest import ManifestEntry, read_json_object, verify_digest

CONFIGS = ('config.json', 'preprocessor_config.json')
WEIGHTS = 'model.safetensors'
INDEX = 'model.safetensors.index.json'  # names the parts of weights that come in several files
_REMEDY = 'delete it and fetch the model again'


def missing_files(folder: str | Path) -> list[str]:
    """Names of the files that the folder lacks; empty if the model is complete.

    Raises:
        ValueError: If the index of its weights is damaged.
    """
    folder = Path(folder)
    return [name for name in (*CONFIGS, *weight_files(folder)) if not (folder / name).is_file()]


def verify_folder(folder: str | Path, entry: ManifestEntry | None = None) -> bool:
    """Check the weights of a complete model against the digests that were recorded when they were fetched.

    Args:
        folder: The model's folder.
        entry: What it should be; found by the folder's name if None.

    Returns:
        Whether digests are recorded for all of them.

    Raises:
        FileNotFoundError: If a file of weights is not there.
        ValueError: If one is another file, or a record is damaged.
    """
    folder = Path(folder)
    digests = [verify_digest(folder / name, entry) for name in weight_files(folder)]
    return all(digests)


def weight_files(folder: Path) -> list[str]:
    """Names of a model's files of weights.

    Raises:
        ValueError: If the index of its weights is damaged.
    """
    index = folder / INDEX
    if not index.is_file():
        return [WEIGHTS]
    content = read_json_object(index, _REMEDY)
    try:
        parts = set(content['weight_map'].values())
    except (KeyError, TypeError, AttributeError):
        raise ValueError(f'{index} does not name the files of weights; {_REMEDY}') from None
    if any(Path(part).name != part for part in parts):
        raise ValueError(f'{index} names files of other folders; {_REMEDY}')
    return sorted(parts)
