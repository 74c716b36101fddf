"""How many keypoints people have in Halpe's annotation files, which are in COCO's format.

Halpe has entries without a list of keypoints, and a ``num_keypoints`` that counts none of them.

Source: https://github.com/Fang-Haoshu/Halpe-FullBody, its README, vis.py and issue 10.
"""

HALPE_BODY = 26
HALPE_WHOLE = 136  # the body, 68 keypoints of the face, 21 of each hand
