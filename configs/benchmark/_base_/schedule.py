"""The demo's schedule, with the weights of convolutions stored channels last."""

_base_ = '../../demo/_base_/schedule.py'

custom_hooks = [*_base_.custom_hooks, dict(type='ChannelsLastHook')]
