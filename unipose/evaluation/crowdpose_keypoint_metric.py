"""CrowdPose's AP and AR, and its AP by how crowded pictures are."""

from __future__ import annotations

from typing import Any

from mmpose.registry import METRICS

from unipose.files.coco.read_lists import read_lists
from unipose.skeletons import Skeleton, load_skeleton

from .coco_keypoint_metric import CocoKeypointMetric, scored_keypoints
from .coco_truth import CocoTruth

_CROWDPOSE = load_skeleton('crowdpose')


@METRICS.register_module()
class CrowdPoseKeypointMetric(CocoKeypointMetric):
    """CocoKeypointMetric as CrowdPose's own evaluation has it.

    OKS takes 0.53 of a box for a person's area; people of whom ``num_keypoints`` says 0 are ignored; ``AP(E)``,
    ``AP(M)`` and ``AP(H)`` are of easy, medium and hard pictures, whose ``crowdIndex`` is below 0.2, below 0.8 and from
    there on. The metric's skeleton is ``crowdpose``, or as many of its keypoints as predictions have; the others are
    taken out of the ground truth too.

    Args:
        ann_file: Annotations that all images of the source are in.
        **kwargs: What :class:`CocoKeypointMetric` takes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: Once the skeleton is known, if something in the file is wrong.

    Source:
        https://github.com/Jeff-sjtu/CrowdPose
    """

    def __init__(self, ann_file: str, **kwargs: Any) -> None:
        super().__init__(ann_file, **dict(iou_type='keypoints_crowd', use_area=False) | kwargs)

    def read_truth(self, skeleton: Skeleton) -> CocoTruth:
        """Reads the annotations, keeps these keypoints of them, and what CrowdPose says of pictures and people beside.

        Raises:
            ValueError: If CrowdPose does not have them, or something in the file is wrong.
        """
        scored = scored_keypoints(self, skeleton, _CROWDPOSE)
        truth = CocoTruth.read(self.ann_file, len(_CROWDPOSE), scored=scored)
        images: dict[Any, dict] = {image['id']: image for image in truth.coco.dataset['images']}
        people: dict[Any, dict] = {}
        for identity, person in zip(truth.ids, truth.coco.dataset['annotations']):
            if person['iscrowd'] or not any(person['keypoints'][2::3]):
                person['num_keypoints'] = 0
            else:
                people[identity] = person

        def add_image(image: dict[str, Any]) -> None:
            if 'crowdIndex' in image:
                images[truth.image(image['id'])]['crowdIndex'] = image['crowdIndex']

        def add_person(person: dict[str, Any]) -> None:
            if person['id'] in people and 'num_keypoints' in person:
                people[person['id']]['num_keypoints'] = person['num_keypoints']

        read_lists(self.ann_file, dict(images=add_image, annotations=add_person))
        return truth
