"""unipose-run: the exported student without the training stack, and mistakes told in a line."""

import json
import threading
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from tests.detector_files import write_detector
from tests.runtime_alone import unipose_run
from tests.student_export import write_exported
from unipose.media import VideoReader, VideoWriter
from unipose.people import prediction_run
from unipose.runtime import OnnxInferencer, OnnxPersonDetector, OnnxPoseEstimator, skeleton_of_file
from unipose.runtime import run as run_module
from unipose.runtime.run import main
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')


@pytest.fixture(scope='module')
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_exported(tmp_path_factory.mktemp('student'))


@pytest.fixture
def run(run_main, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    return partial(run_main, main, 'unipose-run')


@pytest.fixture
def own(student: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The student, as if it had come with unipose."""
    for module in ('onnx_inferencer', 'run'):
        monkeypatch.setattr(f'unipose.runtime.{module}.default_student', lambda: student)
    return student


@pytest.fixture
def photo(synthetic: Path) -> Path:
    return sorted((synthetic / 'coco/val2017').iterdir())[0]


def test_it_needs_nothing_of_the_training_stack(student: Path, photo: Path, tmp_path: Path) -> None:
    done = unipose_run(tmp_path, photo, '--model', student, '--coco-out', 'people.json')
    assert done.returncode == 0, done.stderr
    assert '1 of 1 images, 1 people, 0 skipped; pictures in unipose-run' in done.stdout
    assert 'loaded []' in done.stdout
    assert (tmp_path / f'unipose-run/{photo.stem}.jpg').is_file()
    (person,) = json.loads((tmp_path / 'people.json').read_text())
    assert len(person['keypoints']) == 3 * len(UNION) and person['category_id'] == 1


def test_it_keeps_the_keypoints_of_a_skeleton(student: Path, photo: Path, tmp_path: Path, run) -> None:
    for arguments, names in (((), UNION.names), (('--skeleton', 'coco'), load_skeleton('coco').names)):
        code, _, errors = run(photo, '--model', student, '--coco-out', 'people.json', *arguments)
        assert code == 0, errors
        (person,) = json.loads((tmp_path / 'people.json').read_text())
        found = np.reshape(person['keypoints'], (-1, 3))
        whole = OnnxInferencer(student)(photo)[0]
        places = [UNION.names.index(name) for name in names]
        np.testing.assert_allclose(found[:, :2], whole.keypoints[places], atol=0.01)
    code, _, errors = run(photo, '--model', student, '--skeleton', 'aic')
    assert code == 2 and "has the keypoints of coco+mpii, coco, mpii. Got: skeleton 'aic'" in errors


def test_without_a_network_nothing_of_the_training_stack_is_needed_to_say_so(
    student: Path, photo: Path, tmp_path: Path
) -> None:
    nowhere = dict(UNIPOSE_CACHE=str(tmp_path / 'kept'), https_proxy='http://127.0.0.1:9', no_proxy='')
    done = unipose_run(tmp_path, photo, '--model', student, '--det-model', 'auto', **nowhere)
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    assert 'no detector: cannot reach https://download.openmmlab.com/' in done.stderr
    assert f'put it at {tmp_path / "kept"}' in done.stderr


def test_without_a_model_it_takes_its_own_and_says_so_once(own: Path, photo: Path, run) -> None:
    code, printed, errors = run(photo, photo.parent)
    assert code == 0 and '8 of 8 images, 8 people' in printed, errors
    assert errors.count("unipose's own student: 21 keypoints of coco+mpii, input 96x128; licences of what it") == 1
    assert errors.count("the whole of each picture is taken as one person's; --det-model auto") == 1
    code, _, errors = run(photo, '--model', own)
    assert code == 0 and 'own student' not in errors


def test_an_inferencer_without_a_model_warns_of_its_own(own: Path, photo: Path) -> None:
    with pytest.warns(UserWarning, match="unipose's own student: 21 keypoints") as told:
        (person,) = OnnxInferencer()(photo)
    assert person.keypoints.shape == (21, 2) and [Path(one.filename) for one in told] == [Path(__file__)]


def test_a_file_is_all_it_needs_to_know(student: Path) -> None:
    found = skeleton_of_file(student)
    assert found.names == UNION.names and found.flip_indices == UNION.flip_indices
    assert found.links == UNION.links and found.sigmas == pytest.approx(UNION.sigmas)
    assert [keypoint.color for keypoint in found.keypoints] == [keypoint.color for keypoint in UNION.keypoints]


def test_the_flip_test_of_the_command_is_aligned(student: Path, photo: Path, tmp_path: Path, run) -> None:
    code, _, errors = run(photo, '--model', student, '--flip-test', '--coco-out', 'people.json')
    assert code == 0, errors
    (person,) = json.loads((tmp_path / 'people.json').read_text())
    aligned, mmposes = (OnnxInferencer(student, flip_test=flip)(photo)[0] for flip in ('aligned', True))
    found = np.reshape(person['keypoints'], (-1, 3))[:, :2]
    np.testing.assert_allclose(found, aligned.keypoints, atol=0.01)
    assert np.abs(found - mmposes.keypoints).max() > 0.1


def test_a_frame_is_one_batch(student: Path, photo: Path) -> None:
    """Everybody in a frame is predicted as they are alone, 1 to 40 of them."""
    image = cv2.imread(str(photo))
    generator = np.random.default_rng(0)
    boxes = generator.uniform(0, 100, (40, 4)) + [0, 0, 100, 100]
    infer = OnnxInferencer(student)
    alone = [infer(image, box[None])[0] for box in boxes]
    for count in (1, 2, 7, 32, 40):
        for person, expected in zip(infer(image, boxes[:count]), alone, strict=False):
            assert np.abs(person.keypoints - expected.keypoints).max() < 0.1
            assert np.abs(person.scores - expected.scores).max() < 1e-3
    assert infer(image, np.zeros((0, 4))) == []


def test_a_video(student: Path, tmp_path: Path, run) -> None:
    with VideoWriter(tmp_path / 'film.mp4', 10.0, (64, 48)) as writer:
        for number in range(6):
            writer.write(np.full((48, 64, 3), 30 * number, np.uint8))
    code, printed, errors = run(
        'film.mp4', '--model', student, '--vis-out-dir', 'out', '--pred-out-dir', 'out', '--smooth'
    )
    assert code == 0, errors
    assert '6 of 6 frames at ' in printed
    assert VideoReader(tmp_path / 'out/film.mp4').num_frames == 6
    head, *frames = map(json.loads, (tmp_path / 'out/film.jsonl').read_text().splitlines())
    assert head['keypoint_names'] == list(UNION.names) and [frame['frame'] for frame in frames] == list(range(6))


def test_openvino_predicts_what_onnxruntime_does(tmp_path: Path, run) -> None:
    pytest.importorskip('openvino')
    found, photos = {}, [Path(__file__).parents[2] / 'docs/images' / name for name in ('astronaut.jpg', 'camera.jpg')]
    options = dict(
        exact=['--backend', 'onnxruntime'],
        fp32=['--backend', 'openvino', '--precision', 'fp32'],
        auto=['--threads', '2'],
    )
    for name, given in options.items():
        code, _, errors = run(*photos, '--coco-out', 'people.json', *given)
        assert code == 0, errors
        told = next(line for line in errors.splitlines() if line.startswith('student: '))
        is_exact = name == 'exact' or (name == 'auto' and 'no units for bf16' in told)
        assert told.startswith('student: onnxruntime' if is_exact else 'student: OpenVINO')
        people = json.loads((tmp_path / 'people.json').read_text())
        found[name] = np.reshape([person['keypoints'] for person in people], (2, 21, 3))
    np.testing.assert_allclose(found['fp32'], found['exact'], atol=0.02)
    sizes = np.array([max(cv2.imread(str(photo)).shape) for photo in photos])
    away = np.linalg.norm((found['auto'] - found['exact'])[..., :2], axis=-1) * 256 / (1.25 * sizes[:, None])
    sure = found['exact'][..., 2] > 0.3
    assert sure.sum() > 20 and away[sure].mean() < 0.3  # pixels of the input
    assert np.abs(found['auto'] - found['exact'])[..., 2].max() < 0.02


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[int]]:
    """A detector of white cells, 64 pixels of 7 frames of ``film.mp4``, of which one is white; and when it is asked."""
    with VideoWriter(tmp_path / 'film.mp4', 10.0, (128, 128)) as writer:
        for _ in range(7):
            frame = np.zeros((128, 128, 3), np.uint8)
            frame[:64, 64:] = 255
            writer.write(frame)
    asked: list[int] = []
    detect = OnnxPersonDetector.__call__
    monkeypatch.setattr(OnnxPersonDetector, '__call__', lambda *given: asked.append(1) or detect(*given))
    return write_detector(tmp_path / 'detector.onnx', 'dets labels', focus=False, white=2.5), asked


def test_people_are_followed_through_a_video(
    student: Path, photo: Path, followed: tuple[Path, list[int]], tmp_path: Path, run
) -> None:
    detector, asked = followed
    places = '--vis-out-dir', 'out', '--pred-out-dir', 'out', '--csv-out', 'all.csv'
    model = '--model', student, '--det-model', detector
    for more, times in (((), 7), (('--det-every', '3', '--track', '--smooth'), 3)):
        code, _, errors = run('film.mp4', *model, *places, *more)
        assert code == 0, errors
        assert len(asked) == times
        asked.clear()
    frames = [json.loads(line)['instances'] for line in (tmp_path / 'out/film.jsonl').read_text().splitlines()[1:]]
    assert [[person['track_id'] for person in people] for people in frames] == [[1]] * 7
    for ((person),) in frames:
        np.testing.assert_allclose(person['bbox'][0], [64, 0, 128, 64], atol=4)
    head, first, *_ = (tmp_path / 'all.csv').read_text().splitlines()
    assert head.endswith(',score,track_id') and first.endswith(',1')
    code, _, errors = run('film.mp4', photo, *model, *places, '--track')
    assert code == 0, errors
    (alone,) = (tmp_path / 'out').glob('*.json')
    assert all('track_id' not in person for person in json.loads(alone.read_text())['instances'])


class Screen:
    """A window on which q is pressed at the fifth picture."""

    def __init__(self) -> None:
        self.shown = 0

    def show(self, image: np.ndarray, wait: int) -> bool:
        self.shown += 1
        return self.shown < 5


@pytest.mark.parametrize(('pressed', 'told'), [('ctrl-c', 4), ('q', 5)])
def test_a_key_within_a_video_leaves_whole_files(
    student: Path, tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch, pressed: str, told: int
) -> None:
    with VideoWriter(tmp_path / 'film.mp4', 10.0, (64, 48)) as writer:
        for number in range(30):
            writer.write(np.full((48, 64, 3), number, np.uint8))
    written, write = [], VideoWriter.write

    def stopped(*given: object) -> None:
        write(*given)
        written.append(given)
        if pressed == 'ctrl-c' and len(written) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(VideoWriter, 'write', stopped)
    monkeypatch.setattr(prediction_run, 'Screen', Screen)
    before = threading.active_count()
    show = ['--show'] if pressed == 'q' else []
    places = '--vis-out-dir', 'out', '--pred-out-dir', 'out'
    code, printed, errors = run('film.mp4', '--model', student, *places, *show)
    assert code == 0 and f'{told} frames at ' in printed and 'Traceback' not in errors
    assert VideoReader(tmp_path / 'out/film.mp4').num_frames == 5
    assert len((tmp_path / 'out/film.jsonl').read_text().splitlines()) == 1 + told
    assert threading.active_count() == before


@pytest.mark.parametrize('stage', ['reading', 'predicting', 'drawing'])
def test_what_fails_in_a_thread_is_told_and_leaves_no_half_of_a_file(
    student: Path, tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    with VideoWriter(tmp_path / 'film.mp4', 10.0, (64, 48)) as writer:
        for number in range(8):
            writer.write(np.full((48, 64, 3), number, np.uint8))
    what, name = dict(
        reading=(VideoReader, '_time'),
        predicting=(OnnxPoseEstimator, '__call__'),
        drawing=(run_module, 'draw_people'),
    )[stage]
    calls, works = [], getattr(what, name)

    def fails(*given: object) -> object:
        calls.append(given)
        if len(calls) > 3:
            raise ValueError(f'{stage} has failed')
        return works(*given)

    monkeypatch.setattr(what, name, fails)
    before = threading.active_count()
    places = '--vis-out-dir', 'out', '--pred-out-dir', 'out', '--csv-out', 'all.csv'
    code, _, errors = run('film.mp4', '--model', student, *places)
    assert code == 2 and f'{stage} has failed' in errors and 'Traceback' not in errors
    assert list((tmp_path / 'out').iterdir()) == [] and not (tmp_path / 'all.csv').exists()
    assert threading.active_count() == before


def test_ctrl_c_ends_it_with_what_is_done(
    student: Path, photo: Path, tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(OnnxInferencer, '__call__', stopped)
    code, printed, errors = run(photo, '--model', student, '--coco-out', 'people.json')
    assert code == 1 and '0 of 1 images' in printed and 'Traceback' not in errors
    assert json.loads((tmp_path / 'people.json').read_text()) == []


def test_what_is_not_finite_is_not_written(student: Path, photo: Path, run, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = np.zeros((1, 21, 2), np.float32)
    monkeypatch.setattr(OnnxPoseEstimator, '__call__', lambda *_: (zeros, np.full((1, 21), np.nan)))
    code, printed, errors = run(photo, '--model', student)
    assert code == 1 and 'no finite numbers' in errors and '1 skipped' in printed


def other_model(path: Path, outputs: tuple[str, str], opset: int = 18, keypoints: int = 21) -> Path:
    """An ONNX file that turns an image into two outputs of zeros, without a word of what they are."""
    helper = onnx.helper
    zeros = helper.make_tensor('zeros', onnx.TensorProto.FLOAT, [1, keypoints, 8], [0.0] * keypoints * 8)
    graph = helper.make_graph(
        [helper.make_node('Identity', ['zeros'], [name]) for name in outputs],
        'other',
        [helper.make_tensor_value_info('input', onnx.TensorProto.FLOAT, [1, 3, 16, 12])],
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, keypoints, 8]) for name in outputs],
        [zeros],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return path


def test_mistakes(student: Path, photo: Path, tmp_path: Path, run) -> None:
    cut, damaged = tmp_path / 'cut.onnx', tmp_path / 'damaged.onnx'
    cut.write_bytes(student.read_bytes()[:100_000])
    proto = onnx.load(student)
    proto.metadata_props[0].value = '{"keypoint_names": '
    damaged.write_bytes(proto.SerializeToString())
    detector = other_model(tmp_path / 'detector.onnx', ('dets', 'labels'))
    bare = other_model(tmp_path / 'bare.onnx', ('simcc_x', 'simcc_y'))
    new = other_model(tmp_path / 'new.onnx', ('simcc_x', 'simcc_y'), opset=99)
    for arguments, message in (
        (['--model', tmp_path / 'none.onnx'], 'no pose model'),
        (['--model', cut], 'can load: Protobuf parsing failed. It may be cut short'),
        (['--model', damaged], "what its metadata say under 'unipose' is damaged; export it again"),
        (['--model', bare], 'does not say what its keypoints are: `unipose export` did not write it'),
        (['--model', new], 'it is of opset 99, and this onnxruntime takes up to'),
        (['--model', detector], 'is no RTMPose'),
        (['--model', student, '--det-model', student], 'is no detector'),
        (['--model', student, '--det-model', tmp_path / 'none.onnx'], 'no detector'),
        (['--model', tmp_path], 'which is a folder'),
        (['--model', student, '--det-model', bare, '--det-thr', 'nan'], '--det-thr must be from 0 to 1'),
        (['--model', student, '--det-thr', '0.5'], 'goes with --det-model'),
        (['--model', student, '--threads', '-3'], '--threads must be at least 0'),
        (['--model', student, '--smooth'], "--smooth steadies one video's keypoints"),
        (['--model', student, '--track'], '--track follows people through a video; the input is images'),
        (['--model', student, '--det-model', bare, '--det-every', '5'], '--det-every leaves frames of a video'),
        (['--model', student, '--det-every', '5'], '--det-every says how often the detector is asked'),
        (['--model', student, '--det-every', '0'], '--det-every must be at least 1. Got: 0'),
        (['--model', student, '--coco-out', student], 'would be written over the input'),
        (['--model', student, '--coco-out', 'a', '--csv-out', './a'], 'are the same file'),
        (['--model', student, '--kpt-thr', 'nan'], '--kpt-thr must be a number'),
        (['--model', student, '--backend', 'onnxruntime', '--precision', 'bf16'], 'bf16 is of the backend openvino'),
        (['--model', student, '--device', 'gpu'], "device must be 'auto', 'cpu', 'cuda', 'cuda:1', ... or 'coreml'"),
        (['--model', student, '--backend', 'openvino', '--device', 'cuda'], "device 'cuda' is of onnxruntime"),
        (['--model', student, '--radius', '0'], '--radius and --thickness must be positive'),
    ):
        code, _, errors = run(photo, *arguments)
        assert code == 2 and message in errors and 'Traceback' not in errors, errors
    code, _, errors = run(tmp_path / 'nothing', '--model', student)
    assert code == 2 and 'no such file or folder' in errors


@pytest.mark.real
def test_real_photographs(student: Path, real_data: Path, tmp_path: Path, run) -> None:
    detector = real_data / 'detector/rtmdet_nano_person.onnx'
    code, printed, errors = run(real_data / 'photos', '--model', student, '--det-model', detector)
    assert code == 0, errors
    assert '4 of 4 images, 12 people, 0 skipped' in printed
