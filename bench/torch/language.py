"""Training steps of an AWD-LSTM in PyTorch, for bench/language.ts: reads one JSON object a line (vocabulary, embedding,
hidden, layers, batch, bptt, copies, steps), answers with tokens a second.

A step is what the AWD-LSTM of Merity et al. (2017) does: embedding dropout, locked dropout, nn.LSTM with dropped
recurrent weights, tied weights, activation regularisation, clipping, SGD with weight decay. With copies > 1 it is
MaxUp: the copies, which differ in their embedding dropout, are scored in evaluation mode without gradients, and the
worst copy of each sequence is learned from.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

WORDS, INPUT, HIDDEN, OUTPUT, WEIGHTS = 0.1, 0.4, 0.25, 0.4, 0.5
ALPHA, BETA = 2, 1


def locked(x, rate):
    """Dropout by the same mask at all time steps."""
    return x * F.dropout(torch.ones(1, *x.shape[1:]), rate)


class AwdLstm(nn.Module):
    def __init__(self, vocabulary, embedding, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.embedding.weight.data.uniform_(-0.1, 0.1)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        sizes = [embedding] + [hidden] * (layers - 1) + [embedding]
        self.layers = nn.ModuleList(nn.LSTM(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, tokens, factors, states):
        """Losses' ingredients: scores, outputs before and after dropout, states."""
        x = self.embedding(tokens) * factors.unsqueeze(2)
        x = locked(x, INPUT) if self.training else x
        after = []
        for i, (layer, state) in enumerate(zip(self.layers, states)):
            if self.training:
                dropped = F.dropout(layer.weight_hh_l0, WEIGHTS)
                outputs, state = functional_call(layer, {"weight_hh_l0": dropped}, (x, state))
            else:
                outputs, state = layer(x, state)
            after.append(tuple(each.detach() for each in state))
            rate = OUTPUT if i == len(self.layers) - 1 else HIDDEN
            x = locked(outputs, rate) if self.training else outputs
        return F.linear(x.flatten(0, 1), self.embedding.weight, self.bias), outputs, x, after


def word_factors(tokens, vocabulary):
    """Embedding dropout: what each token is multiplied by, by its sequence and word."""
    batch = tokens.shape[1]
    kept = F.dropout(torch.ones(vocabulary, batch), WORDS)
    return kept[tokens, torch.arange(batch)]


def worst(model, tokens, targets, states, vocabulary, copies):
    """The embedding dropout of each sequence with the largest loss."""
    model.eval()
    with torch.no_grad():
        drawn = torch.stack([word_factors(tokens, vocabulary) for _ in range(copies)])
        losses = []
        for factors in drawn:
            scores, *_ = model(tokens, factors, states)
            losses.append(F.cross_entropy(scores, targets.flatten(), reduction="none").view(targets.shape).mean(0))
        chosen = torch.stack(losses).argmax(0)
    model.train()
    return drawn[chosen, :, torch.arange(len(chosen))].T


def measure(vocabulary, embedding, hidden, layers, batch, bptt, copies, steps):
    torch.manual_seed(0)
    model = AwdLstm(vocabulary, embedding, hidden, layers).train()
    optimiser = torch.optim.SGD(model.parameters(), lr=1, weight_decay=1.2e-6)
    text = torch.randint(0, vocabulary, (bptt * (steps + 2) + 1, batch))
    sizes = [layer.hidden_size for layer in model.layers]
    states = [(torch.zeros(1, batch, size), torch.zeros(1, batch, size)) for size in sizes]

    def step(i, states):
        tokens, targets = text[i * bptt : (i + 1) * bptt], text[i * bptt + 1 : (i + 1) * bptt + 1]
        if copies > 1:
            factors = worst(model, tokens, targets, states, vocabulary, copies)
        else:
            factors = word_factors(tokens, vocabulary)
        scores, outputs, dropped, states = model(tokens, factors, states)
        loss = F.cross_entropy(scores, targets.flatten())
        penalty = ALPHA * dropped.square().mean() + BETA * (outputs[1:] - outputs[:-1]).square().mean()
        optimiser.zero_grad()
        (loss + penalty).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimiser.step()
        loss.item()
        return states

    for i in range(2):
        states = step(i, states)
    start = time.perf_counter()
    for i in range(steps):
        states = step(i + 2, states)
    return batch * bptt * steps / (time.perf_counter() - start)


print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    print(json.dumps({"tokensPerSecond": measure(**json.loads(line))}), flush=True)
