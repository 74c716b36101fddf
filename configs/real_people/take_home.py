"""The student that comes with unipose: RTMPose-t, taught for long about all who may be trained on, dev people too.

    python benchmarks/real_people.py PEOPLE_DIR TEACHERS_DIR --everyone
    for part in take_home_96x128 take_home; do
        python tools/cache_teachers.py configs/real_people/$part.py --once
        torchrun --nproc_per_node=2 tools/train.py configs/real_people/$part.py --launcher pytorch --amp \\
            --targets work_dirs/$part/targets_once
    done

It is scored on the people that judge the comparison. Its recipe is the comparison's, but for three things: people in
photographs are often seen to the waist, so it sees half bodies too; it begins on small pictures, a quarter of the
work, and goes on at half the learning rate; and two processes make a step.
"""

_base_ = 'rtmpose-t.py'

max_epochs = 30
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_epochs, T_max=max_epochs)]
load_from = 'work_dirs/take_home_96x128/epoch_60.pth'  # all but what is as large as the picture

half_bodies = dict(type='RandomHalfBody')
augment = [_base_.augment[0], half_bodies, *_base_.augment[1:]]
train_pipeline = [*_base_.load, dict(type='Seeded', transforms=[*augment, _base_.canvas]), _base_.pack]
names = ('coco', 'mpii', 'lspet', 'stanford40')
everyone = {name: dict(dataset=dict(data_root=f'data/real_everyone/{name}/')) for name in names}
train_dataloader = dict(dataset=dict(sources=everyone, pipeline=train_pipeline))

judges = 'data/real_people/test'
val_dataloader = dict(
    dataset=dict(
        sources=dict(
            coco=dict(dataset=dict(data_root=f'{judges}/coco/')),
            mpii=dict(dataset=dict(data_root=f'{judges}/mpii/', headbox_file=f'{judges}/mpii/heads.mat')),
            lsp=dict(dataset=dict(data_root=f'{judges}/lsp/')),
        )
    )
)
test_dataloader = val_dataloader
val_evaluator = dict(metrics=dict(coco=dict(ann_file=f'{judges}/coco/people.json')))
test_evaluator = val_evaluator
