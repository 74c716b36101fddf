"""A folder of shards that knows what it was made from."""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from mmengine.dist import all_gather_object, get_dist_info
from tqdm import tqdm
from typing_extensions import Self

from unipose.console.mistakes import error_message, machine_fault

from .differences import differences, listed
from .json_file import read_json, write_json
from .shards import Shards
from .sole_writer import sole_writer

_MANIFEST = 'manifest.json'
_REMEDY = 'delete the folder, and write it anew'
_KEPT = 'What is written is whole: once that is mended, give the same command again'


class ShardStore(ABC):
    """A folder with ``manifest.json`` and shards, written by a tool that may be stopped and go on.

    The manifest has a ``fingerprint``: all that the content depends on, as plain mappings, lists and values.

    Args:
        folder: The folder of a store that :meth:`create` has made.

    Raises:
        FileNotFoundError: If there is no store.
        ValueError: If it is of another version of unipose.
    """

    what: ClassVar[str]
    """What is stored, for messages."""
    tool: ClassVar[str]
    """The tool that writes it."""
    format: ClassVar[int]
    """Version of what is written."""
    shards_name: ClassVar[str]
    """First part of the shards' names."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        file = self.folder / _MANIFEST
        if not file.is_file():
            raise FileNotFoundError(
                f'no {self.what} in {folder}: there is no {_MANIFEST}. Write them with {self.tool} CONFIG --out '
                'FOLDER, and name that folder'
            )
        self.manifest: dict[str, Any] = read_json(file, _REMEDY)
        if self.manifest.get('format') != self.format:
            raise ValueError(
                f'{file} is of format {self.manifest.get("format")}, this version of unipose reads {self.format}; '
                f'write the {self.what} anew, into another folder'
            )
        self.shards = Shards(self.folder, self.shards_name)

    @classmethod
    def create(cls, folder: str | Path, **content: Any) -> Self:
        """Makes an empty store, or opens the one that is there if it is of the same content; an empty one is replaced.

        Args:
            folder: The folder.
            **content: The manifest, ``fingerprint`` among it.

        Raises:
            ValueError: If the folder holds something else; the message says what differs.
        """
        content = dict(format=cls.format, **content)
        file = Path(folder) / _MANIFEST
        if file.is_file() and Shards(folder, cls.shards_name).numbers():
            there, content = read_json(file, _REMEDY), _plain(content)
            there['fingerprint'] = cls.completed(there['fingerprint'], content['fingerprint'])
            found = differences(there, content, ('there', 'asked for'))
            if found:
                raise ValueError(
                    f'{folder} holds other {cls.what}; name another folder (in training another --work-dir), or delete '
                    f'this one:{listed(found)}'
                )
        else:
            write_json(file, content)
        return cls(folder)

    @classmethod
    @contextlib.contextmanager
    def filling(cls, folder: str | Path) -> Iterator[None]:
        """Keeps a folder to this command while it fills a store, and says how to go on after what breaks that off.

        Args:
            folder: The store's.

        Raises:
            OSError: If another command fills it, it cannot be written, or a worker was killed.
        """
        with sole_writer(folder, '--out'):
            try:
                yield
            except Exception as error:
                if fault := machine_fault(error):
                    raise OSError(f'{error_message(fault)}. {_KEPT}') from error
                raise

    @classmethod
    def completed(cls, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        """A stored fingerprint with what an older unipose did not write down yet, so that its store stays of use."""
        return stored

    @property
    @abstractmethod
    def num_shards(self) -> int:
        """Files of the whole store."""

    def missing(self) -> list[int]:
        """Numbers of the shards that are not written yet."""
        return sorted(set(range(self.num_shards)) - set(self.shards.numbers()))

    def remove_damaged(self) -> None:
        """Deletes files whose content is not what their names say, so that they are missing."""
        for path in self.files():
            if Shards.is_damaged(path):
                path.unlink()

    def check_fits(self, fingerprint: Mapping[str, Any]) -> None:
        """Makes sure that this is the content that a config needs, and all of it.

        Raises:
            ValueError: If it is of another config (the message says what differs), or not finished.
        """
        wanted = _plain(fingerprint)
        found = differences(self.completed(self.manifest['fingerprint'], wanted), wanted, ('stored', 'this config'))
        if found:
            raise ValueError(
                f'the {self.what} in {self.folder} are not those of this config; write them anew with {self.tool}, or '
                f'take the config (where code_versions differ, the unipose) that they are of:{listed(found)}'
            )
        missing = self.missing()
        if missing:
            raise ValueError(
                f'the {self.what} in {self.folder} are not finished, {len(missing)} of {self.num_shards} files are '
                f'missing; {self._again}'
            )

    def check_content(self) -> None:
        """Reads all files, and makes sure that they are as they were written; processes share them.

        Raises:
            ValueError: If one is damaged; in every process.
        """
        rank, world_size = get_dist_info()
        mine = tqdm(self.files()[rank::world_size], desc=f'checking {self.folder}', unit='file', disable=rank > 0)
        damaged = all_gather_object([path for path in mine if Shards.is_damaged(path)])
        for path in sum(damaged, []):
            raise ValueError(f'{path} is damaged: its content is not what its name says; {self._again}')

    def files(self) -> list[Path]:
        """All shards."""
        return list(self.shards.numbers().values())

    @property
    def _again(self) -> str:
        return f'run the same {self.tool} command again, it writes what is missing or damaged'


def _plain(content: Any) -> Any:
    return json.loads(json.dumps(content))
