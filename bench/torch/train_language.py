"""Trains an AWD-LSTM in PyTorch from beginning to end, for bench/language-quality.ts: reads one JSON object a line with
the settings of `smoothcert train-lm` and files of the tokens (int32), and answers with validation and test perplexity.
"""

import copy
import json
import math
import random
import sys

import numpy
import torch
from torch.nn import functional as F

from awd_lstm import AwdLstm, penalised, word_factors


def streams(tokens, batch):
    """Columns that lie behind each other in the text."""
    length = len(tokens) // batch
    return tokens[: length * batch].view(batch, length).T.contiguous()


def mean_loss(model, tokens):
    """The mean cross-entropy of ten streams, in nats."""
    model.eval()
    text = streams(tokens, 10)
    states, total = model.start(10), 0.0
    with torch.no_grad():
        for i in range(0, len(text) - 1, 70):
            targets = text[i + 1 : i + 71]
            scores, _, _, states = model(text[i : i + len(targets)], states)
            total += F.cross_entropy(scores, targets.flatten(), reduction="sum").item()
    model.train()
    return total / ((len(text) - 1) * 10)


def lengths(total, bptt):
    """Pieces of an epoch: where each begins, and how long it is."""
    start = 0
    while start < total - 1:
        base = bptt if random.random() < 0.95 else bptt / 2
        length = min(max(5, int(random.gauss(base, 5))), total - 1 - start)
        yield start, length
        start += length


def train(files, vocabularySize, s):
    torch.manual_seed(s["seed"])
    random.seed(s["seed"])
    parts = [torch.from_numpy(numpy.fromfile(file, dtype=numpy.int32)).long() for file in files]
    text = streams(parts[0], s["batch"])
    rates = (s["dropoutInput"], s["dropoutHidden"], s["dropoutOutput"], s["weightDrop"])
    model = AwdLstm(vocabularySize, s["embedding"], s["hidden"], s["layers"], rates).train()
    weights = list(model.parameters())
    averages, averaged, losses, best = None, 0, [], (math.inf, None)
    for _ in range(s["epochs"]):
        states = model.start(s["batch"])
        before = losses[: max(0, len(losses) - 1 - s["patience"])]
        if averages is None and before and losses[-1] > min(before):
            averages = [torch.zeros_like(weight) for weight in weights]
        for start, length in lengths(len(text), s["bptt"]):
            tokens, targets = text[start : start + length], text[start + 1 : start + 1 + length]
            factors = word_factors(tokens, vocabularySize, s["dropoutEmbedding"])
            scores, outputs, dropped, states = model(tokens, states, factors)
            _, whole = penalised(scores, targets, outputs, dropped, s["alpha"], s["beta"])
            model.zero_grad()
            whole.backward()
            torch.nn.utils.clip_grad_norm_(weights, s["clip"])
            lr = s["lr"] * length / s["bptt"]
            with torch.no_grad():
                for weight in weights:
                    weight.mul_(1 - lr * s["weightDecay"]).sub_(lr * weight.grad)
                if averages is not None:
                    averaged += 1
                    for mean, weight in zip(averages, weights):
                        mean.add_((weight - mean) / averaged)
        measured = copy.deepcopy(model)
        if averages is not None:
            for weight, mean in zip(measured.parameters(), averages):
                weight.data.copy_(mean)
        losses.append(mean_loss(measured, parts[1]))
        if losses[-1] < best[0]:
            best = (losses[-1], measured)
    return {"valid": math.exp(best[0]), "test": math.exp(mean_loss(best[1], parts[2]))}


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    print(json.dumps(train(**json.loads(line))), flush=True)
