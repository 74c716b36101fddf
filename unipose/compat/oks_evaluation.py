"""pycocotools' COCO and COCOeval with what xtcocotools adds for keypoints and MMPose 1.3.2 relies on.

Source: https://github.com/jin-s13/xtcocoapi (semantics read there; the code here is a subclass of pycocotools').
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from pycocotools.coco import COCO as PyCOCO
from pycocotools.cocoeval import COCOeval as PyCOCOeval

# Area of a person over the area of its box, as xtcocotools has it.
AREA_PER_BOX = 0.53


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
    """COCO's AP and AR with OKS sigmas of one's own, and with or without annotated areas."""

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
            iouType: 'keypoints', 'bbox' or 'segm'.
            sigmas: `[K]` OKS sigmas; None for the 17 of COCO.
            use_area: Take the annotated area; otherwise 0.53 x box width x box height.

        Raises:
            NotImplementedError: `iouType` is one of the others that xtcocotools knows.
        """
        if iouType not in ('keypoints', 'bbox', 'segm'):
            raise NotImplementedError(
                f'iouType {iouType!r} needs xtcocotools itself, and pycocotools stands in for it here. Build it '
                'against this numpy with: pip install --no-binary xtcocotools --no-build-isolation xtcocotools'
            )
        super().__init__(cocoGt, cocoDt, iouType)
        self.use_area = use_area
        if sigmas is not None:
            self.params.kpt_oks_sigmas = np.asarray(sigmas, dtype=float)

    def _prepare(self) -> None:
        if self.params.iouType != 'keypoints':
            super()._prepare()
            return
        ground_truths, detections = (
            coco.loadAnns(coco.getAnnIds(imgIds=self.params.imgIds, catIds=self.params.catIds))
            for coco in (self.cocoGt, self.cocoDt)
        )
        self._check(ground_truths, detections)
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        for annotation in ground_truths:
            # A copy: pycocotools marks what it evaluates, and these are the caller's own annotations.
            self._gts[annotation['image_id'], annotation['category_id']].append(
                {
                    **annotation,
                    'ignore': bool(annotation.get('iscrowd', 0)) or not _any_positive(annotation),
                    'area': annotation['area'] if self.use_area else _area_of_box(annotation['bbox']),
                }
            )
        for detection in detections:
            # A detection whose keypoints all score 0 is none.
            if _any_positive(detection):
                self._dts[detection['image_id'], detection['category_id']].append(detection)
        self.evalImgs = defaultdict(list)
        self.eval = {}

    def _check(self, ground_truths: list[dict], detections: list[dict]) -> None:
        number = len(self.params.kpt_oks_sigmas)
        for kind, annotations in (('annotation', ground_truths), ('detection', detections)):
            for annotation in annotations:
                values = len(annotation.get('keypoints', ()))
                if values != 3 * number:
                    raise ValueError(
                        f'{kind} {annotation["id"]} has {values} keypoint values; expected 3 for each of the {number} '
                        'OKS sigmas: pass the sigmas of its own skeleton'
                    )
        without_area = [annotation['id'] for annotation in ground_truths if 'area' not in annotation]
        if self.use_area and without_area:
            raise ValueError(
                f'{len(without_area)} annotations have no area, the first is {without_area[0]}; add it, or evaluate '
                'with use_area=False'
            )


def _any_positive(annotation: dict) -> bool:
    """Whether a keypoint is labelled (ground truth) or scored (detection): the third of its values exceeds 0."""
    return any(value > 0 for value in annotation['keypoints'][2::3])


def _area_of_box(box: Sequence[float]) -> float:
    return box[2] * box[3] * AREA_PER_BOX
