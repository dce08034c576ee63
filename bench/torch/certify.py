"""Cohen et al.'s sampling loop, for bench/certify.ts: reads one JSON object a line (net, onnx, variant, batch,
samples), answers with samples a second and counts.

The variant `default` is smoothing/core.py's `_sample_noise`, with its batch of 1000 in their scripts. `tuned` does the
same in channels-last order, in inference mode, with `bincount`, the batch size being the caller's. `frozen` is `tuned`
after torch.jit.freeze and optimize_for_inference, which fold batch norm into the convolutions.
"""

import json
import sys
import time

import numpy
import torch

from nets import SHAPES, with_weights

SIGMA = 0.5
CLASSES = 10
models = {}


def model_of(net, onnx, variant, batch):
    key = (onnx, variant, batch if variant == "frozen" else 0)
    if key in models:
        return models[key]
    model = with_weights(net, onnx)
    if variant != "default":
        model = model.to(memory_format=torch.channels_last)
    if variant == "frozen":
        example = torch.zeros(batch, *SHAPES[net]).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, example)))
    models[key] = model
    return model


def count_default(model, x, samples, batch_size):
    with torch.no_grad():
        counts = numpy.zeros(CLASSES, dtype=int)
        while samples > 0:
            this_batch_size = min(batch_size, samples)
            samples -= this_batch_size
            batch = x.repeat((this_batch_size, 1, 1, 1))
            noise = torch.randn_like(batch) * SIGMA
            predictions = model(batch + noise).argmax(1)
            for label in predictions.cpu().numpy():
                counts[label] += 1
        return counts


def count_tuned(model, x, samples, batch_size):
    with torch.inference_mode():
        counts = torch.zeros(CLASSES, dtype=torch.long)
        x = x.unsqueeze(0).contiguous(memory_format=torch.channels_last)
        noise = torch.empty(batch_size, *x.shape[1:]).contiguous(memory_format=torch.channels_last)
        while samples > 0:
            part = noise[: min(batch_size, samples)]
            samples -= len(part)
            part.normal_(0, SIGMA).add_(x)
            counts += torch.bincount(model(part).argmax(1), minlength=CLASSES)
        return counts.numpy()


def measure(net, onnx, variant, batch, samples):
    model = model_of(net, onnx, variant, batch)
    x = torch.full(SHAPES[net], 0.5)
    count = count_default if variant == "default" else count_tuned
    count(model, x, batch, batch)
    start = time.perf_counter()
    counts = count(model, x, samples, batch)
    return {"samplesPerSecond": samples / (time.perf_counter() - start), "counts": counts.tolist()}


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    print(json.dumps(measure(**json.loads(line))), flush=True)
