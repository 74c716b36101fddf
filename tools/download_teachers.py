"""Download published teachers and student backbones, resumed and digest-checked, into teachers/."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from unipose.checkpoints.download import fetch
from unipose.checkpoints.manifest import find_entry, load_manifest
from unipose.checkpoints.status import check_entry
from unipose.checkpoints.transfer import DownloadError

EXAMPLE = 'example: python tools/download_teachers.py --backbones'


def parse_args() -> argparse.Namespace:
    """What the user asked for, with `entries` of the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument('names', nargs='*', metavar='NAME', help='name or file name; default: the RTMPose-m teachers')
    parser.add_argument('--backbones', action='store_true', help='also the backbones that students start from')
    parser.add_argument('--all', action='store_true', help='everything that can be fetched, about 5 GB')
    parser.add_argument('--list', action='store_true', help='say what there is and what is here, and stop')
    parser.add_argument('--dir', type=Path, default=Path(__file__).resolve().parents[1] / 'teachers')
    parser.add_argument('--url-base', help='folder URL of a mirror (http, https, file), or a local folder')
    parser.add_argument('--accept', metavar='SHA256', help='a digest that you vouch for, for one NAME')
    args = parser.parse_args()

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
    args.entries = [find_entry(name, manifest) for name in args.names]
    if not args.names:
        args.entries = [entry for entry in manifest.values() if entry.kind == 'teacher']
    if args.all or args.backbones:
        wanted = [entry for entry in manifest.values() if args.all or entry.kind == 'backbone']
        args.entries += [entry for entry in wanted if entry not in args.entries and not entry.made_from]
    if args.list:
        args.entries = list(manifest.values())
    return args


def main() -> int:
    """List or fetch; the exit code says whether every file is in place."""
    args = parse_args()
    failed = 0
    for entry in args.entries:
        if args.list:
            status, _ = check_entry(entry, args.dir)
            print(
                f'{entry.name:34} {entry.kind:9} {status:13} {entry.license:17} {entry.file}{"/" if entry.hub else ""}'
            )
            continue
        try:
            fetched = fetch(entry, args.dir, url_base=args.url_base, accept=args.accept)
            known = args.accept or entry.digest or entry.archive_sha256
            done = 'fetched and checked' if known else 'fetched, and its digest recorded (none is published)'
            print(f'{entry.name} ({entry.license}): {done if fetched else "already there"}: {args.dir / entry.file}')
        except DownloadError as error:
            print(f'{entry.name}: {error}', file=sys.stderr)
            failed += 1
        except KeyboardInterrupt:
            print(f'\n{entry.name}: interrupted; run the same command again to resume', file=sys.stderr)
            return 130
    if failed and not args.url_base:
        print('a mirror, or a folder of files, is named with --url-base', file=sys.stderr)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
