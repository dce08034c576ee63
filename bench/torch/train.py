"""Training steps of PyTorch, for bench/training.ts: reads one JSON object a line (net, layout, batch, copies, steps), answers with images a second.

One step is what Cohen et al.'s train.py does: a batch of byte images to floats, Gaussian noise, forward, cross-entropy, backward, SGD with momentum and
weight decay. With copies > 1 it is MaxUp: the copies are scored in evaluation mode without gradients, and the worst copy of each image is learned from.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

SIGMA = 0.25
SHAPES = {"lenet": (1, 28, 28), "resnet20": (3, 32, 32)}


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10),
    )


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.a, self.norm_a = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.b, self.norm_b = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.shortcut = None
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.norm_a(self.a(x)), inplace=True)
        y = self.norm_b(self.b(y))
        return F.relu(y + (x if self.shortcut is None else self.shortcut(x)), inplace=True)


def resnet20():
    blocks, inputs = [], 16
    for outputs in (16, 32, 64):
        for i in range(3):
            blocks.append(Block(inputs, outputs, 2 if outputs > 16 and i == 0 else 1))
            inputs = outputs
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def worst(model, images, labels, copies):
    """The copy of each image with the largest loss."""
    model.eval()
    with torch.no_grad():
        noisy = images.repeat_interleave(copies, 0)
        noisy = noisy + SIGMA * torch.randn_like(noisy)
        losses = F.cross_entropy(model(noisy), labels.repeat_interleave(copies), reduction="none").view(-1, copies)
        rows = torch.arange(len(labels)) * copies + losses.argmax(1)
    model.train()
    return noisy[rows]


def measure(net, layout, batch, copies, steps):
    torch.manual_seed(0)
    model = {"lenet": lenet, "resnet20": resnet20}[net]()
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = model.to(memory_format=memory).train()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    data = torch.randint(0, 256, (batch, *SHAPES[net]), dtype=torch.uint8)
    labels = torch.randint(0, 10, (batch,))

    def step():
        images = data.float().div_(255).contiguous(memory_format=memory)
        if copies > 1:
            images = worst(model, images, labels, copies)
        else:
            images = images + SIGMA * torch.randn_like(images)
        loss = F.cross_entropy(model(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    for _ in range(2):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return batch * steps / (time.perf_counter() - start)


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    print(json.dumps({"imagesPerSecond": measure(**json.loads(line))}), flush=True)
