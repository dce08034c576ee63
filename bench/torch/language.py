"""Training steps of an AWD-LSTM in PyTorch, for bench/language.ts: reads one JSON object a line (vocabulary, embedding,
hidden, layers, batch, bptt, copies, steps), answers with tokens a second.

A step has all of what ours has: dropout of all kinds, penalties, clipping, SGD with weight decay. With copies > 1 it is
MaxUp: the copies, which differ in their embedding dropout, are scored in evaluation mode without gradients, and the
worst copy of each sequence is learned from.
"""

import json
import sys
import time

import torch
from torch.nn import functional as F

from awd_lstm import AwdLstm, penalised, word_factors

WORDS, RATES = 0.1, (0.4, 0.25, 0.4, 0.5)
ALPHA, BETA = 2, 1


def worst(model, tokens, targets, states, vocabulary, copies):
    """The embedding dropout of each sequence with the largest loss."""
    model.eval()
    with torch.no_grad():
        drawn = torch.stack([word_factors(tokens, vocabulary, WORDS) for _ in range(copies)])
        losses = []
        for factors in drawn:
            scores, *_ = model(tokens, states, factors)
            losses.append(F.cross_entropy(scores, targets.flatten(), reduction="none").view(targets.shape).mean(0))
        chosen = torch.stack(losses).argmax(0)
    model.train()
    return drawn[chosen, :, torch.arange(len(chosen))].T


def measure(vocabulary, embedding, hidden, layers, batch, bptt, copies, steps):
    torch.manual_seed(0)
    model = AwdLstm(vocabulary, embedding, hidden, layers, RATES).train()
    optimiser = torch.optim.SGD(model.parameters(), lr=1, weight_decay=1.2e-6)
    text = torch.randint(0, vocabulary, (bptt * (steps + 2) + 1, batch))

    def step(i, states):
        tokens, targets = text[i * bptt : (i + 1) * bptt], text[i * bptt + 1 : (i + 1) * bptt + 1]
        if copies > 1:
            factors = worst(model, tokens, targets, states, vocabulary, copies)
        else:
            factors = word_factors(tokens, vocabulary, WORDS)
        scores, outputs, dropped, states = model(tokens, states, factors)
        loss, whole = penalised(scores, targets, outputs, dropped, ALPHA, BETA)
        optimiser.zero_grad()
        whole.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimiser.step()
        loss.item()
        return states

    states = model.start(batch)
    for i in range(2):
        states = step(i, states)
    start = time.perf_counter()
    for i in range(steps):
        states = step(i + 2, states)
    return batch * bptt * steps / (time.perf_counter() - start)


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    print(json.dumps({"tokensPerSecond": measure(**json.loads(line))}), flush=True)
