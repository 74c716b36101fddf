"""Download published teachers and student backbones, resumed and digest-checked, into teachers/."""

import argparse
import re
import sys
from pathlib import Path

from unipose.checkpoints.locate import home
from unipose.checkpoints.manifest import ManifestEntry, find_entry, load_manifest
from unipose.console.mistakes import show_traceback

EXAMPLE = '--backbones'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('names', nargs='*', metavar='NAME', help='name or file name; default: the RTMPose-m teachers')
    add('--backbones', action='store_true', help='also the backbones that students start from')
    add('--all', action='store_true', help='everything that can be fetched, about 5 GB')
    add('--list', action='store_true', help='say what there is and what is here, and stop')
    add('--dir', type=Path, default=home() / 'teachers')
    add('--url-base', help='folder URL of a mirror (http, https, file), or a local folder')
    add('--accept', metavar='SHA256', help='a digest that you vouch for, for one NAME')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Lists or fetches; the exit code says whether every file is in place."""
    from unipose.checkpoints.download import fetch
    from unipose.checkpoints.status import check_entry
    from unipose.checkpoints.transfer import DownloadError

    entries = _asked_for(args, parser)
    if args.list:
        for entry in entries:
            status, _ = check_entry(entry, args.dir)
            print(
                f'{entry.name:34} {entry.kind:9} {status:13} {entry.license:17} {entry.file}{"/" if entry.hub else ""}'
            )
        return 0
    failed = 0
    for entry in entries:
        try:
            fetched = fetch(entry, args.dir, url_base=args.url_base, accept=args.accept)
            known = args.accept or entry.digest or entry.archive_sha256
            done = 'fetched and checked' if known else 'fetched, and its digest recorded (none is published)'
            print(f'{entry.name} ({entry.license}): {done if fetched else "already there"}: {args.dir / entry.file}')
        except DownloadError as error:
            show_traceback(error)
            print(f'{entry.name}: {error}', file=sys.stderr)
            failed += 1
        except KeyboardInterrupt:
            print(f'\n{entry.name}: interrupted; run the same command again to resume', file=sys.stderr)
            return 130
    if failed and not args.url_base:
        print('a mirror, or a folder of files, is named with --url-base', file=sys.stderr)
    return 1 if failed else 0


def _asked_for(args: argparse.Namespace, parser: argparse.ArgumentParser) -> list[ManifestEntry]:
    """Entries of the manifest; a folder in ``args.url_base`` becomes a URL."""
    manifest = load_manifest()
    unknown = [name for name in args.names if find_entry(name, manifest) is None]
    if unknown:
        parser.error(f'unknown {", ".join(unknown)}; known: {", ".join(manifest)}')
    if args.accept and (len(args.names) != 1 or args.all or args.backbones):
        parser.error('--accept goes with exactly one NAME')
    if args.accept and not re.fullmatch('[0-9a-f]{64}', args.accept):
        parser.error('--accept needs a full SHA-256, 64 lower-case hex digits')
    if args.url_base and '://' not in args.url_base:
        if not Path(args.url_base).is_dir():
            parser.error(f'--url-base must be a URL or an existing folder. Got: {args.url_base}')
        args.url_base = Path(args.url_base).resolve().as_uri()
    if args.list:
        return list(manifest.values())
    entries = [find_entry(name, manifest) for name in args.names]
    if not args.names:
        entries = [entry for entry in manifest.values() if entry.kind == 'teacher']
    if args.all or args.backbones:
        wanted = [entry for entry in manifest.values() if args.all or entry.kind == 'backbone']
        entries += [entry for entry in wanted if entry not in entries and not entry.made_from]
    return entries
