"""The package as a user calls it, on a small PyTorch module; the verifier is the judge."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import smoothcert
from smoothcert.command import flags
from smoothcert.verify import canonical, sha256

GUIDE = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    torch = pytest.importorskip("torch")
    try:
        smoothcert.command.find_command()
    except smoothcert.SmoothcertError as error:
        pytest.skip(str(error))
    torch.manual_seed(0)
    nn, images = torch.nn, np.random.default_rng(0).integers(0, 256, (4, 2, 6, 7), np.uint8)
    module = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Dropout(), nn.Flatten(), nn.Linear(80, 3))
    out = tmp_path_factory.mktemp("certified")
    rows = smoothcert.certify(module, images, torch.tensor([0, 1, 1, 0]), sigma=0.25, n=300, n0=20, out=out)
    assert module.training, "the module's mode is the caller's"
    return out, rows


def verify(out, *more):
    words = ["-m", "smoothcert.verify", out / "certify.tsv", "--model", out / "model.onnx", "--data", out / "data.npz"]
    return subprocess.run([sys.executable, *words, *more], capture_output=True, text=True)


def test_one_call_certifies_a_module(certified):
    out, rows = certified
    header = rows.attrs["header"]
    assert (header["n"], header["n0"], header["sigma"]) == (300, 20, 0.25)
    assert header["data"]["shape"] == [6, 7, 2]
    assert rows["idx"].tolist() == [0, 1, 2, 3] and rows["label"].tolist() == [0, 1, 1, 0]
    assert header["data"]["classes"] == ["0", "1", "2"], "the last is the model's alone"
    assert (rows["n"] == 300).all() and (rows["radius"] >= 0).all()
    texts = [line.split("\t")[3] for line in (out / "certify.tsv").read_text().splitlines()[1:]]
    assert rows["radius"].tolist() == list(map(float, texts))


def test_the_verifier_agrees(certified):
    found = verify(certified[0])
    assert "4 rows checked, the votes of 4 drawn again; rows not as logged: 0." in found.stdout, found.stderr
    assert found.returncode == 0


def test_the_verifier_refuses_another_model_and_other_data(certified, tmp_path):
    out, _ = certified
    (tmp_path / "model.onnx").write_bytes((out / "model.onnx").read_bytes() + b"\x00")
    assert "not the model of the log" in verify(out, "--model", tmp_path / "model.onnx").stderr
    arrays = dict(np.load(out / "data.npz"))
    arrays["x_test"][0, 0, 0, 0] ^= 1
    np.savez(tmp_path / "data.npz", **arrays)
    found = verify(out, "--data", tmp_path / "data.npz")
    assert "not the data of the log" in found.stderr and found.returncode == 1


def test_a_log_is_drawn(certified, tmp_path):
    figure = smoothcert.plot(certified[1])
    assert figure._repr_svg_().startswith("<svg")
    figure.save(tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text() == figure.svg


def test_the_verifier_has_the_length_that_the_guide_says():
    assert f"in {len(Path(smoothcert.verify.__file__).read_text('utf8').splitlines())} lines" in GUIDE.read_text("utf8")


def test_the_guide_s_example_runs(certified):
    example = re.search(r"```python\n(.*?)```", GUIDE.read_text("utf8"), re.DOTALL)[1]
    arrays = np.load(certified[0] / "data.npz")
    known = {"model": certified[0] / "model.onnx", "images": arrays["x_test"], "labels": arrays["y_test"]}
    exec(example, known)
    assert len(known["rows"]) == 4 and (known["rows"]["n"] == 10_000).all()


def test_errors_are_those_of_the_command(certified):
    with pytest.raises(smoothcert.SmoothcertError, match="sigma"):
        smoothcert.certify(certified[0] / "model.onnx", np.zeros((1, 6, 7, 2), np.uint8), [0], sigma=-1)


def test_options_are_those_of_the_command():
    options = {"batch_size": 32, "mean": (0.5, 0.25), "simultaneous": True, "stop": None, "json": False}
    assert flags(options) == ["--batch-size", "32", "--mean", "0.5,0.25", "--simultaneous"]


def test_a_log_of_cohen_s_has_no_header(tmp_path):
    (tmp_path / "log").write_text("idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.5\t1\t0:00:01\n")
    rows = smoothcert.read_log(tmp_path / "log")
    assert rows["radius"].tolist() == [0.5] and rows.attrs["header"] is None


# RFC 8785, appendix B, and the string of section 3.2.2.
def test_json_is_canonical():
    numbers = {"1e23": "1e+23", "9.999999999999997e22": "9.999999999999997e+22", "1e-7": "1e-7", "0.000001": "0.000001"}
    numbers |= {"333333333.33333329": "333333333.3333333", "2.5e-10": "2.5e-10", "1e-05": "0.00001", "4.5": "4.5"}
    for text, written in numbers.items():
        assert canonical(json.loads(text)) == written
    assert canonical({"b": [1, True, None], "a": 'é\n"'}) == '{"a":"é\\n\\"","b":[1,true,null]}'
    assert sha256("a", b"b") == hashlib.sha256(b"ab").hexdigest()
