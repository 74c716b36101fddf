import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from unipose.commands.report.curves import run_curves


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    """A run that was resumed after step 2, and its epochs scored."""
    first = [dict(lr=0.1, loss=2.0, time=0.5, step=step) for step in (1, 2, 3)]
    second = [dict(lr=0.2, loss=1.0, time=0.5, step=step) for step in (3, 4)]
    second += [{'coco/AP': ap, 'step': epoch} for epoch, ap in ((1, 0.5), (2, 0.6))]
    for stamp, lines in (('20260101_000000', first), ('20260102_000000', second)):
        file = tmp_path / stamp / 'vis_data/scalars.json'
        file.parent.mkdir(parents=True)
        file.write_text('\n'.join(map(json.dumps, lines)) + '\n')
    terms = dict(gt=dict(loss=1.0, raw=2.0), kd_coco=dict(loss=0.5, agree=0.7), kd_mpii=dict(raw=1.0))
    lines = [json.dumps(dict(epoch=epoch, terms=terms)) for epoch in (1, 2)]
    (tmp_path / 'distillation.jsonl').write_text('\n'.join(lines))
    return tmp_path


def test_charts_are_svg_that_a_page_can_colour_and_size(work_dir: Path) -> None:
    charts = run_curves(work_dir)
    assert list(charts) == [
        'Loss terms, weighted',
        'Weight within 2 px of the teacher',
        'Validation: AP and AR',
        'Learning rate',
        'Time of a step',
    ]
    for drawn in charts.values():
        root = ElementTree.fromstring(drawn)
        assert 'viewBox' in root.attrib and 'width' not in root.attrib and 'height' not in root.attrib
        assert 'currentColor' in drawn and '#010203' not in drawn
        assert 'http' not in drawn.replace('http://www.w3.org', '').replace('http://purl.org', '').replace(
            'http://creativecommons.org', ''
        ).replace('https://matplotlib.org', '')
    assert 'kd_mpii' not in charts['Loss terms, weighted']  # it has no weighted loss
    assert '>gt<' in charts['Loss terms, weighted']


def test_an_empty_work_dir_has_none(tmp_path: Path) -> None:
    assert run_curves(tmp_path) == {}


def test_half_a_line_of_a_run_that_broke_off_is_left_out(work_dir: Path) -> None:
    whole = run_curves(work_dir)
    for file in work_dir.rglob('*.json*'):
        file.write_text(file.read_text().rstrip('\n') + '\n{"loss": 1.0, "st')
    assert run_curves(work_dir) == whole
