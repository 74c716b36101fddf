"""Gathers a file's bytes over connections that break: what has arrived is kept and continued."""

from __future__ import annotations

import http.client
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

ATTEMPTS = 4
TIMEOUT_S = 30
_BLOCK = 1 << 18


class DownloadError(RuntimeError):
    """A file could not be fetched; the message says why and what to do."""


class _InterruptedError(DownloadError):
    """The connection broke; what has arrived can be resumed."""


def part_of(path: Path) -> Path:
    """Where the bytes of a file are gathered."""
    return path.with_name(path.name + '.part')


def gather(url: str, path: Path, name: str, progress: bool) -> None:
    """Complete `<file>.part`, however often the connection breaks (within reason).

    Args:
        url: Where the bytes come from.
        path: The file that they will be.
        name: What the progress bar calls it.
        progress: Whether to draw one, where tqdm is installed.

    Raises:
        DownloadError: If nothing more can be had; the message says what to do.
        OSError: If the disk is the reason.
    """
    part = part_of(path)
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
    have = _size(part_of(path))
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
        with part.open('ab' if have else 'wb') as file, _bar(total, have, name, progress) as bar:
            for block in _blocks(response):
                file.write(block)
                if bar is not None:
                    bar.update(len(block))
    if total is not None and _size(part) < total:
        raise _InterruptedError(f'{response.url}: the connection ended after {_size(part)} of {total} bytes')


def _bar(total: int | None, have: int, name: str, progress: bool) -> AbstractContextManager[Any]:
    try:
        from tqdm import tqdm
    except ImportError:  # the runtime does not ask for it
        return nullcontext()
    scale = {'unit': 'B', 'unit_scale': True, 'unit_divisor': 1024}
    return tqdm(total=total, initial=have, desc=name, disable=not progress, **scale)


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
        'Check the network or the proxy (https_proxy), or fetch the file elsewhere, from a mirror for one, put it at '
        f'{path} and run this again to check it'
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
