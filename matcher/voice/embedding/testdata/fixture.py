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
    at = 9

    def take(form):
        nonlocal at
        at += struct.calcsize(form)
        return struct.unpack_from(form, data, at - struct.calcsize(form))

    def outputs(count, width):
        rows = [take(f">2f{width}b") for _ in range(count)]
        return torch.tensor([[r[1] * w for w in r[2:]] for r in rows]), torch.tensor([r[0] for r in rows])

    layers, size = struct.unpack_from(">2H", data, 5)
    x = frames.T[None]
    for _ in range(layers):
        inputs, out, kernel, stride, dilation, residual = take(">6H")
        weights, bias = outputs(out, kernel * inputs)
        weights = weights.reshape(out, kernel, inputs).transpose(1, 2)
        y = functional.relu(functional.conv1d(x, weights, bias, stride, (kernel - 1) // 2 * dilation, dilation))
        x = x + y if residual else y
    pooled = torch.cat([x.mean(2), (x.var(2, unbiased=False) + 1e-5).sqrt()], 1)
    weights, bias = outputs(size, pooled.shape[1])
    assert at == len(data)
    return functional.normalize(pooled @ weights.T + bias)[0]


torch.manual_seed(1)
train.SIZE = 5
network = train.Network([(4, 5, 2, 1, False), (4, 3, 1, 2, True), (6, 3, 1, 1, False), (6, 1, 1, 1, True)], 0)
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
