"""From a PyTorch module to an ONNX file."""

import sys
import warnings


def is_module(model):
    """Whether the model is a torch.nn.Module; torch is not imported for it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def export(module, shape, path):
    """Writes a module as it computes in evaluation mode, for batches of any size. `shape` is that of one image."""
    import torch

    training = module.training
    device = next((tensor.device for tensor in module.parameters()), "cpu")
    module.eval()
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", DeprecationWarning)
            torch.onnx.export(
                module,
                torch.zeros(1, *shape, device=device),
                path,
                dynamo=False,
                input_names=["input"],
                output_names=["scores"],
                dynamic_axes={"input": {0: "batch"}, "scores": {0: "batch"}},
            )
    finally:
        module.train(training)
