import io
import json
from contextlib import redirect_stdout
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from unipose.datasets.synthetic import SceneOptions, generate_coco, generate_halpe, generate_mpii, render_scene
from unipose.datasets.synthetic.coco_layout import SPLITS as COCO_SPLITS
from unipose.datasets.synthetic.figure import COCO_KEYPOINTS, MPII_KEYPOINTS, landmark_names
from unipose.datasets.synthetic.halpe_layout import BODY
from unipose.datasets.synthetic.halpe_layout import SPLITS as HALPE_SPLITS
from unipose.datasets.synthetic.layout import STAMP, image_generator
from unipose.datasets.synthetic.mpii_layout import SPLITS as MPII_SPLITS
from unipose.datasets.synthetic.scene import OUTSIDE
from unipose.skeletons import load_skeleton

LAYOUTS = [(generate_coco, COCO_SPLITS), (generate_mpii, MPII_SPLITS), (generate_halpe, HALPE_SPLITS)]
SMALL = SceneOptions(image_size=(192, 160), person_height=(60, 120), difficulty=0.6)


def files_of(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob('*') if path.is_file()}


@pytest.fixture(scope='module')
def coco(tmp_path_factory):
    root = tmp_path_factory.mktemp('synthetic') / 'coco'
    generate_coco(root, {'train2017': 3, 'val2017': 12}, 7, SMALL)
    return root


@pytest.fixture(scope='module')
def mpii(tmp_path_factory):
    root = tmp_path_factory.mktemp('synthetic') / 'mpii'
    generate_mpii(root, {'train': 3, 'val': 12}, 7, SMALL)
    return root


def test_coco_annotations_describe_the_images(coco):
    content = json.loads((coco / 'annotations/person_keypoints_val2017.json').read_text())
    assert {'info', 'licenses', 'images', 'annotations', 'categories'} == set(content)
    assert len(content['categories'][0]['keypoints']) == 17
    sizes = {}
    for image in content['images']:
        pixels = cv2.imread(str(coco / 'val2017' / image['file_name']))
        assert pixels.shape == (image['height'], image['width'], 3)
        assert int(image['file_name'].partition('.')[0]) == image['id']
        sizes[image['id']] = (image['width'], image['height'])
    assert {annotation['image_id'] for annotation in content['annotations']} == set(sizes)
    assert len({annotation['id'] for annotation in content['annotations']}) == len(content['annotations'])
    seen = set()
    for annotation in content['annotations']:
        keypoints = np.array(annotation['keypoints'], float).reshape(17, 3)
        labelled = keypoints[:, 2] > 0
        seen |= set(keypoints[:, 2])
        assert annotation['num_keypoints'] == labelled.sum()
        assert (keypoints[~labelled] == 0).all()
        width, height = sizes[annotation['image_id']]
        assert (keypoints[:, :2] >= -0.5).all() and (keypoints[:, :2] <= (width - 0.5, height - 0.5)).all()
        x, y, box_width, box_height = annotation['bbox']
        assert x >= 0 and y >= 0 and x + box_width <= width and y + box_height <= height
        assert 0 < annotation['area'] <= box_width * box_height
        # the outline is the mask: its filled area is the area that is annotated
        mask = np.zeros((height, width), np.uint8)
        for outline in annotation['segmentation']:
            cv2.fillPoly(mask, [np.array(outline, np.int32).reshape(-1, 2)], 1)
        assert mask.sum() == pytest.approx(annotation['area'], rel=0.12)
    assert seen == {0.0, 1.0, 2.0}


def test_coco_ground_truth_scores_one(coco):
    api = pytest.importorskip('pycocotools.coco')
    evaluation = pytest.importorskip('pycocotools.cocoeval')
    with redirect_stdout(io.StringIO()):
        truth = api.COCO(str(coco / 'annotations/person_keypoints_val2017.json'))
        keys = ('image_id', 'category_id', 'keypoints')
        found = truth.loadRes([{**{k: a[k] for k in keys}, 'score': 1.0} for a in truth.dataset['annotations']])
        scores = evaluation.COCOeval(truth, found, 'keypoints')
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    assert scores.stats[0] == pytest.approx(1.0)
    assert all(truth.annToMask(annotation).any() for annotation in truth.dataset['annotations'])


