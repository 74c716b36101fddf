"""Whether what the manifest lists is in a folder."""

from __future__ import annotations

from pathlib import Path

from unipose.checkpoints.manifest import ManifestEntry, verify_digest
from unipose.checkpoints.model_folder import missing_files, verify_folder


def check_entry(entry: ManifestEntry, directory: str | Path) -> tuple[str, str]:
    """Where a listed file or model stands.

    Args:
        entry: What is listed.
        directory: The teachers' folder.

    Returns:
        ``present``, ``unchecked`` (there, but no digest is known), ``missing``, ``partial`` or ``wrong digest``; and
        what there is to say about it, empty for the first three.

    Raises:
        OSError: If a file cannot be read.
    """
    path = Path(directory) / entry.file
    if entry.hub and not path.is_dir():
        return 'missing', ''
    if not entry.hub and not path.is_file():
        begun = [file for file in _on_the_way(entry, path) if file.is_file()]
        return ('partial', f'so far there is {begun[0].name}') if begun else ('missing', '')
    try:
        if entry.hub and (lacking := missing_files(path)):
            return 'partial', f'{path.name}/ lacks {", ".join(lacking)}'
        checked = verify_folder(path, entry) if entry.hub else verify_digest(path, entry)
    except ValueError as error:
        return 'wrong digest', str(error)
    return ('present' if checked else 'unchecked'), ''


def _on_the_way(entry: ManifestEntry, path: Path) -> list[Path]:
    names = [entry.file + '.part', *([entry.archive, entry.archive + '.part'] if entry.archive else [])]
    return [path.with_name(name) for name in names]
