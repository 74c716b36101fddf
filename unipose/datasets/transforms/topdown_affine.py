"""MMPose's crop of a person, also out of pictures that OpenCV does not warp whole."""

from __future__ import annotations

from typing import Any

from mmpose.datasets.transforms import TopdownAffine as MMPoseTopdownAffine
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix

from unipose.media.warp_affine import is_too_long, warp_affine


@TRANSFORMS.register_module(force=True)  # wherever a config names MMPose's
class TopdownAffine(MMPoseTopdownAffine):
    """What MMPose's class of this name does, to the last bit, of pictures that OpenCV warps; of longer ones, too."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crops a person."""
        image = results['img']
        if not is_too_long(image):
            return super().transform(results)
        results = super().transform(dict(results, img=image[:1, :1]))  # all but the picture
        get_matrix = get_udp_warp_matrix if self.use_udp else get_warp_matrix
        rotation = results.get('bbox_rotation', [0.0])[0]
        matrix = get_matrix(results['input_center'], results['input_scale'], rotation, output_size=self.input_size)
        results['img'] = warp_affine(image, matrix, self.input_size)
        return results