def test_halpe_has_its_points_where_the_figure_has_them(tmp_path):
    assert load_skeleton('halpe26').published == BODY
    generate_halpe(tmp_path, {'val2017': 12}, 7, SMALL)
    content = json.loads((tmp_path / 'annotations/halpe_val_v1.json').read_text())
    flat = {
        annotation['id']: np.array(annotation['keypoints']).reshape(136, 3) for annotation in content['annotations']
    }
    assert all((keypoints[26:] == 0).all() for keypoints in flat.values())
    hips = 0
    for index, image in enumerate(content['images']):
        assert (tmp_path / 'val2017' / image['file_name']).is_file()
        _, people = render_scene(image_generator(7, 'halpe', 'val2017', index), SMALL)
        for number, person in enumerate(people):
            body = dict(zip(BODY, flat[10 * image['id'] + number]))
            assert body['left_small_toe'][2] == body['right_small_toe'][2] == 0
            points = dict(
                nose='nose', left_hip='left_coco_hip', head='head_top', neck='upper_neck', left_heel='left_heel'
            )
            for name, point in points.items():
                (xy,), (v,) = person.select([point])
                assert body[name][2] == v and (v == OUTSIDE or np.allclose(body[name][:2], xy, atol=0.006))
            (pelvis, waist), _ = person.select(['pelvis', 'waist'])
            if body['hip'][2] > 0:  # between pelvis and waist, 0.14 of an upright head above the pelvis
                assert np.allclose(body['hip'][:2], pelvis + 0.243 * (waist - pelvis), atol=0.02)
                hips += 1
    assert hips > 5


def test_mpii_annotations_follow_the_convention(mpii):
    entries = json.loads((mpii / 'annotations/mpii_val.json').read_text())
    truth = loadmat(mpii / 'annotations/mpii_gt_val.mat')
    joints = np.array([entry['joints'] for entry in entries])  # [N, 16, 2]
    annotated = np.array([entry['joints_vis'] for entry in entries]) > 0
    assert joints.shape[1:] == (16, 2) and annotated.any() and not annotated.all()
    assert (joints[~annotated] == -1).all()
    # 1-based: the image's first column is 1
    assert (joints[annotated] >= 0.5).all() and (joints[annotated] < (192.5, 160.5)).all()
    assert all((mpii / 'images' / entry['image']).is_file() for entry in entries)

    np.testing.assert_allclose(truth['pos_gt_src'].transpose(2, 0, 1), joints)
    np.testing.assert_array_equal(truth['jnt_missing'].T, 1 - annotated)
    assert [str(code.item()) for code in truth['dataset_joints'][0]].index('head') == 9
    boxes = truth['headboxes_src'].transpose(2, 0, 1)  # [N, 2, 2]
    head = annotated[:, 8] & annotated[:, 9]
    lengths = np.linalg.norm(joints[:, 9] - joints[:, 8], axis=1)[head]
    assert np.median(0.6 * np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)[head] / lengths) == pytest.approx(
        1, abs=0.05
    )
    inside = (joints[:, 9] > boxes[:, 0]) & (joints[:, 9] < boxes[:, 1])
    assert inside[head].all()


def test_mpii_is_one_based_against_the_rendered_pixels(mpii):
    entries = json.loads((mpii / 'annotations/mpii_val.json').read_text())
    boxes = loadmat(mpii / 'annotations/mpii_gt_val.mat')['headboxes_src'].transpose(2, 0, 1)
    image, people = render_scene(image_generator(7, 'mpii', 'val', 0), SMALL)
    saved = cv2.imread(str(mpii / 'images' / entries[0]['image']))
    assert np.abs(saved.astype(float) - image).mean() < 6  # JPEG
    for entry, box, person in zip(entries, boxes, people, strict=False):
        xy, visibility = person.select(landmark_names(MPII_KEYPOINTS, 'mpii'))
        inside = visibility != OUTSIDE
        np.testing.assert_allclose(np.array(entry['joints'])[inside], xy[inside] + 1, atol=1e-3)
        np.testing.assert_allclose(box.mean(axis=0), person.head_box.reshape(2, 2).mean(axis=0) + 1)


def test_coco_is_zero_based_against_the_rendered_pixels(coco):
    content = json.loads((coco / 'annotations/person_keypoints_val2017.json').read_text())
    _, people = render_scene(image_generator(7, 'coco', 'val2017', 0), SMALL)
    for annotation, person in zip(content['annotations'], people, strict=False):
        xy, visibility = person.select(landmark_names(COCO_KEYPOINTS, 'coco'))
        keypoints = np.array(annotation['keypoints']).reshape(17, 3)
        np.testing.assert_array_equal(keypoints[:, 2], visibility)
        np.testing.assert_allclose(keypoints[visibility > 0, :2], xy[visibility > 0], atol=0.006)
        rows, columns = np.nonzero(person.silhouette)
        x, y, width, height = annotation['bbox']
        assert (x, x + width - 1, y, y + height - 1) == (columns.min(), columns.max(), rows.min(), rows.max())
        assert annotation['area'] == len(rows)


def test_mpii_scale_and_centre_frame_the_person(mpii):
    for entry in json.loads((mpii / 'annotations/mpii_val.json').read_text()):
        joints = np.array(entry['joints'])[np.array(entry['joints_vis']) > 0]
        centre = np.array(entry['center']) + (0, 15 * entry['scale'])  # as readers do
        np.testing.assert_allclose(centre, (joints.min(axis=0) + joints.max(axis=0)) / 2, atol=0.02)
        assert 60 <= 200 * entry['scale'] <= 120 or 200 * entry['scale'] < 60  # shrunk to fit, never grown


