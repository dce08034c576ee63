"""certify(): one call from a model and arrays to a table."""

import os
import tempfile
from pathlib import Path

import numpy as np

from .command import flags, run
from .export import export, is_module
from .log import read_log


def certify(model, images, labels, *, sigma, out=None, **options):
    """Certifies a classifier on images and returns the log as a pandas DataFrame, one row for each image.

    model: a torch.nn.Module, or the path of an ONNX file.
    images: bytes (uint8) or floats in [0, 1], as an array or a tensor. [N, H, W], or [N, C, H, W] for a module and
        [N, H, W, C] for an ONNX file. Bytes are certified exactly, floats up to the caveat of docs/noise.md.
    labels: [N], the classes of the model, integers that count from 0.
    sigma: standard deviation of the noise, for pixels in [0, 1].
    out: a folder for what is certified (model.onnx, data.npz) and the log (certify.tsv, certify.json); by default a new
        one in the folder for temporary files. After an interrupt, the same call with the same `out` resumes.
    options: those of `smoothcert certify`, with _ for -: n=10_000, n0=100, alpha=0.001, stop="radii:0.25,0.5", mean=...

    The DataFrame's `attrs` hold the path of the log and the header. Raises SmoothcertError with what the command said.
    """
    folder = Path(tempfile.mkdtemp(prefix="smoothcert-") if out is None else out)
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = as_array(images), as_array(labels)
    if is_module(model):
        images = images[:, None] if images.ndim == 3 else images
        path = folder / "model.onnx"
        export(model, images.shape[1:], path)
        images = np.ascontiguousarray(np.moveaxis(images, 1, -1))
    else:
        path = Path(os.fspath(model))
    np.savez(folder / "data.npz", x_test=images, y_test=labels)
    log = folder / "certify.tsv"
    # The images may lack the model's last classes, so that the labels alone don't tell how many there are.
    classes = {"labels": list(range(int(labels.max(initial=0)) + 1))}
    data = ["--data", f"npz:{folder / 'data.npz'}"]
    run("certify", path, *data, *flags({"sigma": sigma, **classes, **options}), "--out", log)
    return read_log(log)


def as_array(values):
    """A tensor or a sequence as a NumPy array."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
