"""Fetches published weight files: resumed where they broke off, checked before they appear under their name."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from unipose.checkpoints.manifest import DIGESTS, ManifestEntry, recorded_digests, sha256_file, verify_digest

ATTEMPTS = 4
TIMEOUT_S = 30
_BLOCK = 1 << 18


class DownloadError(RuntimeError):
    """A file could not be fetched; the message says why and what to do."""


class _InterruptedError(DownloadError):
    """The connection broke; what has arrived can be resumed."""


def file_status(entry: ManifestEntry, directory: str | Path) -> str:
    """Where a listed file stands: `present`, `missing`, `partial` or `wrong digest`."""
    path = Path(directory) / entry.file
    if not path.is_file():
        return 'partial' if _part(path).is_file() else 'missing'
    try:
        verify_digest(path, entry)
    except ValueError:
        return 'wrong digest'
    return 'present'


def fetch(
    entry: ManifestEntry,
    directory: str | Path,
    *,
    url_base: str | None = None,
    accept: str | None = None,
    progress: bool = True,
) -> bool:
    """Fetch one file into a folder, unless it is there already, and record its full digest beside it.

    Bytes are gathered in `<file>.part`, which a later call continues. The file takes its name only after the digest
    has been checked; one with a wrong digest is removed.

    Args:
        entry: What to fetch.
        directory: Where to; made if it does not exist.
        url_base: Folder URL of a mirror (http, https or file); the entry's own URL if None.
        accept: A SHA-256 that the caller vouches for, in place of the manifest's.
        progress: Whether to draw a progress bar.

    Returns:
        Whether it was fetched; False if the right file was there already.

    Raises:
        DownloadError: For everything that can go wrong, in one message with what to do about it.
    """
    url = f'{url_base.rstrip("/")}/{entry.file}' if url_base else entry.url
    try:
        return _fetch(entry, Path(directory) / entry.file, url, accept, progress)
    except OSError as error:  # the network's are DownloadErrors by now, so this is the disk's
        where = error.filename or directory
        raise DownloadError(f'cannot read or write {where}: {error.strerror or error}') from None
    except ValueError as error:  # a damaged record of digests
        raise DownloadError(str(error)) from None


def _fetch(entry: ManifestEntry, path: Path, url: str, accept: str | None, progress: bool) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    expected = accept or recorded_digests(path.parent).get(entry.file) or entry.digest
    if path.exists():
        digest = sha256_file(path)
        if not digest.startswith(expected):
            raise DownloadError(
                f'{path} is there, but has the wrong digest (expected SHA-256 {expected}, got {digest}). It was left '
                f'alone; to replace it, delete it and run this again. {_accepting(entry, digest)}'
            )
        # Right files in a folder that one may only read are all one needs.
        with nullcontext() if accept else suppress(OSError):
            _record(path, digest)
        return False
    resumed = _part(path).exists()
    _gather(url, path, entry.name, progress)
    digest = sha256_file(_part(path))
    if resumed and not digest.startswith(expected):
        _part(path).unlink()  # its beginning may be of another file: once more, from the beginning
        _gather(url, path, entry.name, progress)
        digest = sha256_file(_part(path))
    if not digest.startswith(expected):
        with _part(path).open('rb') as file:
            web_page = file.read(200).lstrip()[:1] == b'<'
        _part(path).unlink()
        raise DownloadError(
            f'{url} gave a file with the wrong digest (expected SHA-256 {expected}, got {digest}); it was removed. '
            + ('It was a web page: a proxy or a login may stand in between.' if web_page else _accepting(entry, digest))
        )
    _record(path, digest)
    _part(path).replace(path)
    return True


def _accepting(entry: ManifestEntry, digest: str) -> str:
    return (
        'The digests in OpenMMLab file names are not always right: if a source that you trust confirms this one, '
        f'accept it: {entry.remedy} --accept {digest}'
    )


def _gather(url: str, path: Path, name: str, progress: bool) -> None:
    """Complete `<file>.part`, however often the connection breaks (within reason)."""
    part = _part(path)
    for attempt in range(1, ATTEMPTS + 1):
        before = _size(part)
        response = _open(url, path)
        try:
            if response is not None:
                _receive(response, part, name, progress)
            return
        except _InterruptedError as error:
            if attempt == ATTEMPTS or _size(part) <= before:
                message = f'{error}. What has arrived is kept; run the same command again to resume'
                raise DownloadError(message) from None


def _open(url: str, path: Path) -> Any | None:
    """Ask for what `<file>.part` lacks; None if the server has nothing more."""
    have = _size(_part(path))
    headers = {'User-Agent': 'unipose', **({'Range': f'bytes={have}-'} if have else {})}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing lies beyond: it is whole or of another file, as its digest will tell
            return None
        raise DownloadError(f'{url}: HTTP {error.code} {error.reason}. {_elsewhere(path)}') from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, 'reason', None) or error
        raise DownloadError(f'cannot reach {url}: {reason or type(error).__name__}. {_elsewhere(path)}') from None


def _receive(response: Any, part: Path, name: str, progress: bool) -> None:
    have = _size(part)
    with response:
        resumes = re.match(rf'bytes {have}-\d+/', response.headers.get('Content-Range', ''))
        if not (response.status == 206 and resumes):
            have = 0  # the server ignores ranges and starts again
        length = response.headers.get('Content-Length')
        total = have + int(length) if length else None
        _need_space(part, (total or 0) - have)
        scale = {'unit': 'B', 'unit_scale': True, 'unit_divisor': 1024}
        bar = tqdm(total=total, initial=have, desc=name, disable=not progress, **scale)
        with part.open('ab' if have else 'wb') as file, bar:
            for block in _blocks(response):
                file.write(block)
                bar.update(len(block))
    if total is not None and _size(part) < total:
        raise _InterruptedError(f'{response.url}: the connection ended after {_size(part)} of {total} bytes')


def _blocks(response: Any) -> Iterator[bytes]:
    while True:
        try:
            block = response.read(_BLOCK)
        except http.client.IncompleteRead as error:
            block = error.partial
        except (OSError, http.client.HTTPException) as error:
            raise _InterruptedError(f'{response.url}: the connection broke ({error or type(error).__name__})') from None
        if not block:
            return
        yield block


def _need_space(part: Path, size: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if size > free:
        raise DownloadError(f'{part.parent} has no space: {size >> 20} MiB are needed, {free >> 20} MiB are free')


def _elsewhere(path: Path) -> str:
    return (
        'Check the network or the proxy (https_proxy), try a mirror (--url-base), or fetch the file elsewhere, '
        f'put it at {path} and run this again to check it'
    )


def _record(path: Path, digest: str) -> None:
    digests = recorded_digests(path.parent)
    if digests.get(path.name) == digest:
        return
    record = path.with_name(DIGESTS)
    draft = record.with_suffix('.part')
    draft.write_text(json.dumps({**digests, path.name: digest}, indent=2, sort_keys=True) + '\n', encoding='utf-8')
    draft.replace(record)


def _part(path: Path) -> Path:
    return path.with_name(path.name + '.part')


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
