#!/usr/bin/env python3
"""Writes tiny.json: a small network with random weights, frames, and the embedding that torch makes of them.

    python3 fixture.py > tiny.json
"""

import json
import os
import struct
import sys
import tempfile

import numpy
import torch
from torch.nn import functional

sys.path.insert(0, "..")
import train


def run(data, frames):
    """Runs a network's file on frames, by torch's own convolution."""
    at = 11

    def take(form):
        nonlocal at
        at += struct.calcsize(form)
        return struct.unpack_from(form, data, at - struct.calcsize(form))

    def outputs(count, width):
        rows = [take(f">2f{width}b") for _ in range(count)]
        return torch.tensor([[r[1] * w for w in r[2:]] for r in rows]), torch.tensor([r[0] for r in rows])

    filters, layers, size = struct.unpack_from(">3H", data, 5)
    x = frames[None, None]
    for _ in range(layers):
        inputs, out, time, wide, time_stride, filter_stride, dilation, residual = take(">8H")
        weights, bias = outputs(out, time * wide * inputs)
        weights = weights.reshape(out, time, wide, inputs).permute(0, 3, 1, 2)
        around = ((time - 1) // 2 * dilation, 0 if wide == x.shape[3] else wide // 2)
        y = functional.relu(functional.conv2d(x, weights, bias, (time_stride, filter_stride), around, (dilation, 1)))
        x = x + y if residual else y
    x = x.permute(0, 2, 3, 1).flatten(2)
    pooled = torch.cat([x.mean(1), (x.var(1, unbiased=False) + 1e-5).sqrt()], 1)
    weights, bias = outputs(size, pooled.shape[1])
    assert at == len(data)
    return functional.normalize(pooled @ weights.T + bias)[0]


torch.manual_seed(1)
train.SIZE = 5
network = train.Network([(4, 5, 5, 2, 2, 1, False), (4, 3, 3, 1, 1, 2, True), (6, 3, 13, 1, 1, 1, False), (6, 3, 1, 1, 1, 1, True)], 0)
network(torch.randn(8, 40, train.FILTERS))  # gives the norms something to fold
network.eval()
with tempfile.NamedTemporaryFile(delete=False) as f:
    network.write(f.name)
data = open(f.name, "rb").read()
os.unlink(f.name)
cases = []
for length in (1, 2, 37):
    frames = torch.from_numpy(numpy.random.default_rng(length).integers(-400, 400, (length, train.FILTERS)) / 100).float()
    cases.append({"frames": [[round(v, 2) for v in row] for row in frames.tolist()], "embedding": run(data, frames).tolist()})
    if length > 1:  # near what was trained, before the weights became steps
        assert float(functional.normalize(network(frames[None]))[0] @ torch.tensor(cases[-1]["embedding"])) > 0.98
print(json.dumps({"network": data.hex(), "cases": cases}))
