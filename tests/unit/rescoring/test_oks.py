import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from unipose.rescoring import person_oks
from unipose.skeletons import load_skeleton

SIGMAS = np.array(load_skeleton('coco').sigmas)


def test_it_is_what_pycocotools_computes() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (5, 17, 2))
    keypoints = truth + rng.normal(0, 5, truth.shape)
    visible, areas = rng.integers(0, 3, (5, 17)), rng.uniform(1000, 9000, 5)
    expected = []
    for person in range(5):
        ground_truth, found = COCO(), COCO()
        for coco, places, third in ((ground_truth, truth, visible), (found, keypoints, np.ones((5, 17)))):
            one = np.concatenate([places[person], third[person][:, None]], 1).ravel().tolist()
            annotation = dict(id=1, image_id=1, category_id=1, keypoints=one, area=areas[person], bbox=[0, 0, 100, 100])
            annotation |= dict(iscrowd=0, num_keypoints=int((visible[person] > 0).sum()), score=1.0)
            coco.dataset = dict(images=[dict(id=1)], annotations=[annotation], categories=[dict(id=1)])
            coco.createIndex()
        evaluation = COCOeval(ground_truth, found, 'keypoints')
        evaluation._prepare()
        expected.append(evaluation.computeOks(1, 1).item())
    np.testing.assert_allclose(person_oks(keypoints, truth, visible, areas, SIGMAS), expected, rtol=1e-9)


def test_what_does_not_count() -> None:
    truth, areas = np.zeros((2, 2, 2)), np.array([100.0, 100.0])
    keypoints = truth + [[0.0, 0.0], [1000.0, 0.0]]
    assert person_oks(keypoints, truth, [[1, 0], [0, 0]], areas, [0.1, 0.1]).tolist()[0] == 1
    assert np.isnan(person_oks(keypoints, truth, [[1, 0], [0, 0]], areas, [0.1, 0.1])[1])
    assert person_oks(keypoints, truth, np.ones((2, 2)), areas, [0.1, np.nan]).tolist() == [1, 1]
    assert person_oks(keypoints, truth, np.ones((2, 2)), areas, [0.1, 0.1]).tolist() == [0.5, 0.5]
