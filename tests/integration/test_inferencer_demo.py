"""tools/inferencer_demo.py from the command line: pictures, JSON, and what it says to mistakes."""

import csv
import json
import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from tests.builders import write_teachers
from tests.detector_files import write_detector
from tests.student_files import save_checkpoint, write_plain_student, write_student
from unipose.inference import PoseInferencer, teacher_inferencers
from unipose.media import VideoReader, VideoWriter
from unipose.runtime import OnnxPersonDetector
from unipose.skeletons import load_skeleton

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'inferencer_demo.py'
DETECTOR = 'mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py'


@pytest.fixture(scope='module')
def student(tmp_path_factory):
    return write_student(tmp_path_factory.mktemp('student'))


@pytest.fixture
def photos(tmp_path):
    """A folder with two images, three bad files and a text."""
    folder = tmp_path / 'photos'
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    image = cv2.resize(noise, (320, 240), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / 'a.jpg'), image)
    cv2.imwrite(str(folder / 'b.png'), image[:, ::-1, :1])  # grey
    (folder / 'cut.jpg').write_bytes((folder / 'a.jpg').read_bytes()[:2000])
    (folder / 'empty.png').touch()
    (folder / 'text.jpg').write_text('not an image')
    (folder / 'notes.txt').write_text('not read')
    return folder


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the tool in this process; returns (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
        with pytest.raises(SystemExit) as finished:
            runpy.run_path(str(TOOL), run_name='__main__')
        printed = capsys.readouterr()
        return finished.value.code, printed.out, printed.err

    return run


def arguments(photos, student, out, *more):
    return [photos, '--pose2d', student[0], '--pose2d-weights', student[1], '--vis-out-dir', out, *more]


def test_a_folder_with_bad_files(tmp_path, photos, student, run):
    out = tmp_path / 'out'
    code, printed, errors = run(*arguments(photos, student, out / 'vis', '--pred-out-dir', out / 'pred'))
    assert code == 3  # something was left out
    assert 'left out: 1 files that are neither images nor videos (1 .txt)' in errors
    assert f'2 of 5 images, 2 people, 3 skipped; pictures in {out / "vis"}' in printed
    skipped = [line for line in errors.splitlines() if line.startswith('skipped: ')]
    assert [Path(line.split(': ')[1]).name for line in skipped] == ['cut.jpg', 'empty.png', 'text.jpg']
    assert sorted(path.name for path in (out / 'vis').iterdir()) == ['a.jpg', 'b.jpg']
    assert sorted(path.name for path in (out / 'pred').iterdir()) == ['a.json', 'b.json']
    assert cv2.imread(str(out / 'vis' / 'b.jpg')).shape == (240, 320, 3)

    written = json.loads((out / 'pred' / 'a.json').read_text())
    assert written['meta']['keypoint_names'] == list(load_skeleton('coco+mpii').names)
    (person,) = PoseInferencer(*student)(photos / 'a.jpg')
    assert written['instances'] == [person.to_instance()]


def test_the_exported_student_draws_the_same(tmp_path, photos, student, run):
    plain = write_plain_student(tmp_path, student)
    for name, files in (('distiller', student), ('plain', plain)):
        assert run(*arguments(photos / 'a.jpg', files, tmp_path / name, '--pred-out-dir', tmp_path / name))[0] == 0
    first, second = (
        json.loads((tmp_path / name / 'a.json').read_text())['instances'][0]['keypoints']
        for name in ('distiller', 'plain')
    )
    np.testing.assert_allclose(first, second, atol=1e-2)


def test_options_change_what_is_drawn(tmp_path, photos, student, run):
    def drawn(*options):
        run(*arguments(photos / 'b.png', student, tmp_path / 'out', *options))
        return cv2.imread(str(tmp_path / 'out' / 'b.jpg')).astype(int)

    everything, nothing = drawn('--kpt-thr', '-99'), drawn('--kpt-thr', '99')
    original = cv2.imread(str(photos / 'b.png')).astype(int)
    assert np.abs(nothing - original).mean() < 5  # JPEG's doing
    assert np.abs(everything - original).mean() > np.abs(nothing - original).mean() + 1
    thick = drawn('--kpt-thr', '-99', '--radius', '9', '--thickness', '9')
    assert np.abs(thick - original).mean() > np.abs(everything - original).mean() + 1
    assert (drawn('--kpt-thr', '-99', '--no-flip-test') != everything).any()
    assert (drawn('--kpt-thr', '-99', '--flip-test') == everything).all()  # as the config has it


def test_people_are_found_by_a_detector(tmp_path, photos, student, run):
    from mmdet.registry import MODELS
    from mmengine.hub import get_config
    from mmengine.registry import DefaultScope

    config = get_config(DETECTOR)
    config.model.backbone.init_cfg = None
    with DefaultScope.overwrite_default_scope('mmdet'):
        state = MODELS.build(config.model).state_dict()
    for level in range(3):  # nobody anywhere but in the largest cells
        state[f'bbox_head.rtm_cls.{level}.weight'] *= 0.01
        state[f'bbox_head.rtm_cls.{level}.bias'][0] = 3.0 if level == 2 else -9.0
        state[f'bbox_head.rtm_reg.{level}.bias'][:] = 3.0  # cells to each side
    torch.save(dict(state_dict=state), tmp_path / 'detector.pth')
    detector = (
        '--det-model',
        'mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py',
        '--det-weights',
        tmp_path / 'detector.pth',
    )
    code, printed, _ = run(
        *arguments(photos / 'a.jpg', student, tmp_path / 'out', '--pred-out-dir', tmp_path / 'out', *detector)
    )
    assert code == 0
    instances = json.loads((tmp_path / 'out' / 'a.json').read_text())['instances']
    assert len(instances) > 1
    assert f'1 of 1 images, {len(instances)} people' in printed
    assert all(0.3 <= instance['bbox_score'] < 1 for instance in instances)


def test_nothing_readable_is_a_failure_and_leaves_old_pictures(tmp_path, photos, student, run):
    for name in ('a.jpg', 'b.png'):
        (photos / name).unlink()
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'text.jpg').write_text('of an earlier run')
    code, printed, _ = run(*arguments(photos, student, tmp_path / 'out'))
    assert code == 1
    assert '0 of 3 images' in printed
    assert (tmp_path / 'out' / 'text.jpg').read_text() == 'of an earlier run'


