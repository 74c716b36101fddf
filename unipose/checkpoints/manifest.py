"""Which published weight files unipose knows, and whether a file on disk is one of them.

The manifest ships with the package and is never written to. Of most files it knows only the digest's first 8 digits,
which OpenMMLab puts into the file name; a download records the full digest it got in `digests.json` beside the weights,
and from then on that one counts.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).with_name('manifest.json')
DIGESTS = 'digests.json'
KINDS = ('teacher', 'backbone', 'optional')

# OpenMMLab's publish_model.py: `<name>-<first 8 digits of the SHA-256>_<date>.pth`.
_DIGEST_IN_NAME = re.compile(r'-([0-9a-f]{8})_\d{8}\.pth$')


@dataclass(frozen=True)
class ManifestEntry:
    """One published weight file.

    Args:
        name: What a user calls it, such as ``rtmpose-m_coco-256x192``.
        file: File name on disk and at the end of the URL.
        url: Where it is published.
        sha256: Full digest, 64 hex digits; None where it is not known.
        sha256_prefix: First digits of the digest; empty where not even they are known.
        license: SPDX name of the weights' licence.
        skeleton: Name of the skeleton that it predicts; None for a backbone.
        input_size: (width, height) that it was trained on, pixels; None for a backbone.
        kind: ``teacher`` (those of COCO and MPII that the first configs name), ``backbone`` (what students start from)
            or ``optional`` (any other teacher, fetched by name).

    Raises:
        ValueError: If fields contradict each other; all problems at once.
    """

    name: str
    file: str
    url: str
    sha256: str | None
    sha256_prefix: str
    license: str
    skeleton: str | None
    input_size: tuple[int, int] | None
    kind: str

    def __post_init__(self) -> None:
        problems = []
        if self.kind not in KINDS:
            problems.append(f'kind must be one of {KINDS}. Got: {self.kind!r}')
        if self.kind in ('teacher', 'optional') and not (self.skeleton and self.input_size):
            problems.append('a teacher needs a skeleton and an input_size')
        if not self.file or Path(self.file).name != self.file:
            problems.append(f'file must be a bare file name. Got: {self.file!r}')
        if not self.url.endswith('/' + self.file):
            problems.append(f'url must end in /{self.file}. Got: {self.url!r}')
        if self.sha256 is not None and not re.fullmatch(r'[0-9a-f]{64}', self.sha256):
            problems.append(f'sha256 must be 64 lower-case hex digits or null. Got: {self.sha256!r}')
        elif not (self.sha256 or self.sha256_prefix).startswith(self.sha256_prefix):
            problems.append(f'sha256 {self.sha256} does not start with sha256_prefix {self.sha256_prefix}')
        if not re.fullmatch(r'[0-9a-f]{0,64}', self.sha256_prefix):
            problems.append(f'sha256_prefix must be lower-case hex digits. Got: {self.sha256_prefix!r}')
        if problems:
            raise ValueError(f'manifest entry {self.name!r} is not valid:\n  - ' + '\n  - '.join(problems))

    @property
    def digest(self) -> str:
        """As much of the SHA-256 as is known."""
        return self.sha256 or self.sha256_prefix

    @property
    def remedy(self) -> str:
        """The command that fetches the file."""
        return f'python tools/download_teachers.py {self.name}'


def load_manifest(path: str | Path | None = None) -> dict[str, ManifestEntry]:
    """Read the manifest.

    Args:
        path: A manifest of your own; the one that ships with unipose if None.

    Returns:
        Entries by name, in the file's order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON, or an entry lacks a field, has an unknown one, or contradicts itself.
    """
    path = Path(path or MANIFEST)
    raw = _read_json_object(path)
    names = {field.name for field in fields(ManifestEntry)} - {'name'}
    manifest = {}
    for name, values in raw.items():
        if not isinstance(values, Mapping) or set(values) != names:
            got = sorted(values) if isinstance(values, Mapping) else values
            raise ValueError(f'{path}: entry {name!r} must have exactly the fields {sorted(names)}. Got: {got}')
        size = values['input_size']
        manifest[name] = ManifestEntry(name=name, **{**values, 'input_size': tuple(size) if size else None})
    files = [entry.file for entry in manifest.values()]
    repeated = sorted({file for file in files if files.count(file) > 1})
    if repeated:
        raise ValueError(f'{path}: more than one entry names the file {repeated}')
    return manifest


def find_entry(file: str | Path, manifest: Mapping[str, ManifestEntry] | None = None) -> ManifestEntry | None:
    """The entry of that file name (of any folder) or entry name; None if the manifest lists neither."""
    manifest = load_manifest() if manifest is None else manifest
    if str(file) in manifest:
        return manifest[str(file)]
    return next((entry for entry in manifest.values() if entry.file == Path(file).name), None)


def sha256_file(path: str | Path) -> str:
    """SHA-256 of a file's content, 64 lower-case hex digits.

    Raises:
        OSError: If it cannot be read.
    """
    digest = hashlib.sha256()
    with Path(path).open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def recorded_digests(directory: str | Path) -> dict[str, str]:
    """Full digests by file name that downloads into this folder have recorded; empty if there were none.

    Raises:
        ValueError: If the record is damaged.
    """
    path = Path(directory) / DIGESTS
    if not path.exists():
        return {}
    digests = _read_json_object(path, remedy='delete it: the digests in the manifest are checked instead')
    wrong = sorted(file for file, digest in digests.items() if not re.fullmatch('[0-9a-f]{64}', str(digest)))
    if wrong:
        raise ValueError(f'{path}: no SHA-256 for {wrong}; delete the file: the manifest is checked instead')
    return digests


def verify_digest(path: str | Path, entry: ManifestEntry | None = None) -> str | None:
    """Check a weight file against the digest that is known for it.

    For a listed file that is the digest its download recorded beside it, else the manifest's. A file that is not
    listed but carries a digest in its name, as OpenMMLab's do, is checked against that; any other file is not checked.

    Args:
        path: The weight file.
        entry: What it should be; found by its file name if None.

    Returns:
        The file's full digest if it was checked, else None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is another file; the message has both digests and the remedy.
    """
    path = Path(path)
    entry = entry or find_entry(path.name)
    if entry is not None:
        recorded = recorded_digests(path.parent).get(path.name)
        expected, remedy = recorded or entry.digest, f'delete it and run: {entry.remedy}'
        if recorded and not recorded.startswith(entry.digest):
            warnings.warn(
                f'{path} is not the file that the manifest lists (SHA-256 {recorded}, listed {entry.digest}): '
                f'somebody accepted it by hand, as {path.with_name(DIGESTS)} says',
                stacklevel=2,
            )
    elif found := _DIGEST_IN_NAME.search(path.name):
        expected = found[1]
        remedy = 'get it again from where it came; if you made or changed it yourself, take the digest out of its name'
    else:
        expected, remedy = '', ''
    if not expected:
        return None
    got = sha256_file(path)
    if not got.startswith(expected):
        raise ValueError(
            f'{path} has the wrong digest.\n  expected SHA-256: {expected}\n  got: {got}\n  To do: {remedy}'
        )
    return got


def _read_json_object(path: Path, remedy: str = 'correct it') -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path} is not valid JSON ({error}); {remedy}') from None
    if not isinstance(raw, dict):
        raise ValueError(f'{path} must hold a JSON object. Got: {type(raw).__name__}; {remedy}')
    return raw
