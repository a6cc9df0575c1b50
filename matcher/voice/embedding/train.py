#!/usr/bin/env python3
"""Trains the network of voices that package embedding runs.

    evaluate voice-frames -list trials/readers-train.tsv -out frames -copies 12
    python3 train.py --frames frames --out network.bin

The frames are those of "evaluate voice-frames"; each speaker at each speed is a class of its own. A class is learnt
from crops of a random copy, by softmax with an angular margin (Deng et al., "ArcFace", 2019). The same frames, seed
and number of threads give the same network on one machine. Needs torch and numpy.
"""

import argparse
import math
import struct
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

FILTERS = 26
SIZE = 96  # of the embedding

# A layer: outputs, kernel, stride, dilation, whether its input is added.
LAYERS = [
    (128, 5, 2, 1, False),
    (128, 3, 1, 1, True),
    (128, 3, 1, 2, True),
    (128, 3, 1, 3, True),
    (256, 1, 1, 1, False),
]


class Layer(nn.Module):
    """Convolution, normalisation and ramp, as embedding.Layer runs it once the normalisation is folded in."""

    def __init__(self, inputs, outputs, kernel, stride, dilation, residual):
        super().__init__()
        self.sizes = (inputs, outputs, kernel, stride, dilation, int(residual))
        self.residual = residual
        self.convolution = nn.Conv1d(inputs, outputs, kernel, stride, (kernel - 1) // 2 * dilation, dilation, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        y = functional.relu(self.norm(self.convolution(x)))
        return x + y if self.residual else y


class Network(nn.Module):
    """Embeds crops of shape (batch, time, filters)."""

    def __init__(self, layers, dropout):
        super().__init__()
        channels, made = FILTERS, []
        for outputs, *rest in layers:
            made.append(Layer(channels, outputs, *rest))
            channels = outputs
        self.layers = nn.Sequential(*made)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(2 * channels, SIZE)
        self.norm = nn.BatchNorm1d(SIZE, affine=False)

    def forward(self, x):
        x = self.layers(x.transpose(1, 2))
        deviation = (x.var(2, unbiased=False) + 1e-5).sqrt()
        return self.norm(self.last(self.dropout(torch.cat([x.mean(2), deviation], 1))))

    def write(self, path):
        """Writes the file that embedding.Decode reads."""
        with open(path, "wb") as f:
            f.write(b"LKVN\x01" + struct.pack(">2H", len(self.layers), SIZE))
            for layer in self.layers:
                f.write(struct.pack(">6H", *layer.sizes))
                gain, shift = folded(layer.norm)
                weights = layer.convolution.weight * (layer.norm.weight * gain)[:, None, None]
                bias = layer.norm.bias + layer.norm.weight * shift
                write_outputs(f, weights.transpose(1, 2).flatten(1), bias)
            gain, shift = folded(self.norm)
            write_outputs(f, self.last.weight * gain[:, None], self.last.bias * gain + shift)


def folded(norm):
    gain = 1 / (norm.running_var + norm.eps).sqrt()
    return gain, -norm.running_mean * gain


def write_outputs(f, weights, bias):
    for row, shift in zip(weights.detach().numpy(), bias.detach().numpy()):
        scale = max(abs(row).max(), 1e-9) / 127
        f.write(struct.pack(">2f", shift, scale))
        f.write(numpy.rint(row / scale).astype("int8").tobytes())


class Frames:
    """The pieces of voice-frames by class: each class has as many copies as the index lists."""

    def __init__(self, name):
        values = numpy.fromfile(name + ".i16", "<i2").reshape(-1, FILTERS)
        self.classes, at = {}, 0
        for line in open(name + ".tsv"):
            speaker, speed, _, length = line.rstrip("\n").split("\t")
            self.classes.setdefault((speaker, speed), []).append(values[at:at + int(length)])
            at += int(length)
        self.names = list(self.classes)

    def batch(self, random, size, length):
        """Crops of as many classes, and which they are."""
        labels = random.choice(len(self.names), size, replace=False)
        crops = []
        for label in labels:
            copies = self.classes[self.names[label]]
            crops.append(crop(copies[random.integers(len(copies))], length, random))
        x = torch.tensor(numpy.stack(crops), dtype=torch.float32) / 1000
        x -= x.mean(1, keepdim=True)
        return mask(x, random), torch.tensor(labels)


def crop(piece, length, random):
    if len(piece) < length:
        piece = numpy.tile(piece, (length // len(piece) + 1, 1))
    start = random.integers(len(piece) - length + 1)
    return piece[start:start + length]


def mask(x, random):
    """Hides some filters and some frames of each crop (Park et al., "SpecAugment", 2019)."""
    for i in range(len(x)):
        wide, first = random.integers(6), random.integers(FILTERS - 5)
        x[i, :, first:first + wide] = 0
        wide, first = random.integers(20), random.integers(x.shape[1] - 20)
        x[i, first:first + wide] = 0
    return x


def loss(embedding, centres, labels, margin, scale=30):
    """Softmax over the cosines with the classes' centres, the own one's angle made larger by margin."""
    cosine = functional.normalize(embedding) @ functional.normalize(centres).T
    own = cosine.gather(1, labels[:, None]).clamp(-0.9999, 0.9999)
    harder = torch.cos(torch.acos(own) + margin)
    return functional.cross_entropy(scale * cosine.scatter(1, labels[:, None], harder), labels)


def equal_error(network, frames):
    """The error rates of speakers whom training did not see, at normal speed: two thirds of the undisturbed copy
    against the last two seconds of it, and of the disturbed ones."""
    def embed(piece):
        x = torch.tensor(piece.astype("float32")) / 1000
        return functional.normalize(network((x - x.mean(0))[None]))[0]
    enrolled, tests = [], {}
    with torch.no_grad():
        for (_, speed), copies in frames.classes.items():
            if speed == "1":
                for number, copy in enumerate(copies):
                    tests.setdefault(min(number, 1), []).append((len(enrolled), embed(copy[-200:])))
                enrolled.append(embed(copies[0][:len(copies[0]) * 2 // 3]))
    enrolled, rates = torch.stack(enrolled), []
    for rows in tests.values():
        scores = torch.stack([t for _, t in rows]) @ enrolled.T
        own = torch.zeros_like(scores, dtype=torch.bool)
        own[range(len(rows)), [speaker for speaker, _ in rows]] = True
        genuine, impostors = scores[own].sort().values, scores[~own].sort().values
        missed = torch.arange(len(genuine)) / len(genuine)
        passed = 1 - torch.searchsorted(impostors, genuine) / len(impostors)
        at = (missed - passed).abs().argmin()
        rates.append(50 * float(missed[at] + passed[at]))
    return rates


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--frames", required=True, help="name of the files to train on, without .tsv and .i16")
    flags.add_argument("--check", help="name of the files of other speakers to measure on")
    flags.add_argument("--out", required=True, help="the network's file")
    flags.add_argument("--steps", type=int, default=4000)
    flags.add_argument("--batch", type=int, default=96)
    flags.add_argument("--rate", type=float, default=2e-3)
    flags.add_argument("--decay", type=float, default=1e-2)
    flags.add_argument("--dropout", type=float, default=0.1)
    flags.add_argument("--margin", type=float, default=0.2)
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument("--threads", type=int, default=1)
    o = flags.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    random = numpy.random.default_rng(o.seed)
    frames, check = Frames(o.frames), o.check and Frames(o.check)
    network = Network(LAYERS, o.dropout)
    centres = nn.Parameter(torch.randn(len(frames.names), SIZE))
    optimiser = torch.optim.AdamW([*network.parameters(), centres], o.rate, weight_decay=o.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, o.rate, o.steps, pct_start=0.1)
    started, mean = time.time(), math.log(len(frames.names))
    print(f"{len(frames.names)} classes, {sum(p.numel() for p in network.parameters())} parameters", flush=True)
    for step in range(1, o.steps + 1):
        x, labels = frames.batch(random, o.batch, int(random.integers(100, 300)))
        margin = o.margin * min(1, step / (0.3 * o.steps))
        error = loss(network(x), centres, labels, margin)
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        schedule.step()
        mean += 0.01 * (float(error) - mean)
        if step % 500 == 0 or step == o.steps:
            network.eval()
            rates = " ".join(f"{r:.2f}" for r in equal_error(network, check)) if check else "-"
            network.train()
            print(f"step {step}, {time.time() - started:.0f} s: loss {mean:.3f}, EER of others {rates} %", flush=True)
    network.eval()
    network.write(o.out)


if __name__ == "__main__":
    main()
