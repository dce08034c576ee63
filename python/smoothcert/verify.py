"""python -m smoothcert.verify LOG --model MODEL --data DATA --rows K

Verifies a certification log, independently of smoothcert's code: from docs/log-format.md, noise.md and soundness.md.
Checks every row (checksum, order, votes, class, bounds, radius), and draws the votes of K rows again. Covered: noise on
bytes, the bounds clopper-pearson and union; not whether a rule (`stop`) ended an image where it should have.
"""

import argparse
import functools
import gzip
import hashlib
import json
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
from mpmath import iv, mp

# The noise (docs/noise.md)
SELECTION, ESTIMATION, FURTHER_BITS = 0, 1, 2**31  # streams
u64 = np.uint64
mp.prec = iv.prec = 200


def philox(seed, *counter):
    """Philox4x32-10 (Salmon et al. 2011): four arrays of 32-bit words for four arrays of counter words."""
    (c0, c1, c2, c3), k0, k1, up, word = map(u64, counter), seed % 2**32, seed >> 32, u64(32), u64(2**32 - 1)
    for _ in range(10):
        first, second = c0 * u64(0xD2511F53), c2 * u64(0xCD9E8D57)
        c0, c1, c2, c3 = second >> up ^ c1 ^ u64(k0), second & word, first >> up ^ c3 ^ u64(k1), first & word
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return np.broadcast_arrays(c0, c1, c2, c3)


