"""unipose-run on the pictures and videos that people have: any suffix, damaged, endless, too large, and full disks."""

import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.films import cut, damage, noise, write_film
from tests.student_export import write_exported
from unipose.media import VideoReader
from unipose.people import prediction_run
from unipose.runtime import OnnxInferencer
from unipose.runtime.run import main


@pytest.fixture(scope='module')
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_exported(tmp_path_factory.mktemp('student'))


@pytest.fixture
def run(run_main, student: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs the command on files of ``tmp_path``, with results in ``out``; returns exit code, stdout, stderr."""
    (tmp_path / 'in').mkdir()
    monkeypatch.chdir(tmp_path / 'in')
    places = '--model', student, '--vis-out-dir', '../out', '--pred-out-dir', '../out'
    return lambda *arguments: run_main(main, 'unipose-run', *arguments, *places)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def frames(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_a_damaged_video_is_read_on_and_told(run, tmp_path: Path) -> None:
    damage(write_film(tmp_path / 'in/film.mov', 60))
    code, printed, errors = run('film.mov')
    assert code == 3 and '59 of 60 frames at ' in printed
    assert 'film.mov: 1 frames are missing: it is damaged or cut short' in errors
    assert VideoReader(tmp_path / 'out/film.mp4').num_frames == 59
    lines = frames(tmp_path / 'out/film.jsonl')
    assert [line['frame'] for line in lines] == list(range(59)) and lines[-1]['time'] == pytest.approx(5.9)


def test_a_video_that_was_cut_is_told(run, tmp_path: Path) -> None:
    cut(write_film(tmp_path / 'in/film.avi', 60))
    code, printed, _ = run('film.avi')
    assert code == 3 and '30 of 60 frames at ' in printed


def test_a_folder_of_everything(run, tmp_path: Path) -> None:
    folder = tmp_path / 'in'
    write_film(folder / 'b.MTS', 4)
    write_film(folder / 'c.wmv', 5)
    cv2.imwrite(str(folder / 'a.png'), noise())
    (folder / 'a.png').rename(folder / 'a.jpg')  # a suffix that lies
    Image.fromarray(noise()).save(folder / 'photo.jfif', format='JPEG')
    Image.fromarray(noise()).save(folder / 'photo.ppm')
    (folder / 'notes.txt').write_text('not read')
    code, printed, errors = run('.', '--coco-out', '../people.json', '--csv-out', '../people.csv')
    assert code == 0 and '3 of 3 images, 3 people, 0 skipped' in printed
    assert '4 of 4 frames' in printed and '5 of 5 frames' in printed
    assert 'left out: 1 files that are neither images nor videos (1 .txt)' in errors
    drawn = ['a.jpg', 'b.mp4', 'c.mp4', 'photo.jfif.jpg', 'photo.ppm.jpg']
    predicted = ['a.json', 'b.jsonl', 'c.jsonl', 'photo.jfif.json', 'photo.ppm.json']
    assert names(tmp_path / 'out') == sorted(drawn + predicted)
    found = json.loads((tmp_path / 'people.json').read_text())
    assert len({person['image_id'] for person in found}) == 12
    assert {'a.jpg', 'b#0', 'b#3', 'c#4'} < {person['file_name'] for person in found}


def test_what_cannot_be_read_is_told_and_the_rest_is_read(run, tmp_path: Path) -> None:
    folder = tmp_path / 'in'
    (folder / 'broken.mp4').write_bytes(cut(write_film(folder / 'film.mp4', 4)).read_bytes())  # its index is gone
    (folder / 'phone.heic').write_bytes(b'\0\0\0\x18ftypheic' + bytes(100))
    write_film(folder / 'film.mp4', 4)
    cv2.imwrite(str(folder / 'a.png'), noise())
    code, printed, errors = run('.')
    assert code == 3 and '1 of 2 images' in printed and '4 of 4 frames' in printed
    assert 'skipped: broken.mp4: no video that can be read' in errors
    assert (
        'phone.heic: not an image, damaged, or of a format that cannot be read without Pillow and pillow-heif' in errors
    )
    assert names(tmp_path / 'out') == ['a.jpg', 'a.json', 'film.jsonl', 'film.mp4']


def test_each_video_is_smoothed_for_itself_and_by_its_times(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    class Smoother:
        def __init__(self) -> None:
            told.append([])

        def __call__(self, people: list, seconds: float) -> list:
            told[-1].append(seconds)
            return people

    monkeypatch.setattr('unipose.runtime.run.PeopleSmoother', Smoother)
    for name in ('a.mp4', 'b.mp4'):
        write_film(tmp_path / 'in' / name, 3)
    code, _, errors = run('a.mp4', 'b.mp4', '--smooth')
    assert code == 0, errors
    assert [times for times in told if times] == [pytest.approx([0, 0.1, 0.2])] * 2


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[str]:
    """A camera that sends 12 pictures and is gone."""

    class Camera(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)
            self.request.sendall(b'HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=next\r\n\r\n')
            for number in range(12):
                picture = cv2.imencode('.jpg', np.roll(noise(), 5 * number, axis=1))[1].tobytes()
                head = f'--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n'
                self.request.sendall(head.encode() + picture + b'\r\n')

    with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Camera) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_address[1]}/'
        server.shutdown()


def test_a_stream_that_ends_leaves_whole_files(run, tmp_path: Path, stream: str) -> None:
    code, printed, errors = run(stream)
    assert code == 0, errors
    lines = frames(tmp_path / 'out/stream.jsonl')
    assert len(lines) >= 10 and f'{len(lines)} frames at' in printed
    times = np.array([line['time'] for line in lines])
    assert times[0] == 0 and (np.diff(times) > 0).all()
    assert VideoReader(tmp_path / 'out/stream.mp4').num_frames == len(lines)


@pytest.mark.parametrize('width', [33_000, 66_000])
def test_pictures_that_opencv_does_not_warp_whole(run, student: Path, tmp_path: Path, width: int) -> None:
    wide = np.full((130, width, 3), 90, np.uint8)
    wide[4:124, -400:-240] = noise()
    cv2.imwrite(str(tmp_path / 'in/wide.png'), wide)
    code, printed, errors = run('wide.png')
    assert code == 0 and '1 of 1 images, 1 people' in printed, errors
    drawn = tmp_path / ('out/wide.jpg' if width < 65_500 else 'out/wide.png')  # JPEG takes no more
    assert cv2.imread(str(drawn)).shape == wide.shape
    inferencer, box = OnnxInferencer(student, backend='onnxruntime'), np.array([[20.0, 4.0, 100.0, 124.0]])
    (there,) = inferencer(wide, box + [width - 400, 0, width - 400, 0])
    (alone,) = inferencer(np.ascontiguousarray(wide[:, -800:]), box + [400, 0, 400, 0])
    np.testing.assert_allclose(there.keypoints - [width - 800, 0], alone.keypoints, atol=0.05)
    np.testing.assert_allclose(there.scores, alone.scores, rtol=1e-3)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch, limit_files) -> None:
    """From the second picture or video on, no file grows beyond 2 kB."""
    writes, videos = [], []

    def write_file(*arguments: object) -> None:
        writes.append(arguments)
        if len(writes) > 2:
            limit_files(2_000)
        real_write(*arguments)

    class Reader(VideoReader):
        def __init__(self, source: str) -> None:
            super().__init__(source)
            videos.append(source)
            if len(videos) > 3:  # two that are tried, and the first that is read
                limit_files(2_000)

    real_write = prediction_run.write_file
    monkeypatch.setattr(prediction_run, 'write_file', write_file)
    monkeypatch.setattr(prediction_run, 'VideoReader', Reader)


def test_a_full_disk_ends_it_with_whole_files_alone(run, tmp_path: Path, full_disk: None) -> None:
    for name in ('a.png', 'b.png', 'c.png'):
        cv2.imwrite(str(tmp_path / 'in' / name), noise(320, 240))
    for name in ('people.json', 'people.csv'):
        (tmp_path / name).write_text('of an earlier run')
    code, printed, errors = run('.', '--coco-out', '../people.json', '--csv-out', '../people.csv')
    assert code == 2 and 'b.jpg cannot be written (File too large)' in errors and 'Traceback' not in errors
    assert '1 of 3 images' in printed  # not one after the other is predicted in vain
    assert names(tmp_path / 'out') == ['a.jpg', 'a.json']
    assert names(tmp_path) == ['in', 'out', 'people.csv', 'people.json']
    assert {(tmp_path / name).read_text() for name in ('people.json', 'people.csv')} == {'of an earlier run'}


def test_a_full_disk_leaves_no_half_of_a_video(run, tmp_path: Path, full_disk: None) -> None:
    for name in ('a.mp4', 'b.mp4'):
        write_film(tmp_path / 'in' / name, 6)
    code, printed, errors = run('.')
    assert code == 2 and 'b.mp4: 0 of 6 frames reached the disk; is it full?' in errors and 'Traceback' not in errors
    assert '6 of 6 frames' in printed and names(tmp_path / 'out') == ['a.jsonl', 'a.mp4']
