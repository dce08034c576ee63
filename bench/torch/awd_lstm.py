"""The AWD-LSTM of Merity et al. (2017) in PyTorch, for the benches of language models: embedding dropout by sequence,
locked dropout, nn.LSTM with dropped recurrent weights, tied weights.
"""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F


def locked(x, rate):
    """Dropout by the same mask at all time steps."""
    return x * F.dropout(torch.ones(1, *x.shape[1:]), rate)


def word_factors(tokens, vocabulary, rate):
    """Embedding dropout: what each token is multiplied by, by its sequence and word."""
    batch = tokens.shape[1]
    kept = F.dropout(torch.ones(vocabulary, batch), rate)
    return kept[tokens, torch.arange(batch)]


class AwdLstm(nn.Module):
    """rates: of dropout of the input, between layers, of the output and of recurrent weights."""

    def __init__(self, vocabulary, embedding, hidden, layers, rates):
        super().__init__()
        self.rates = rates
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.embedding.weight.data.uniform_(-0.1, 0.1)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        sizes = [embedding] + [hidden] * (layers - 1) + [embedding]
        self.layers = nn.ModuleList(nn.LSTM(a, b) for a, b in zip(sizes, sizes[1:]))

    def start(self, batch):
        """Where a text begins."""
        sizes = [layer.hidden_size for layer in self.layers]
        return [(torch.zeros(1, batch, size), torch.zeros(1, batch, size)) for size in sizes]

    def forward(self, tokens, states, factors=None):
        """Scores, outputs before and after dropout, states."""
        inside, between, outside, weights = self.rates
        x = self.embedding(tokens)
        if factors is not None:
            x = x * factors.unsqueeze(2)
        x = locked(x, inside) if self.training else x
        after = []
        for i, (layer, state) in enumerate(zip(self.layers, states)):
            if self.training:
                dropped = F.dropout(layer.weight_hh_l0, weights)
                outputs, state = functional_call(layer, {"weight_hh_l0": dropped}, (x, state))
            else:
                outputs, state = layer(x, state)
            after.append(tuple(each.detach() for each in state))
            rate = outside if i == len(self.layers) - 1 else between
            x = locked(outputs, rate) if self.training else outputs
        return F.linear(x.flatten(0, 1), self.embedding.weight, self.bias), outputs, x, after


def penalised(scores, targets, outputs, dropped, alpha, beta):
    """Mean cross-entropy, and what is minimised: that with activation regularisation."""
    loss = F.cross_entropy(scores, targets.flatten())
    change = (outputs[1:] - outputs[:-1]).square().mean() if len(outputs) > 1 else 0
    return loss, loss + alpha * dropped.square().mean() + beta * change
