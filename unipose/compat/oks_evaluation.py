"""pycocotools' COCO and COCOeval with what xtcocotools adds for keypoints and MMPose 1.3.2 relies on.

Source: https://github.com/jin-s13/xtcocoapi (semantics read there; the code here is a subclass of pycocotools').
"""

import contextlib
import io
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from pycocotools.coco import COCO as PyCOCO
from pycocotools.cocoeval import COCOeval as PyCOCOeval

# Area of a person over the area of its box, as xtcocotools has it.
AREA_PER_BOX = 0.53

_WHOLE_BODY = ('keypoints', 'foot_kpts', 'face_kpts', 'lefthand_kpts', 'righthand_kpts')
# What holds the keypoints that a kind of evaluation is of, and the score of a detection's, instead of its 'score'.
_PARTS = {
    'keypoints': (('keypoints',), 'score'),
    'keypoints_crowd': (('keypoints',), 'score'),
    'keypoints_body': (('keypoints',), 'score'),
    'keypoints_wholebody': (_WHOLE_BODY, 'wholebody_score'),
    **{f'keypoints_{part}': ((f'{part}_kpts',), f'{part}_score') for part in ('foot', 'face', 'lefthand', 'righthand')},
}
# A picture's crowd index from which it is of medium difficulty, and hard, as CrowdPose's evaluation has it.
_MEDIUM, _HARD = 0.2, 0.8


class COCO(PyCOCO):
    """COCO annotations; one without `iscrowd` is no crowd."""

    def __init__(self, annotation_file: str | None = None, test_index: Sequence[int] | None = None) -> None:
        """Read annotations.

        Args:
            annotation_file: Path of the JSON file; None for an empty set.
            test_index: Keypoints to keep, in this order; None for all.
        """
        super().__init__(annotation_file)
        self.anno_file = [annotation_file]
        self.test_index = test_index
        for annotation in self.dataset.get('annotations', []):
            annotation.setdefault('iscrowd', 0)
            if test_index is not None:
                keypoints = np.asarray(annotation['keypoints']).reshape(-1, 3)
                annotation['keypoints'] = keypoints[list(test_index)].reshape(-1).tolist()


