"""Millions of standard normals a second that torch.randn writes into a batch, one thread: an answer for each line read.
For bench/noise.ts."""

import sys
import time

import torch

torch.set_num_threads(1)
batch = torch.empty(100, 784)
print(torch.__version__, flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    for _ in range(200):
        torch.randn(batch.shape, out=batch)
    print(200 * batch.numel() / (time.perf_counter() - start) / 1e6, flush=True)
