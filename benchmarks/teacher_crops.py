"""What public teachers score on real people: by padding, through canvases, and with others in the crop."""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
OUT = ROOT / 'benchmarks' / 'results' / 'teacher_crops.json'


def main() -> None:
    from benchmarks.crops.rows import measure, rows  # first: it patches

    # isort: split
    from benchmarks.crops.report import table

    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/teacher_crops.py data/people teachers'
    )
    parser.add_argument('people', type=Path, help='folder with coco/ and mpii/, as data/README.md has them')
    parser.add_argument('teachers', type=Path, help='folder of the ONNX files that teachers/README.md names')
    parser.add_argument('--json', type=Path, default=OUT, help='file of rows; those in it are not measured again')
    args = parser.parse_args()
    found = json.loads(args.json.read_text()) if args.json.is_file() else []
    try:
        for row in rows():
            facts = json.loads(json.dumps(row.facts()))
            if not any(facts.items() <= done.items() for done in found):
                found.append(dict(facts, scores=measure(row, args.people, args.teachers)))
                args.json.parent.mkdir(parents=True, exist_ok=True)
                args.json.write_text(json.dumps(found, indent=1) + '\n')
                print(table(found[-1:]).splitlines()[-1], flush=True)
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))
    print(table(found))


if __name__ == '__main__':
    main()