class COCOeval(PyCOCOeval):
    """COCO's AP and AR with OKS sigmas of one's own, with or without annotated areas, of a body or parts of it."""

    def __init__(
        self,
        cocoGt: PyCOCO | None = None,
        cocoDt: PyCOCO | None = None,
        iouType: str = 'keypoints',
        sigmas: Sequence[float] | None = None,
        use_area: bool = True,
    ) -> None:
        """Set up an evaluation.

        Args:
            cocoGt: Ground truth.
            cocoDt: Detections, as `cocoGt.loadRes` returns them.
            iouType: 'bbox', 'segm', or 'keypoints'; of COCO-WholeBody 'keypoints_wholebody', or one of its parts:
                'keypoints_body', '_foot', '_face', '_lefthand', '_righthand'; 'keypoints_crowd' of CrowdPose.
            sigmas: `[K]` OKS sigmas; None for the 17 of COCO.
            use_area: Take the annotated area; otherwise 0.53 x box width x box height.

        Raises:
            ValueError: `iouType` is another one.
        """
        if iouType not in ('bbox', 'segm', *_PARTS):
            raise ValueError(f'iouType must be one of bbox, segm, {", ".join(_PARTS)}. Got: {iouType!r}')
        super().__init__(cocoGt, cocoDt, 'keypoints' if iouType in _PARTS else iouType)
        self.kind = iouType
        self.use_area = use_area
        if sigmas is not None:
            self.params.kpt_oks_sigmas = np.asarray(sigmas, dtype=float)

    def summarize(self) -> None:
        """Print the numbers, and keep them in `stats`.

        Of keypoints these are AP, AP .5, AP .75, AP of medium and large people, AR, AR .5, AR .75, AR of medium and
        large people. Of 'keypoints_crowd': AP, AP .5, AP .75, AR, AR .5, AR .75, AP of easy, medium and hard pictures.
        """
        super().summarize()
        if self.kind == 'keypoints_crowd':
            self.stats = np.array([*self.stats[[0, 1, 2, 5, 6, 7]], *self._by_crowding()])

    def _by_crowding(self) -> list[float]:
        """AP of easy, medium and hard pictures; -1 where there are none."""
        images = self.cocoGt.loadImgs(self.params.imgIds)
        without = [image['id'] for image in images if 'crowdIndex' not in image]
        if without:
            raise ValueError(
                f'{len(without)} images have no crowdIndex, the first is {without[0]}; CrowdPose annotates it, and '
                'people of other datasets are scored with iou_type "keypoints"'
            )
        levels = np.digitize([image['crowdIndex'] for image in images], [_MEDIUM, _HARD])
        precisions = []
        for level, name in enumerate(('easy', 'medium', 'hard')):
            part = COCOeval(self.cocoGt, self.cocoDt, self.kind, self.params.kpt_oks_sigmas, self.use_area)
            part.params.imgIds = [image['id'] for image, of in zip(images, levels) if of == level]
            part.params.areaRng = part.params.areaRng[:1]  # people of all sizes
            with contextlib.redirect_stdout(io.StringIO()):
                part.evaluate()
                part.accumulate()
            precisions.append(round(float(np.mean(part.eval['precision'])), 4))
            print(
                f' Average Precision  (AP) @[ IoU=0.50:0.95 | type={name:>6s} | maxDets= 20 ] = {precisions[-1]:0.3f}'
            )
        return precisions

    def _prepare(self) -> None:
        if self.kind not in _PARTS:
            super()._prepare()
            return
        parts, own_score = _PARTS[self.kind]
        ground_truths, detections = (
            [
                {**annotation, 'keypoints': list(itertools.chain(*(annotation.get(part, ()) for part in parts)))}
                for annotation in coco.loadAnns(coco.getAnnIds(imgIds=self.params.imgIds, catIds=self.params.catIds))
            ]
            for coco in (self.cocoGt, self.cocoDt)
        )
        self._check(ground_truths, detections)
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        for number, annotation in enumerate(ground_truths, start=1):
            # Copies, since pycocotools marks what it evaluates; numbered, since it takes id 0 for no match.
            self._gts[annotation['image_id'], annotation['category_id']].append(
                {
                    **annotation,
                    'id': number,
                    'ignore': bool(annotation.get('iscrowd', 0)) or not self._counts(annotation),
                    'area': annotation['area'] if self.use_area else _area_of_box(annotation['bbox']),
                }
            )
        for detection in detections:
            # A detection whose keypoints all score 0 is none.
            if _any_positive(detection):
                detection['score'] = detection.get(own_score, detection['score'])
                self._dts[detection['image_id'], detection['category_id']].append(detection)
        self.evalImgs = defaultdict(list)
        self.eval = {}

    def _counts(self, annotation: Mapping) -> bool:
        """Whether a person is to be found: CrowdPose counts those of whom a keypoint is visible."""
        return annotation['num_keypoints'] > 0 if self.kind == 'keypoints_crowd' else _any_positive(annotation)

    def _check(self, ground_truths: list[dict], detections: list[dict]) -> None:
        number = len(self.params.kpt_oks_sigmas)
        parts = ' + '.join(_PARTS[self.kind][0])
        for kind, annotations in (('annotation', ground_truths), ('detection', detections)):
            for annotation in annotations:
                values = len(annotation['keypoints'])
                if values != 3 * number:
                    raise ValueError(
                        f'{kind} {annotation["id"]} has {values} keypoint values in {parts}; expected 3 for each '
                        f'of the {number} OKS sigmas: pass the sigmas of its own skeleton'
                    )
        if self.use_area:
            _refuse_without(ground_truths, 'area', 'add it, or evaluate with use_area=False')
        if self.kind == 'keypoints_crowd':
            _refuse_without(ground_truths, 'num_keypoints', 'add how many keypoints of each are visible')


def _refuse_without(annotations: list[dict], field: str, remedy: str) -> None:
    without = [annotation['id'] for annotation in annotations if field not in annotation]
    if without:
        raise ValueError(f'{len(without)} annotations have no {field}, the first is {without[0]}; {remedy}')


def _any_positive(annotation: dict) -> bool:
    """Whether a keypoint is labelled (ground truth) or scored (detection): the third of its values exceeds 0."""
    return any(value > 0 for value in annotation['keypoints'][2::3])


def _area_of_box(box: Sequence[float]) -> float:
    return box[2] * box[3] * AREA_PER_BOX