def mistakes(folder):
    """Arguments that replace the right ones, and what has to be said."""
    (folder / 'nothing').mkdir()
    (folder / 'file').touch()
    (folder / 'film.mp4').touch()
    (folder / 'cut.pth').write_bytes(b'PK\x03\x04')
    save_checkpoint(folder / 'bare.pth', torch.load(folder / 'right.pth', weights_only=True)['state_dict'], None)
    return {
        'no input': (dict(input='nowhere'), 'no such file or folder: nowhere'),
        'empty folder': (dict(input=folder / 'nothing'), 'no image or video in'),
        'video': (dict(input=folder / 'film.mp4'), 'no video that can be read'),
        'no config': (dict(pose2d='nowhere.py'), 'config not found: nowhere.py'),
        'no weights': (dict(weights='nowhere.pth'), "'nowhere.pth' was not found"),
        'cut weights': (dict(weights=folder / 'cut.pth'), 'cut.pth is truncated'),
        'no metainfo': (dict(weights=folder / 'bare.pth'), 'carries no dataset_meta'),
        'unwritable': (dict(out=folder / 'file' / 'out'), 'give another folder'),
        'out is in': (dict(out=folder / 'photos'), 'among the input'),
        'half a detector': (dict(more=['--det-model', 'x.py']), '--det-model and --det-weights go together'),
        'other half': (dict(more=['--det-weights', 'x.pth']), '--det-model and --det-weights go together'),
        'no detector': (dict(more=['--det-model', 'x.py', '--det-weights', 'x.pth']), 'config not found: x.py'),
        'radius': (dict(more=['--radius', '-1']), 'must be positive'),
        'thickness': (dict(more=['--thickness', '0']), 'must be positive'),
        'no number': (dict(more=['--radius', 'nan']), 'must be positive'),
        'no threshold': (dict(more=['--kpt-thr', 'nan']), '--kpt-thr must be a number'),
        'over the input': (dict(more=['--csv-out', folder / 'photos' / 'a.jpg']), 'over the input'),
        'no detector config': (
            dict(more=['--det-model', folder / 'student.py', '--det-weights', folder / 'right.pth']),
            'is no config of an MMDetection detector',
        ),
        'track': (dict(more=['--track']), '--track follows people through a video; the input is images'),
        'no detector to ask': (dict(more=['--det-every', '5']), 'goes with --det-model'),
        'device': (dict(more=['--device', 'cuda:77']), "device 'cuda:77' is not available"),
    }


