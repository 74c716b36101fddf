"""Fetches published weights: checked before they appear under their name, and recorded."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress
from pathlib import Path

from unipose.checkpoints.archive import unpack_member
from unipose.checkpoints.hub import fetch_hub_model
from unipose.checkpoints.locate import guide
from unipose.checkpoints.manifest import DIGESTS, ManifestEntry, recorded_digests, sha256_file
from unipose.checkpoints.model_folder import missing_files, verify_folder
from unipose.checkpoints.transfer import DownloadError, gather, part_of

_WEB_PAGE = 'It was a web page: a proxy or a login may stand in between.'


def fetch(
    entry: ManifestEntry,
    directory: str | Path,
    *,
    url_base: str | None = None,
    accept: str | None = None,
    progress: bool = True,
) -> bool:
    """Fetch one file or model into a folder, unless it is there already, and record its full digest beside it.

    Bytes are gathered in `<file>.part`, which a later call continues. The file takes its name only after the digest
    has been checked; one with a wrong digest is removed. A zip is checked first, then the file is taken out of it and
    the zip removed. A model of the hub gets a folder, and its digests are recorded in there.

    Args:
        entry: What to fetch.
        directory: Where to; made if it does not exist.
        url_base: Folder URL of a mirror (http, https or file); the entry's own URL if None. Not for models of the hub.
        accept: A SHA-256 that the caller vouches for, in place of the manifest's; of the zip where there is one.
        progress: Whether to draw a progress bar.

    Returns:
        Whether it was fetched; False if the right file was there already.

    Raises:
        DownloadError: For everything that can go wrong, in one message with what to do about it.
    """
    path = Path(directory) / entry.file
    url = f'{url_base.rstrip("/")}/{entry.archive or entry.file}' if url_base else entry.url
    try:
        if entry.hub:
            return _fetch_hub(entry, path, url_base)
        return _fetch(entry, path, url, accept, progress)
    except OSError as error:  # the network's are DownloadErrors by now, so this is the disk's
        where = error.filename or directory
        raise DownloadError(f'cannot read or write {where}: {error.strerror or error}') from None
    except ValueError as error:  # a damaged record of digests or zip, or what the hub says
        raise DownloadError(str(error)) from None


def _fetch(entry: ManifestEntry, path: Path, url: str, accept: str | None, progress: bool) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    expected = accept or recorded_digests(path.parent).get(entry.file) or entry.digest
    if path.exists():
        digest = sha256_file(path)
        if not digest.startswith(expected):
            raise DownloadError(_in_the_way(entry, path, expected, digest))
        # Right files in a folder that one may only read are all one needs.
        with nullcontext() if accept else suppress(OSError):
            _record(path, digest)
        return False
    if entry.made_from:
        raise DownloadError(
            f'{path} has to be made from {entry.made_from}: "Made by yourself" in {guide("teachers/README.md")} says '
            'how'
        )
    if entry.archive:
        digest = _unpack(entry, path, url, accept, progress)
    else:
        digest = _download(entry, path, url, expected, progress)
    _record(path, digest)
    part_of(path).replace(path)
    if entry.archive:
        path.with_name(entry.archive).unlink()
    return True


def _download(entry: ManifestEntry, path: Path, url: str, expected: str, progress: bool) -> str:
    """Gather `<file>.part` until its digest is right; returns the digest."""
    resumed = part_of(path).exists()
    gather(url, path, entry.name, progress)
    digest = sha256_file(part_of(path))
    if resumed and not digest.startswith(expected):
        part_of(path).unlink()  # its beginning may be of another file: once more, from the beginning
        gather(url, path, entry.name, progress)
        digest = sha256_file(part_of(path))
    if not digest.startswith(expected):
        web_page = _is_web_page(part_of(path))
        part_of(path).unlink()
        raise DownloadError(
            f'{url} gave a file with the wrong digest (expected SHA-256 {expected}, got {digest}); it was removed. '
            + (_WEB_PAGE if web_page else _accepting(entry, digest))
        )
    return digest


def _unpack(entry: ManifestEntry, path: Path, url: str, accept: str | None, progress: bool) -> str:
    """Take `<file>.part` out of the zip, which is fetched if it is not there; returns the file's digest."""
    archive = path.with_name(entry.archive)
    expected = accept or entry.archive_sha256 or ''
    if archive.exists():
        digest = sha256_file(archive)
        if not digest.startswith(expected):
            raise DownloadError(_in_the_way(entry, archive, expected, digest))
    else:
        digest = _download(entry, archive, url, expected, progress)
        part_of(archive).replace(archive)
    try:
        unpacked = unpack_member(archive, entry.member, part_of(path))
    except ValueError as error:
        web_page = _is_web_page(archive)
        archive.unlink()
        raise DownloadError(
            f'{error}. It was removed. {_WEB_PAGE if web_page else "Run the same command again"}'
        ) from None
    expected = '' if accept else recorded_digests(path.parent).get(path.name) or entry.digest
    if not unpacked.startswith(expected):
        part_of(path).unlink()
        archive.unlink()
        raise DownloadError(
            f'{entry.member} of {archive.name} has the wrong digest (expected SHA-256 {expected}, got {unpacked}); '
            'both were removed. If a source that you trust confirms the digest of the archive, accept it: '
            f'{entry.remedy} --accept {digest}'
        )
    return unpacked


def _fetch_hub(entry: ManifestEntry, folder: Path, url_base: str | None) -> bool:
    there = folder.is_dir() and not missing_files(folder)
    if not there:
        if url_base:
            raise DownloadError(
                f'{entry.hub} comes from the Hugging Face Hub, where --url-base does not reach: set HF_ENDPOINT to a '
                f'mirror of it, or put the model into {folder} and run this again'
            )
        fetch_hub_model(entry, folder)
        # It calls what an earlier, broken download left complete when it reaches nobody.
        if lacking := missing_files(folder):
            raise DownloadError(f'{folder} still lacks {", ".join(lacking)}; run the same command again to resume')
    if not verify_folder(folder, entry):
        with suppress(OSError) if there else nullcontext():
            for weights in sorted(folder.glob('model*.safetensors')):
                _record(weights, sha256_file(weights))
    return not there


def _in_the_way(entry: ManifestEntry, path: Path, expected: str, digest: str) -> str:
    return (
        f'{path} is there, but has the wrong digest (expected SHA-256 {expected}, got {digest}). It was left '
        f'alone; to replace it, delete it and run this again. {_accepting(entry, digest)}'
    )


def _accepting(entry: ManifestEntry, digest: str) -> str:
    return (
        'Listed digests, most of them from OpenMMLab file names, are not always right: if a source that you trust '
        f'confirms this one, accept it: {entry.remedy} --accept {digest}'
    )


def _record(path: Path, digest: str) -> None:
    digests = recorded_digests(path.parent)
    if digests.get(path.name) == digest:
        return
    record = path.with_name(DIGESTS)
    draft = record.with_suffix('.part')
    draft.write_text(json.dumps({**digests, path.name: digest}, indent=2, sort_keys=True) + '\n', encoding='utf-8')
    draft.replace(record)


def _is_web_page(path: Path) -> bool:
    with path.open('rb') as file:
        return file.read(200).lstrip()[:1] == b'<'
