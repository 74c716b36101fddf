"""benchmarks/inference.py, video.py, export_cost.py and exported_everywhere.py end to end, on the smallest scale."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import export_cost, exported_everywhere, inference, video
from benchmarks.speed.earlier_build import EarlierBuild
from tests.builders import train_config
from tests.detector_files import write_detector
from tests.evaluation_inputs import student_test_config, write_student
from unipose.student import default_student


def test_inference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(inference, 'FRAMES', 5)
    monkeypatch.setattr(inference, 'started', lambda code: 0.5)
    arguments = ['--models', 'demo', '--persons', '2', '--repeats', '1', '--json', str(tmp_path / 'a.json')]
    monkeypatch.setattr(sys, 'argv', ['inference.py', *arguments])
    inference.main()
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / 'a.json').read_text())
    found, has_bf16 = written['demo'], written['moved']['backend'].endswith('bf16')
    assert has_bf16 is ('no rows of bf16' not in printed)
    ratios = found['frames']['2']['rtmlib_to_unipose']
    assert set(ratios) == {'fp32', 'int8'} | ({'bf16'} if has_bf16 else set())
    assert written['to_rtmlib']['demo']['2']['f32'] == ratios['fp32']
    seconds, kept = found['frames']['2']['seconds'], 'bf16' if has_bf16 else 'fp32'
    assert ratios[kept] == pytest.approx(seconds['rtmlib fp32'][0] / seconds[f'unipose {kept}'][0])
    assert all(value > 0 for value in found['frames']['2']['torch_to_unipose'].values())
    assert len(found['memory']['megabytes']) == 6
    assert written['moved']['keypoints'] > 100 and written['moved']['mean'] < 0.2
    assert f'fp32 {ratios["fp32"]:.2f}, int8' in printed
    assert 'unipose 0.50, openvino 0.50, rtmlib 0.50, torch 0.50' in printed
    assert written['speedup'] == {'demo': {'2': {}}}


def test_an_earlier_build_predicts_when_it_is_asked(tmp_path: Path) -> None:
    frame, boxes = np.zeros((72, 128, 3), np.uint8), np.array([[10.0, 10, 50, 60]])
    with pytest.raises(ValueError, match='nowhere is no commit of this clone'):
        EarlierBuild('nowhere', tmp_path, {}, None, frame)
    if subprocess.run(['git', 'rev-parse', 'HEAD'], capture_output=True).returncode:
        pytest.skip('this is no clone')
    build = EarlierBuild('HEAD', tmp_path, dict(own=default_student()), None, frame)
    build('own', boxes)
    build.close()
    with pytest.raises(ValueError, match='the earlier build broke off'):
        EarlierBuild('HEAD', tmp_path, dict(own=tmp_path / 'none.onnx'), None, frame)


def test_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(video, 'SIZE', (320, 192))
    monkeypatch.setattr(video, 'SMALL', (320, 192))
    monkeypatch.setattr(video, 'FILM', 4)
    detector = write_detector(tmp_path / 'detector.onnx', 'dets labels', focus=False, white=1.0)  # of bright cells
    sizes = [
        '--det-size',
        '64',
        '--every',
        '2',
        '--frames',
        '4',
        '--repeats',
        '1',
        '--films',
        '1',
        '--memory-frames',
        '8',
    ]
    monkeypatch.setattr(
        sys, 'argv', ['video.py', '--det-model', str(detector), *sizes, '--json', str(tmp_path / 'a.json')]
    )
    video.main()
    printed = capsys.readouterr().out
    found = json.loads((tmp_path / 'a.json').read_text())
    speed = found['speed']['64']
    assert speed['speedup']['2'] > 0 and set(speed['to_rtmlib']) == {'1', '2'}
    assert 0 <= speed['oks']['2']['mean'] <= 1 and f'| {speed["oks"]["2"]["mean"]:.3f} |' in printed
    assert set(found['threads']['speedup']) == {'1', '5'}
    assert found['memory']['frames'] == 8 and len(found['memory']['megabytes']) >= 6
    of_stand_in = found['identities']['stand-in, every 1']['unipose']
    assert 0.5 < of_stand_in['idf1'] <= 1 and of_stand_in['taken'] <= of_stand_in['switches']


def test_export_cost(
    synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    config = student_test_config(synthetic)
    config.train_dataloader = train_config(synthetic, tmp_path, config.model).train_dataloader
    config.dump(tmp_path / 'small.py')
    student = write_student(tmp_path / 'epoch_1.pth', config)
    options = ['--test-people', '--limit', '4']
    monkeypatch.setattr(sys, 'argv', ['export_cost.py', str(tmp_path / 'small.py'), str(student), *options])
    export_cost.main()
    printed = capsys.readouterr().out
    assert 'compared with torch on 4 people' in printed
    lines = [line for line in printed.splitlines() if line.startswith('| ')]
    rows = {cells[1]: cells[3:6] for cells in ([cell.strip() for cell in line.split('|')] for line in lines[2:])}
    assert list(rows) == ['checkpoint', 'fp32', 'fp16', 'int8']
    assert rows['fp32'] == rows['checkpoint'] and all(float(score) >= 0 for row in rows.values() for score in row)


def test_the_student_that_comes_along_is_the_same_in_every_runtime(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, 'argv', ['exported_everywhere.py'])
    assert exported_everywhere.main() == 0
    printed = capsys.readouterr().out
    for line in ('opencv', 'openvino', 'ncnn: pnnx reads TorchScript', 'rtmlib'):
        assert line in printed, line
    assert 'batches of 4: 336 keypoints' in printed and 'TOO FAR' not in printed