class GridNoise:
    """Integer noise J with P[J <= j] = Phi((2j+1)/(510 sigma)), on bytes."""

    def __init__(self, sigma):
        kappa = max(1, math.floor(6 * sigma))
        self.reach = 255 * (kappa + 1)
        steps = [mp.ncdf((2 * j + 1) / (510 * mp.mpf(sigma))) for j in range(-self.reach, self.reach)]
        self.thresholds = u64([min(int(p * 2**64), 2**64 - 1) for p in steps])
        first = u64(range(2**16)) << u64(48)  # of the 2^48 uniform numbers that begin with the same 16 bits
        self.least = self.level(first)
        self.undecided = self.level(first | u64(2**48 - 1)) != self.least
        levels = np.arange(-self.reach, self.reach + 256).clip(-255 * kappa, 255 * kappa + 255)
        self.floats = (levels / 255).astype(np.float32)

    def level(self, uniform):
        """J for a 64-bit uniform number: J <= j where the number is below 2^64 P[J <= j]."""
        return np.searchsorted(self.thresholds, uniform, side="right") - self.reach

    def copies(self, image, seed, stream, example, samples):
        """A noisy copy, float32 [len(samples), d], of the image's bytes [d] for each sample."""
        words = philox(seed, range((image.size + 7) // 8), samples[:, None], example, stream)
        halves = np.stack([half for word in words for half in (word & u64(0xFFFF), word >> u64(16))], axis=-1)
        cells = halves.reshape(len(samples), -1)[:, : image.size]
        levels = self.least[cells]
        copy, coordinate = np.nonzero(self.undecided[cells])
        w0, w1, _, _ = philox(seed, coordinate, samples[copy], example, stream + FURTHER_BITS)
        uniform = cells[copy, coordinate] << u64(48) | w0 << u64(16) | w1 >> u64(16)
        levels[copy, coordinate] = self.level(uniform)
        return self.floats[image + levels + self.reach]


# Bounds and radii (docs/soundness.md), as intervals that are proved to contain the exact values
GAP = mp.mpf(2) ** -90


def root(function, level, low):
    """Encloses the x at which function(context, x) is `level`, above what it is at `low`; context is mp or iv.

    A function gives a value that lacks the end of a series, its slope, and what that end is at most. Newton's method on
    the logarithm, which is concave, then a proof on either side by interval arithmetic.
    """
    x, step = low, mp.mpf(1)
    while abs(step) > mp.mpf(2) ** -60:
        value, slope, _ = function(mp, x)
        step = mp.log(level / value) * value / slope
        x += step
    (below, _, rest), (above, _, _) = function(iv, x - GAP), function(iv, x + GAP)
    require((below + rest).b <= level <= above.a, f"no proof that {level} is reached at {x}")
    return iv.mpf([x - GAP, x + GAP])


def normal_cdf(context, x):
    """Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...) for x >= 0."""
    term = total = y = context.mpf(x)
    for k in range(3, 2 * int(x * x) + 240, 2):  # from 2 x^2 on, each term is at most half of the one before
        term = term * y * y / k
        total += term
    slope = context.exp(-y * y / 2) / context.sqrt(2 * context.pi)
    return 0.5 + slope * total, slope, slope * term


def quantile(p):
    """Encloses Phi^-1 of an interval."""
    ends = [(1, mp.mpf(end)) if end >= 0.5 else (-1, 1 - mp.mpf(end)) for end in (p.a, p.b)]
    low, high = (sign * root(normal_cdf, end, mp.mpf(0)) for sign, end in ends)
    return iv.mpf([low.a, high.b])


def upper_tail(k, n, context, p):
    """P[Bin(n, p) >= k] for p below k/n, where the terms fall."""
    p = context.mpf(p)
    first = term = total = math.comb(n, k) * p**k * (1 - p) ** (n - k)
    for i in range(k, n):
        term *= p / (1 - p) * (n - i) / (i + 1)
        total += term
        if i > n * p * 1.01 + 100 and term < total * 2.0**-110:  # from here on the terms fall by 1% or more
            return total, k * first / p, 100 * term
    return total, k * first / p, 0


@functools.cache
def lower_bound(k, n, level):
    """Encloses Clopper and Pearson's bound at `level` on a probability, after k votes in n samples."""
    low = level * k / n / 2  # where the tail is below the level, by Markov's inequality
    return root(functools.partial(upper_tail, k, n), level, low) if k else iv.mpf(0)


def looks(n):
    """The numbers of samples at which a run that stops may end, the last first."""
    return [n] + (looks(n * 5 // 6) if n * 5 // 6 >= 16 else [])


def proved(row, header, classes):
    """Encloses pA and pB (the bound on the probability of every other class), and gives the radius, rounded down."""
    n, top, counts, distance = row["n"], row["selected"], row["counts"], header["noiseDistance"]
    multi, same = header["bound"] == "multi-class", header["n0"] == 0
    level = mp.mpf(header["alpha"]) / ((classes if multi or same else 1) * (2 if multi and same else 1))
    if header["interval"] == "union":
        level *= 0.25 if n == header["n"] else 0.75 * (1 - 1e-12) / (len(looks(header["n"])) - 1)
    pA = lower_bound(counts[top], n, level) - distance
    pB = 1 - pA
    if multi:
        second = max(counts[label] for label in range(classes) if label != top)
        pB = min(pB, 1 - lower_bound(n - second, n, level) + distance, key=lambda p: p.b)
    return pA, pB, down(iv.mpf(header["sigma"]) / 2 * (quantile(pA) - quantile(pB)) if pA.a > pB.b else iv.mpf(0))


def down(x):
    """The largest double that is at most the lower end of an interval."""
    exact, near = mp.mpf(x.a), float(mp.mpf(x.a))
    return near if near <= exact else math.nextafter(near, -math.inf)


# The log and its hashes (docs/log-format.md)
def canonical(value, order=sorted):
    """Canonical JSON (RFC 8785): keys in order, numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key], order)}" for key in order(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if not isinstance(value, float):
        return json.dumps(value, ensure_ascii=False)
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return np.format_float_positional(value, trim="-")
    return repr(value).replace("e-0", "e-")


def sha256(*parts):
    return hashlib.sha256(b"".join(part.encode() if isinstance(part, str) else part for part in parts)).hexdigest()


def read_row(names, line, identity):
    """A row with the right checksum; `selected` is the class with the most votes, the first of several."""
    row = dict(zip(names, line.split("\t"), strict=True))
    require(row["check"] == sha256(identity, "\n", line[:-17])[:16], f"idx {row['idx']}: the checksum is another")
    row |= {name: int(row[name]) for name in ("idx", "label", "predict", "correct", "nA", "n")}
    row |= {name: float(row[name] or "nan") for name in ("radius", "pALower", "pBUpper")}
    for name in ("counts0", "counts"):
        row[name] = Counter(dict(map(int, pair.split(":")) for pair in row[name].split(",") if pair))
    row["selected"] = min(row["counts0"] or row["counts"], key=lambda c: (-(row["counts0"] or row["counts"])[c], c))
    return row


def read_log(path):
    """The header and the rows."""
    header = json.loads(Path(path).with_suffix(".json").read_text("utf8"))
    require((header["format"], header["version"]) == ("smoothcert-log", 2), "this is not a log of version 2")
    identity = {key: value for key, value in header.items() if key != "check"}
    require(header["check"] == sha256(canonical(identity)), "the header's checksum is another")
    identity = sha256(canonical({key: value for key, value in identity.items() if key not in ("max", "computedBy")}))
    names, *lines = Path(path).read_text("utf8").rstrip("\n").split("\n")
    return header, [read_row(names.split("\t"), line, identity) for line in lines]


def read_images(spec, header):
    """Images, bytes [N, height, width, channels], and labels [N]: those of the header."""
    if spec.endswith(".npz"):
        arrays = np.load(spec)
        names = [(f"x_{header['split']}", f"y_{header['split']}"), ("images", "labels"), ("x", "y")]
        images, labels = next((arrays[x], arrays[y]) for x, y in names if x in arrays)
    else:
        paths = sorted(Path(spec).glob(("t10k" if header["split"] == "test" else "train") + "-*"))[:2]
        files = [(gzip.open if path.suffix == ".gz" else open)(path, "rb").read() for path in paths]
        images, labels = np.frombuffer(files[0], np.uint8, offset=16), np.frombuffer(files[1], np.uint8, offset=8)
    images, labels = images.reshape(-1, *header["shape"]), labels.ravel()
    about = canonical({"shape": header["shape"], "pixelType": "bytes", "length": len(labels)}, order=list)
    found = sha256(about, "\n", images.tobytes(), labels.astype("<i4").tobytes())
    require(found == header["hash"], f"{spec} is not the data of the log: its SHA-256 is another")
    return images, labels


class Model:
    """An ONNX model of float32 images. A label is the first class with the largest score."""

    def __init__(self, path, wanted, **scaling):
        file = Path(path).read_bytes()
        fits = [it for it in ("nchw", "nhwc") if sha256(file, canonical({"layout": it, **scaling}, list)) == wanted]
        require(fits, f"{path}, fed like this, is not the model of the log: its SHA-256 is another")
        self.layout, self.scaling = fits[0], scaling
        self.session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        (self.input,) = self.session.get_inputs()

    def labels(self, images):
        """The labels of noisy images [N, height, width, channels] in units of [0, 1]."""
        scaled = (images.astype(float) * self.scaling["scale"] - self.scaling["mean"]) / self.scaling["std"]
        scaled = (np.moveaxis(scaled, 3, 1) if self.layout == "nchw" else scaled).astype(np.float32)
        dims = [size if isinstance(size, int) else -1 for size in self.input.shape[1:]]
        fed = scaled.reshape(len(images), *dims) if dims.count(-1) < 2 else scaled
        scores = self.session.run(None, {self.input.name: fed})[0].reshape(len(images), -1)
        require(not np.isnan(scores).any(), "a score is NaN")
        return scores.argmax(axis=1)


def require(condition, message):
    if not condition:
        raise ValueError(message)


def check_row(row, header, label):
    """Derives class, bounds and radius from the votes; returns by how much the radius logged is below the exact one."""
    n, votes, top, classes = row["n"], row["counts"], row["selected"], len(header["data"]["classes"])
    require(n in (looks(header["n"]) if "stop" in header else [header["n"]]), f"no image ends after {n} samples")
    require((row["counts0"].total(), votes.total()) == (header["n0"], n), "the votes don't add up")
    require(max(row["counts0"] | votes) < classes and row["nA"] == votes[top], "nA is not the votes of that class")
    pA, pB, exact = proved(row, header, classes)
    require((row["predict"], row["label"]) == (top if exact > 0 else -1, label), "predict or label is wrong")
    require(row["correct"] == (row["predict"] == label), "correct is wrong")
    require(down(pA * (1 - 1e-12)) <= row["pALower"] <= down(pA), f"pALower is {row['pALower']}, not {down(pA)}")
    if header["bound"] == "multi-class":
        require(0 <= row["pBUpper"] + down(-pB) <= 1e-12, f"pBUpper is {row['pBUpper']}, not {-down(-pB)}")
    require(exact - 1e-9 <= row["radius"] <= exact, f"the radius is {row['radius']}, not {exact}")
    return exact - row["radius"]


def draw_again(row, header, law, model, image):
    for stream, count, logged in ((SELECTION, header["n0"], row["counts0"]), (ESTIMATION, row["n"], row["counts"])):
        votes = Counter()
        for start in range(0, count, 250):
            samples = np.arange(start, min(start + 250, count))
            copies = law.copies(image.ravel(), header["seed"], stream, row["idx"], samples)
            votes.update(model.labels(copies.reshape(-1, *image.shape)).tolist())
        require(votes == logged, f"drawn again, the votes are {dict(votes)}, not {dict(logged)}")


def main():
    parser = argparse.ArgumentParser(prog="python -m smoothcert.verify", description="Verifies a certification log.")
    parser.add_argument("log", help="the rows (.tsv); the header (.json) lies beside them")
    parser.add_argument("--model", required=True, help="the ONNX file that was certified")
    parser.add_argument("--data", required=True, help="a folder of IDX files (MNIST's names), or FILE.npz")
    parser.add_argument("--rows", type=int, default=20, help="rows whose votes are drawn again (default: 20)")
    parser.add_argument("--scale", type=float, default=1, help="as for certify; likewise --mean and --std")
    for name, default in (("--mean", [0]), ("--std", [1])):
        parser.add_argument(name, type=lambda text: [float(each) for each in text.split(",")], default=default)
    options = parser.parse_args()
    header, rows = read_log(options.log)
    law = GridNoise(header["sigma"])
    covered = header["interval"] == ("union" if "stop" in header else "clopper-pearson")
    require(covered and header["noise"] == "gaussian-grid/philox4x32-10/1", "this noise or interval is not covered")
    distance = np.prod(header["data"]["shape"]) * 2 * law.reach * 2.0**-64
    require(header["noiseDistance"] >= distance, f"noiseDistance is {header['noiseDistance']}, not {distance}")
    images, labels = read_images(options.data, header["data"])
    model = Model(options.model, header["model"]["hash"], scale=options.scale, mean=options.mean, std=options.std)
    chosen, gaps, wrong = set(np.linspace(0, len(rows) - 1, options.rows).astype(int).tolist()), [], 0
    for i, row in enumerate(rows):
        try:
            require(row["idx"] == i * header["skip"] < min(header["max"], len(images)), "the row is out of order")
            gaps.append(check_row(row, header, labels[row["idx"]]))
            if i in chosen:
                draw_again(row, header, law, model, images[row["idx"]])
        except ValueError as error:
            wrong += 1
            print(f"idx {row['idx']}: {error}")
    print(f"{len(rows)} rows checked, the votes of {len(chosen)} drawn again; rows not as logged: {wrong}.")
    print(f"Radii logged are below the exact ones by {max(gaps, default=0):.1e} at most.")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, KeyError) as error:
        sys.exit(f"refused: {error}")
