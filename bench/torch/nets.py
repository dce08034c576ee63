"""The networks of the benches in PyTorch, with the weights of an ONNX file that smoothcert exported."""

import numpy
import torch
from torch import nn
from torch.nn import functional as F

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
    return resnet(20)


def resnet(depth):
    """The ResNets of He et al. for CIFAR, with projections for shortcuts; depth 6n + 2."""
    blocks, inputs = [], 16
    for outputs in (16, 32, 64):
        for i in range((depth - 2) // 6):
            blocks.append(Block(inputs, outputs, 2 if outputs > 16 and i == 0 else 1))
            inputs = outputs
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def with_weights(net, path):
    """A network in evaluation mode with the weights of smoothcert's ONNX export of it."""
    import onnx  # Here alone: the nets themselves need PyTorch and nothing else.
    from onnx import numpy_helper

    tensors = onnx.load(path).graph.initializer
    weights = {each.name: torch.from_numpy(numpy.array(numpy_helper.to_array(each))) for each in tensors}
    model = {"lenet": lenet, "resnet20": resnet20}[net]()
    with torch.no_grad():
        (load_lenet if net == "lenet" else load_resnet20)(model, weights)
    return model.eval()


def load_lenet(model, weights):
    for place, name in ((0, "conv1"), (3, "conv2")):
        model[place].weight.copy_(weights[f"{name}/weight"])
        model[place].bias.copy_(weights[f"{name}/bias"])
    # smoothcert flattens height, width, channels; PyTorch channels first.
    hidden = weights["hidden/weight"].reshape(4, 4, 50, 500).permute(3, 2, 0, 1).reshape(500, 800)
    model[7].weight.copy_(hidden)
    model[7].bias.copy_(weights["hidden/bias"])
    model[9].weight.copy_(weights["logits/weight"].T)
    model[9].bias.copy_(weights["logits/bias"])


def load_resnet20(model, weights):
    """The export has batch norm folded into the convolutions; here the norms stay, as in training code, and do what is
    left: add the bias."""

    def load(convolution, norm, name):
        convolution.weight.copy_(weights[f"{name}/weight"])
        norm.bias.copy_(weights[f"{name}/bias"])
        norm.running_var.fill_(1 - norm.eps)

    load(model[0], model[1], "stem_conv")
    for i in range(9):
        block, name = model[3 + i], f"stage{i // 3 + 1}_block{i % 3 + 1}"
        load(block.a, block.norm_a, f"{name}_a_conv")
        load(block.b, block.norm_b, f"{name}_b_conv")
        if block.shortcut is not None:
            load(block.shortcut[0], block.shortcut[1], f"{name}_shortcut_conv")
    model[-1].weight.copy_(weights["logits/weight"].T)
    model[-1].bias.copy_(weights["logits/bias"])
