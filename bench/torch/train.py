"""Training steps of PyTorch, for bench/training.ts: reads one JSON object a line (net, layout, batch, copies, steps),
answers with images a second.

One step is what Cohen et al.'s train.py does: a batch of byte images to floats, Gaussian noise, forward, cross-entropy,
backward, SGD with momentum and weight decay. With copies > 1 it is MaxUp: the copies are scored in evaluation mode
without gradients, and the worst copy of each image is learned from.
"""

import json
import sys
import time

import torch
from torch.nn import functional as F

from maxup import worst
from nets import SHAPES, lenet, resnet20

SIGMA = 0.25


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
            images = worst(model, images, labels, copies, SIGMA)
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
