"""Which published weights unipose knows, and whether a file on disk is one of them.

The manifest ships with the package and is never written to. Of most files it knows only the digest's first 8 digits,
which OpenMMLab puts into the file name, of some nothing; a download records the full digest it got in `digests.json`
beside the weights, and from then on that one counts.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).with_name('manifest.json')
DIGESTS = 'digests.json'
KINDS = ('teacher', 'backbone', 'optional', 'detector')

# OpenMMLab's publish_model.py: `<name>-<first 8 digits of the SHA-256>_<date>.pth`. The .zip of the exported network
# keeps that name: its digits are the .pth's and say nothing of the archive.
_DIGEST_IN_NAME = re.compile(r'-([0-9a-f]{8})_\d{8}\.pth$')


@dataclass(frozen=True)
class ManifestEntry:
    """One set of published weights: a file behind a URL, a model of the Hugging Face Hub, or a file to be converted.

    Args:
        name: What a user calls it, such as ``rtmpose-m_coco-256x192``.
        file: Its name in the teachers' folder: of a file, or of a hub model's folder.
        kind: ``teacher`` (those of COCO and MPII that the first configs name), ``backbone`` (what students start from),
            ``optional`` (any other teacher, fetched by name) or ``detector`` (finds people).
        license: SPDX name of the weights' licence; the name it goes by where SPDX has none.
        skeleton: Name of the skeleton that it predicts; None for a backbone and a detector.
        input_size: (width, height) that it was trained on, pixels; None for a backbone.
        url: Where the file, or the zip that holds it, is published.
        sha256: The file's full digest, 64 hex digits; None where it is not known.
        sha256_prefix: First digits of the file's digest; empty where not even they are known.
        member: Name of the file within the zip behind ``url``; None if that is the file itself.
        archive_sha256: Full digest of that zip; None where it is not known.
        hub: Id of a Transformers model on the Hugging Face Hub.
        revision: Its commit, branch or tag; the newest if None.
        made_from: What the file is converted from, as ``teachers/README.md`` says; nobody publishes it as such.

    Raises:
        ValueError: If fields contradict each other; all problems at once.
    """

    name: str
    file: str
    kind: str
    license: str
    skeleton: str | None
    input_size: tuple[int, int] | None
    url: str | None = None
    sha256: str | None = None
    sha256_prefix: str = ''
    member: str | None = None
    archive_sha256: str | None = None
    hub: str | None = None
    revision: str | None = None
    made_from: str | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.kind not in KINDS:
            problems.append(f'kind must be one of {KINDS}. Got: {self.kind!r}')
        if self.kind in ('teacher', 'optional') and not (self.skeleton and self.input_size):
            problems.append('a teacher needs a skeleton and an input_size')
        if not self.license:
            problems.append('license must not be empty')
        if not self.file or Path(self.file).name != self.file:
            problems.append(f'file must be a bare file name. Got: {self.file!r}')
        problems += [*self._origin_problems(), *self._digest_problems()]
        if problems:
            raise ValueError(f'manifest entry {self.name!r} is not valid:\n  - ' + '\n  - '.join(problems))

    def _origin_problems(self) -> Iterator[str]:
        origins = [name for name in ('url', 'hub', 'made_from') if getattr(self, name)]
        if len(origins) != 1:
            yield f'exactly one of url, hub and made_from says where it comes from. Got: {origins}'
        if self.url and self.member is None and not self.url.endswith('/' + self.file):
            yield f'url must end in /{self.file}. Got: {self.url!r}'
        if bool(self.member) != (self.url or '').endswith('.zip') or Path(self.member or '').name != (
            self.member or ''
        ):
            yield f'a url of a .zip, and no other, needs a member, a bare file name. Got: {self.url!r}, {self.member!r}'
        if self.hub and not re.fullmatch(r'[\w.-]+/[\w.-]+', self.hub):
            yield f'hub must be owner/model. Got: {self.hub!r}'
        if self.revision and not self.hub:
            yield 'a revision goes with hub'

    def _digest_problems(self) -> Iterator[str]:
        for field in ('sha256', 'archive_sha256'):
            digest = getattr(self, field)
            if digest is not None and not re.fullmatch(r'[0-9a-f]{64}', digest):
                yield f'{field} must be 64 lower-case hex digits or null. Got: {digest!r}'
        if len(self.sha256 or '') == 64 and not self.sha256.startswith(self.sha256_prefix):
            yield f'sha256 {self.sha256} does not start with sha256_prefix {self.sha256_prefix}'
        if not re.fullmatch(r'[0-9a-f]{0,64}', self.sha256_prefix):
            yield f'sha256_prefix must be lower-case hex digits. Got: {self.sha256_prefix!r}'
        if self.archive_sha256 and not self.member:
            yield 'an archive_sha256 goes with member'
        if self.digest and not self.url:
            yield 'sha256 and sha256_prefix go with url'

    @property
    def archive(self) -> str | None:
        """Name of the zip behind the URL; None if it is no zip."""
        return self.url.rpartition('/')[2] if self.url and self.member else None

    @property
    def digest(self) -> str:
        """As much of the file's SHA-256 as is known."""
        return self.sha256 or self.sha256_prefix

    @property
    def remedy(self) -> str:
        """The command that fetches it, or says how it is made."""
        return f'unipose download {self.name}'