def test_mistakes_name_their_remedy_and_touch_nothing(tmp_path, photos, student, run):
    (tmp_path / 'right.pth').write_bytes(student[1].read_bytes())
    (tmp_path / 'student.py').write_bytes(student[0].read_bytes())
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'a.jpg').write_text('of an earlier run')
    content = (photos / 'a.jpg').read_bytes()
    right = dict(input=photos, pose2d=student[0], weights=student[1], out=tmp_path / 'out', more=[])
    for name, (changes, message) in mistakes(tmp_path).items():
        given = right | changes
        code, _, errors = run(
            *arguments(given['input'], (given['pose2d'], given['weights']), given['out'], *given['more'])
        )
        assert code == 2, name
        assert message in errors, name
        assert 'Traceback' not in errors, name
        assert len(errors.splitlines()) < 30, name
    assert (tmp_path / 'out' / 'a.jpg').read_text() == 'of an earlier run'
    assert (photos / 'a.jpg').read_bytes() == content


def test_help_ends_with_an_example(run):
    code, printed, _ = run('--help')
    assert not code and 'example: ' in printed


def test_as_a_command(tmp_path, photos, student):
    done = subprocess.run(
        [sys.executable, TOOL, *arguments(photos, student, tmp_path / 'out')],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 3, done.stderr
    assert '2 of 5 images' in done.stdout
    assert 'ERROR' not in done.stderr  # decoders' own words about bad files


def test_everything_in_one_file(tmp_path, photos, student, run):
    (photos / 'a.jpg').rename(photos / '000000000785.jpg')
    files = ('--coco-out', tmp_path / 'results.json', '--csv-out', tmp_path / 'keypoints.csv')
    code, _, _ = run(*arguments(photos, student, tmp_path / 'out', *files))
    assert code == 3
    first, second = json.loads((tmp_path / 'results.json').read_text())
    assert (first['image_id'], first['file_name'], first['category_id']) == (785, '000000000785.jpg', 1)
    assert first['box'] == [0, 0, 320, 240] and second['file_name'] == 'b.png'
    (person,) = PoseInferencer(*student)(photos / '000000000785.jpg')
    np.testing.assert_allclose(np.reshape(first['keypoints'], (21, 3))[:, :2], person.keypoints, atol=1e-3)
    with open(tmp_path / 'keypoints.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 42
    assert (rows[0]['image'], rows[0]['person'], rows[0]['keypoint']) == ('000000000785.jpg', '0', 'nose')
    assert float(rows[0]['x']) == pytest.approx(person.keypoints[0, 0], abs=0.01)
    code, _, errors = run(*arguments(photos, student, tmp_path / 'out', '--csv-out', tmp_path))
    assert code == 2 and 'it is a folder' in errors


def test_files_of_the_same_name_are_told_apart(tmp_path, photos, student, run):
    other = tmp_path / 'other' / 'a.jpg'
    other.parent.mkdir()
    cv2.imwrite(str(other), cv2.imread(str(photos / 'a.jpg'))[:, ::-1])
    out, table = tmp_path / 'out', tmp_path / 'table.csv'
    code, printed, _ = run(photos / 'a.jpg', other, *arguments(photos / 'a.jpg', student, out, '--csv-out', table)[1:])
    assert code == 0 and '2 of 2 images' in printed
    assert sorted(path.name for path in out.iterdir()) == ['other_a.jpg.jpg', 'photos_a.jpg.jpg']
    with open(table, newline='') as file:
        assert {row['image'] for row in csv.DictReader(file)} == {str(photos / 'a.jpg'), str(other)}


def test_a_video(tmp_path, photos, student, run):
    image = cv2.imread(str(photos / 'a.jpg'))
    with VideoWriter(tmp_path / 'film.mp4', 10.0, (320, 240)) as writer:
        for shift in range(7):
            writer.write(np.roll(image, 10 * shift, axis=1))
    out = tmp_path / 'out'
    command = arguments(tmp_path / 'film.mp4', student, out, '--pred-out-dir', out, '--frames', 3)
    code, printed, _ = run(*command)
    assert code == 0 and '7 of 7 frames at' in printed and '7 people' in printed
    assert VideoReader(out / 'film.mp4').num_frames == 7
    meta, *lines = [json.loads(line) for line in (out / 'film.jsonl').read_text().splitlines()]
    assert meta['skeleton'] == 'coco+mpii' and meta['fps'] == 10.0
    assert [line['frame'] for line in lines] == list(range(7))
    assert [line['time'] for line in lines] == pytest.approx([number / 10 for number in range(7)])
    pose = PoseInferencer(*student)
    for frame, line in zip(VideoReader(tmp_path / 'film.mp4'), lines, strict=True):
        (alone,) = pose(frame.image)
        np.testing.assert_allclose(line['instances'][0]['keypoints'], alone.keypoints, atol=0.5)
    assert run(*command, '--smooth')[0] == 0
    _, *smooth = [json.loads(line) for line in (out / 'film.jsonl').read_text().splitlines()]
    assert smooth[0] == lines[0] and smooth[6] != lines[6]
    (tmp_path / 'text.mp4').write_text('not a video')
    code, _, errors = run(*arguments(tmp_path / 'text.mp4', student, out))
    assert code == 2 and 'text.mp4: no video that can be read' in errors and 'Traceback' not in errors


def test_people_are_followed_through_a_video(tmp_path, student, run, monkeypatch):
    with VideoWriter(tmp_path / 'film.mp4', 10.0, (128, 128)) as writer:
        for _ in range(7):
            frame = np.zeros((128, 128, 3), np.uint8)
            frame[:64, 64:] = 255
            writer.write(frame)
    asked, detect = [], OnnxPersonDetector.__call__
    monkeypatch.setattr(OnnxPersonDetector, '__call__', lambda *given: asked.append(1) or detect(*given))
    detector = write_detector(tmp_path / 'detector.onnx', 'dets labels', focus=False, white=2.5)
    out = tmp_path / 'out'
    command = arguments(tmp_path / 'film.mp4', student, out, '--pred-out-dir', out, '--det-model', detector)
    for every, times in ((1, 7), (3, 3)):
        code, _, errors = run(*command, '--frames', 4, '--track', '--smooth', '--det-every', every)
        assert code == 0, errors
        lines = [json.loads(line) for line in (out / 'film.jsonl').read_text().splitlines()[1:]]
        assert [[person['track_id'] for person in line['instances']] for line in lines] == [[1]] * 7
        assert len(asked) == times
        asked.clear()


@pytest.mark.real
def test_an_exported_detector_finds_people(tmp_path, student, real_data, run):
    detector = real_data / 'detector/rtmdet_nano_person.onnx'
    code, printed, _ = run(*arguments(real_data / 'photos', student, tmp_path / 'vis', '--det-model', detector))
    assert code == 0 and '4 of 4 images, 12 people, 0 skipped' in printed
    more = ('--det-model', detector, '--det-weights', detector)
    code, _, errors = run(*arguments(real_data / 'photos', student, tmp_path / 'vis', *more))
    assert code == 2 and 'leave out --det-weights' in errors


@pytest.fixture(scope='module')
def taught(tmp_path_factory, student):
    """The student, and a config that names teachers that are there."""
    folder = tmp_path_factory.mktemp('taught')
    config = Config.fromfile(student[0])
    config.model.teachers = write_teachers(folder)
    config.dump(folder / 'taught.py')
    return folder / 'taught.py', student[1]


def test_teachers_are_drawn_beside_the_student(tmp_path, photos, taught, run):
    code, printed, _ = run(*arguments(photos / 'a.jpg', taught, tmp_path / 'vis', '--compare'))
    assert code == 0 and '1 of 1 images, 1 people' in printed
    assert cv2.imread(str(tmp_path / 'vis/a.jpg')).shape == (240 + 26 + 12, 3 * 320 + 4 * 12, 3)
    code, _, _ = run(*arguments(photos / 'a.jpg', taught, tmp_path / 'one', '--compare', 'mpii'))
    assert code == 0 and cv2.imread(str(tmp_path / 'one/a.jpg')).shape[1] == 2 * 320 + 3 * 12
    teacher = teacher_inferencers(taught[0], ['mpii'])['mpii']
    assert teacher.skeleton.names == load_skeleton('mpii').names
    assert teacher(photos / 'a.jpg')[0].keypoints.shape == (16, 2)


def test_a_video_beside_its_teachers(tmp_path, taught, run):
    with VideoWriter(tmp_path / 'film.mp4', 10, (64, 96)) as film:
        for _ in range(3):
            film.write(np.zeros((96, 64, 3), np.uint8))
    code, printed, _ = run(*arguments(tmp_path / 'film.mp4', taught, tmp_path / 'vis', '--compare'))
    assert code == 0 and '3 of 3 frames' in printed
    assert VideoReader(tmp_path / 'vis/film.mp4').size == (3 * 64 + 4 * 12, 96 + 26 + 12)


@pytest.mark.parametrize('plain', [False, True])
def test_a_teacher_that_is_not_there_is_no_comparison(tmp_path, photos, taught, student, run, plain):
    given = write_plain_student(tmp_path, student) if plain else taught
    code, _, errors = run(*arguments(photos, given, tmp_path / 'vis', '--compare', *(() if plain else ('aic',))))
    assert code == 2 and ('has no teachers' if plain else 'has no teacher aic') in errors


def test_a_screen_is_needed_to_show_pictures(tmp_path, photos, student, run, monkeypatch):
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    code, _, errors = run(*arguments(photos, student, tmp_path / 'vis', '--show'))
    assert code == 2 and 'there is no display' in errors
    monkeypatch.setenv('DISPLAY', ':0')
    code, _, errors = run(*arguments(photos, student, tmp_path / 'vis', '--show'))
    assert code == 2 and 'opencv-python-headless' in errors


def test_pictures_are_shown_until_q_is_pressed(tmp_path, photos, student, run, monkeypatch):
    shown = []
    monkeypatch.setenv('DISPLAY', ':0')
    monkeypatch.setattr(cv2, 'namedWindow', lambda *_: None)
    monkeypatch.setattr(cv2, 'imshow', lambda _, image: shown.append(image.shape))
    monkeypatch.setattr(cv2, 'waitKey', lambda wait: ord('q'))
    monkeypatch.setattr(cv2, 'getWindowProperty', lambda *_: 1.0)
    code, printed, _ = run(*arguments(photos, student, tmp_path / 'vis', '--show'))
    assert code == 0 and shown == [(240, 320, 3)] and '1 of 5 images' in printed
