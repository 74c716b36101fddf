"""The same data on a larger canvas, for teachers that see more around a person than the student does.

A leaf names it after coco-mpii_192x256.py, and gives its model the same canvas_size. 342 pixels hold 1.5 times the
longer side of a box of COCO, of which the student sees 1.25, and 1.25 times one of MPII, of which it sees 0.9375.
"""

_base_ = 'coco-mpii_192x256.py'

canvas_size = (342, 342)
canvas = dict(_base_.canvas, canvas_size=canvas_size)


def _on_it(pipeline):
    *before, seeded, pack = pipeline
    steps = [canvas if step['type'] == 'CanvasAffine' else step for step in seeded['transforms']]
    return [*before, dict(seeded, transforms=steps), pack]


train_dataloader = dict(dataset=dict(pipeline=_on_it(_base_.train_pipeline)))
stage2_hook = dict(switch_pipeline=_on_it(_base_.train_pipeline_stage2))