def load_manifest(path: str | Path | None = None) -> dict[str, ManifestEntry]:
    """Read the manifest.

    Args:
        path: A manifest of your own; the one that ships with unipose if None.

    Returns:
        Entries by name, in the file's order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON, an entry lacks a field, has an unknown one or contradicts itself, or two entries
            name one file.
    """
    path = Path(path or MANIFEST)
    raw = read_json_object(path)
    known = {field.name: field.default is MISSING for field in fields(ManifestEntry) if field.name != 'name'}
    manifest = {}
    for name, values in raw.items():
        if not isinstance(values, Mapping):
            raise ValueError(f'{path}: entry {name!r} must be a JSON object. Got: {values!r}')
        missing = [field for field, needed in known.items() if needed and field not in values]
        unknown = sorted(set(values) - set(known))
        if missing or unknown:
            raise ValueError(f'{path}: entry {name!r} lacks {missing} and has unknown {unknown}; known: {list(known)}')
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
    digests = read_json_object(path, remedy='delete it: the digests in the manifest are checked instead')
    wrong = sorted(file for file, digest in digests.items() if not re.fullmatch('[0-9a-f]{64}', str(digest)))
    if wrong:
        raise ValueError(f'{path}: no SHA-256 for {wrong}; delete the file: the manifest is checked instead')
    return digests


def verify_digest(path: str | Path, entry: ManifestEntry | None = None) -> str | None:
    """Check a weight file against the digest that is known for it.

    That is the digest that its download recorded beside it, else the manifest's. A file that is not listed but carries
    a digest in its name, as OpenMMLab's .pth do, is checked against that; any other file is not checked.

    Args:
        path: The weight file.
        entry: What it should be; found by its file name, or the name of a hub model's folder, if None.

    Returns:
        The file's full digest if it was checked, else None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is another file; the message has both digests and the remedy.
    """
    path = Path(path)
    entry = entry or find_entry(path.name) or _hub_entry(path.parent)
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


def _hub_entry(folder: Path) -> ManifestEntry | None:
    entry = find_entry(folder.absolute())
    return entry if entry and entry.hub else None


def read_json_object(path: Path, remedy: str = 'correct it') -> dict[str, Any]:
    """What :func:`unipose.files.read_json` reads, with the standard library alone: downloads need no OpenCV.

    Raises:
        ValueError: If it is no JSON, or no mapping.
    """
    try:
        raw = json.loads(path.read_text(encoding='utf-8-sig'))
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path} is not JSON ({error}); {remedy}') from None
    if not isinstance(raw, dict):
        raise ValueError(f'{path} must hold a JSON object. Got: {type(raw).__name__}; {remedy}')
    return raw