@pytest.mark.parametrize(('generate', 'splits'), LAYOUTS)
def test_same_seed_same_bytes_whatever_the_number_of_images(tmp_path, generate, splits):
    train, val = splits
    generate(tmp_path / 'a', {train: 2, val: 2}, 3, SMALL)
    np.random.seed(99)
    generate(tmp_path / 'b', {val: 2, train: 2}, 3, SMALL)
    generate(tmp_path / 'c', {train: 4}, 3, SMALL)
    generate(tmp_path / 'd', {train: 2}, 4, SMALL)
    a, b, c, d = (files_of(tmp_path / name) for name in 'abcd')
    stamp = 'synthetic.json'
    assert {k: v for k, v in a.items() if k != stamp} == {k: v for k, v in b.items() if k != stamp}
    images = sorted(name for name in a if name.endswith('.jpg') and name in c)
    assert len(images) == 2 and all(a[name] == c[name] != d[name] for name in images)


@pytest.mark.parametrize(('generate', 'splits'), LAYOUTS)
def test_written_once_and_never_over_other_data(tmp_path, generate, splits):
    first = generate(tmp_path / 'made', {splits[0]: 1}, 0, SMALL)
    before = files_of(tmp_path / 'made')
    again = generate(tmp_path / 'made', {splits[0]: 1}, 0, SMALL)
    assert first.generated and not again.generated and first.num_persons == again.num_persons
    for changed in (({splits[0]: 2}, 0, SMALL), ({splits[0]: 1}, 1, SMALL), ({splits[0]: 1}, 0, SceneOptions())):
        with pytest.raises(ValueError, match='Choose another folder'):
            generate(tmp_path / 'made', *changed)
    assert files_of(tmp_path / 'made') == before

    real = tmp_path / 'real/annotations'
    real.mkdir(parents=True)
    (real / 'mine.json').write_text('{}')
    with pytest.raises(ValueError, match='did not write'):
        generate(tmp_path / 'real', {splits[0]: 1}, 0, SMALL)
    assert files_of(tmp_path / 'real') == {'annotations/mine.json': b'{}'}
    with pytest.raises(ValueError, match='Got'):
        generate(tmp_path / 'new', {'test': 1}, 0, SMALL)


@pytest.mark.parametrize(('generate', 'splits'), LAYOUTS)
def test_what_was_written_before_an_option_existed_is_reused(tmp_path, generate, splits):
    generate(tmp_path, {splits[0]: 1}, 0, SMALL)
    stamp = json.loads((tmp_path / STAMP).read_text())
    for option in ('loose_clothes', 'label_noise'):
        del stamp['made_with']['options'][option]
    (tmp_path / STAMP).write_text(json.dumps(stamp))
    assert not generate(tmp_path, {splits[0]: 1}, 0, SMALL).generated
    for option in (dict(loose_clothes=0.5), dict(label_noise=0.5)):
        with pytest.raises(ValueError, match='Choose another folder'):
            generate(tmp_path, {splits[0]: 1}, 0, replace(SMALL, **option))


@pytest.mark.parametrize(('generate', 'splits'), LAYOUTS)
def test_label_noise_leaves_the_files_of_images_alone(tmp_path, generate, splits):
    generate(tmp_path / 'exact', {splits[1]: 3}, 0, SMALL)
    generate(tmp_path / 'clicked', {splits[1]: 3}, 0, replace(SMALL, label_noise=1.0))
    exact, clicked = files_of(tmp_path / 'exact'), files_of(tmp_path / 'clicked')
    different = {name for name in exact if exact[name] != clicked[name]}
    assert different == {name for name in exact if name.endswith(('.json', '.mat'))}


def test_the_tool_passes_its_options_on(tmp_path, run_tool):
    more = ['--train', '1', '--val', '1', '--loose-clothes', '0.6', '--label-noise', '1.5']
    assert run_tool('make_synthetic.py', tmp_path, *more).code == 0
    assert not (tmp_path / 'halpe').exists()
    assert run_tool('make_synthetic.py', tmp_path, *more, '--only', 'halpe').code == 0
    for layout in ('coco', 'mpii', 'halpe'):
        options = json.loads((tmp_path / layout / STAMP).read_text())['made_with']['options']
        assert (options['loose_clothes'], options['label_noise']) == (0.6, 1.5)


def test_an_interrupted_run_is_made_again(tmp_path, monkeypatch):
    calls = []

    def stop(path, content):
        calls.append(path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr('unipose.datasets.synthetic.coco_layout.write_annotations', stop)
        with pytest.raises(KeyboardInterrupt):
            generate_coco(tmp_path / 'coco', {'train2017': 1}, 0, SMALL)
    assert calls and not files_of(tmp_path / 'coco')
    assert generate_coco(tmp_path / 'coco', {'train2017': 1}, 0, SMALL).generated
