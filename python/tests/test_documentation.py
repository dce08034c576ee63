"""The blocks of Python in the guides that the other tests leave out, executed as they stand there."""

import re
from pathlib import Path

import numpy as np
import pytest

import smoothcert

ROOT = Path(__file__).parents[2]


def blocks(document):
    return re.findall(r"```python\n(.*?)```", (ROOT / document).read_text("utf8"), re.DOTALL)


def test_the_readme_s_example():
    torch = pytest.importorskip("torch")
    try:
        smoothcert.command.find_command()
    except smoothcert.SmoothcertError as error:
        pytest.skip(str(error))
    (example,) = blocks("python/README.md")
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 6, 7), np.uint8)
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(42, 3))
    known = {"model": module, "images": images, "labels": [0, 1]}
    exec(example, known)
    assert (known["rows"]["n"] == 10_000).all()


def test_the_export_of_a_module(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    onnxruntime = pytest.importorskip("onnxruntime")
    (example,) = [block for block in blocks("docs/models.md") if "torch.onnx.export" in block]
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(), torch.nn.Linear(784, 10))
    monkeypatch.chdir(tmp_path)
    exec(example, {"model": module, "torch": torch})
    images = np.random.default_rng(0).random((3, 1, 28, 28), np.float32)
    (scores,) = onnxruntime.InferenceSession(tmp_path / "mnist.onnx").run(["logits"], {"input": images})
    assert np.allclose(scores, module(torch.tensor(images)).detach().numpy(), atol=1e-5)


def test_the_export_of_scikit_learn_s_classifier(tmp_path, monkeypatch):
    pytest.importorskip("skl2onnx")
    linear_model = pytest.importorskip("sklearn.linear_model")
    (example,) = [block for block in blocks("docs/models.md") if "skl2onnx" in block]
    inputs = np.random.default_rng(0).random((30, 4))
    monkeypatch.chdir(tmp_path)
    exec(example, {"model": linear_model.LogisticRegression().fit(inputs, np.arange(30) % 3), "X": inputs})
    assert (tmp_path / "iris.onnx").stat().st_size > 0


def test_the_export_of_a_keras_model(tmp_path, monkeypatch):
    keras = pytest.importorskip("keras")
    (example,) = [block for block in blocks("docs/models.md") if "model.export" in block]
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    monkeypatch.chdir(tmp_path)
    exec(example, {"model": model})
    assert (tmp_path / "keras.onnx").stat().st_size > 0
