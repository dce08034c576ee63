"""PyTorch beside WebGPU on the same card, for bench/gpu: reads one JSON object a line (a case of bench/gpu/cases.ts,
with the images' shape as channels, height, width), answers with images or samples a second.

Training is the step of train.py; certification is Cohen et al.'s loop with counts that stay on the card, in inference
mode and channels-last order, in float32 without TensorFloat-32, as WebGPU computes; `tf32` allows that.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from maxup import worst
from nets import lenet, resnet

SIGMA = 0.25
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.backends.cudnn.benchmark = True


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()

        def convolution(inputs, outputs, size, stride):
            return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)]

        relu = nn.ReLU(inplace=True)
        self.body = nn.Sequential(
            *convolution(inputs, width, 1, 1), relu, *convolution(width, width, 3, stride), relu,
            *convolution(width, 4 * width, 1, 1),
        )
        plain = stride == 1 and inputs == 4 * width
        self.shortcut = nn.Identity() if plain else nn.Sequential(*convolution(inputs, 4 * width, 1, stride))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x), inplace=True)


def resnet50():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            layers.append(Bottleneck(inputs, 64 << stage, 2 if stage > 0 and block == 0 else 1))
            inputs = 4 * (64 << stage)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 10))


def lenet_for(shape):
    net = lenet()
    side = ((shape[1] - 4) // 2 - 4) // 2
    net[7] = nn.Linear(50 * side * side, 500)
    return net


def model_of(net, shape):
    torch.manual_seed(0)
    makers = {"lenet": lambda: lenet_for(shape), "resnet50": resnet50}
    model = makers[net]() if net in makers else resnet(int(net[6:]))
    return model.to(DEVICE, memory_format=torch.channels_last)


def finish():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def train(net, shape, batch, copies, steps):
    model = model_of(net, shape).train()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    data = torch.randint(0, 256, (batch, *shape), dtype=torch.uint8)
    labels = torch.randint(0, 10, (batch,)).to(DEVICE)

    def step():
        images = data.to(DEVICE).float().div_(255).contiguous(memory_format=torch.channels_last)
        if copies > 1:
            images = worst(model, images, labels, copies, SIGMA)
        else:
            images = images + SIGMA * torch.randn_like(images)
        loss = F.cross_entropy(model(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return batch * timed(step, steps)


def certify(net, shape, batch, samples):
    model = model_of(net, shape).eval()
    x = torch.full((1, *shape), 0.5, device=DEVICE).contiguous(memory_format=torch.channels_last)
    noise = torch.empty(batch, *shape, device=DEVICE).contiguous(memory_format=torch.channels_last)
    counts = torch.zeros(10, dtype=torch.long, device=DEVICE)

    def step():
        noise.normal_(0, SIGMA).add_(x)
        counts.add_(torch.bincount(model(noise).argmax(1), minlength=10))

    with torch.inference_mode():
        return batch * timed(step, max(1, samples // batch))


def timed(step, steps):
    """Steps a second, the first three left out."""
    for _ in range(3):
        step()
    finish()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    finish()
    return steps / (time.perf_counter() - start)


def measure(kind, net, shape, batch, tf32, copies=1, steps=1, samples=1, **_):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    if kind == "train":
        return train(net, shape, batch, copies, steps)
    return certify(net, shape, batch, samples)


card = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "the processor"
print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda, "on": card}), flush=True)
for line in sys.stdin:
    try:
        answer = {"perSecond": measure(**json.loads(line))}
    except RuntimeError as error:  # e.g. out of memory
        answer = {"error": str(error).splitlines()[0]}
    print(json.dumps(answer), flush=True)
