"""Cohen et al.'s sampling loop, for bench/certify.ts: reads one JSON object a line (net, onnx, variant, batch,
samples), answers with samples a second and counts.

The variant `default` is smoothing/core.py's `_sample_noise`, with its batch of 1000 in their scripts. `tuned` does the
same in channels-last order, in inference mode, with `bincount`, the batch size being the caller's. `frozen` is `tuned`
after torch.jit.freeze and optimize_for_inference, which fold batch norm into the convolutions; `compiled` is `tuned`
after torch.compile, and `compiled and frozen` the same with inductor's freezing, which takes weights for constants.
`OpenVINO` is `tuned` with the ONNX file in OpenVINO, whether of floats or of int8, and `OpenVINO float32` the same in
single precision: by itself it computes floats in bfloat16 where the processor does.
"""

import json
import sys
import time

import numpy
import openvino
import torch

from nets import SHAPES, with_weights

SIGMA = 0.5
CLASSES = 10
models = {}


def traced(model, example):
    with torch.inference_mode():
        return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, example)))


def in_openvino(onnx, batch, precision):
    """Scores of a whole batch."""
    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "PERFORMANCE_HINT": "LATENCY"})
    core.set_property("CPU", precision)
    model = core.read_model(onnx)
    model.reshape([batch, *model.input().partial_shape[1:]])
    request = core.compile_model(model, "CPU").create_infer_request()
    return lambda x: torch.from_numpy(request.infer([x.numpy()])[0])


def model_of(net, onnx, variant, batch):
    key = (onnx, variant, batch if variant == "frozen" or variant.startswith("OpenVINO") else 0)
    if key not in models:
        models[key] = build(net, onnx, variant, batch)
    return models[key]


def build(net, onnx, variant, batch):
    if variant.startswith("OpenVINO"):
        return in_openvino(onnx, batch, {"INFERENCE_PRECISION_HINT": "f32"} if variant.endswith("float32") else {})
    model = with_weights(net, onnx)
    if variant == "default":
        return model
    model = model.to(memory_format=torch.channels_last)
    if variant == "frozen":
        return traced(model, torch.zeros(batch, *SHAPES[net]).contiguous(memory_format=torch.channels_last))
    if variant.startswith("compiled"):
        return torch.compile(model, options={"freezing": variant == "compiled and frozen"})
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


def count_tuned(model, x, samples, batch_size, layout):
    """Takes a multiple of the batch size for samples."""
    with torch.inference_mode():
        counts = torch.zeros(CLASSES, dtype=torch.long)
        x = x.unsqueeze(0).contiguous(memory_format=layout)
        noise = torch.empty(batch_size, *x.shape[1:]).contiguous(memory_format=layout)
        for _ in range(samples // batch_size):
            noise.normal_(0, SIGMA).add_(x)
            counts += torch.bincount(model(noise).argmax(1), minlength=CLASSES)
        return counts.numpy()


def measure(net, onnx, variant, batch, samples):
    model = model_of(net, onnx, variant, batch)
    x = torch.full(SHAPES[net], 0.5)
    layout = torch.contiguous_format if variant.startswith("OpenVINO") else torch.channels_last
    samples = (samples + batch - 1) // batch * batch

    def count(samples):
        if variant == "default":
            return count_default(model, x, samples, batch)
        return count_tuned(model, x, samples, batch, layout)

    count(batch)
    start = time.perf_counter()
    counts = count(samples)
    return {"samplesPerSecond": samples / (time.perf_counter() - start), "counts": counts.tolist()}


versions = {"torch": torch.__version__, "openvino": openvino.__version__}
print(json.dumps({**versions, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    print(json.dumps(measure(**json.loads(line))), flush=True)
