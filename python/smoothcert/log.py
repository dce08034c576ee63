"""Logs as tables and as figures."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .command import flags, run

INTEGERS = ["idx", "label", "predict", "correct", "nA", "n"]
DOUBLES = ["radius", "pALower", "pBUpper"]


def read_log(path):
    """A certification log as a pandas DataFrame, with `attrs["log"]`, its path, and `attrs["header"]`, its settings.

    Reads smoothcert's logs and those in the layout of Cohen et al. (tab-separated, without a header file). Numbers are
    the doubles of the log; `time` and votes are text, as they stand there.
    """
    import pandas

    path = Path(path)
    rows = pandas.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    for kind, names in {"int64": INTEGERS, "float64": DOUBLES}.items():
        for name in rows.columns.intersection(names):
            rows[name] = rows[name].replace("", "nan").astype(kind)
    header = path.with_suffix(".json")
    rows.attrs = {"log": str(path), "header": json.loads(header.read_text("utf8")) if header.is_file() else None}
    return rows


@dataclass
class Figure:
    """A drawing in SVG, which notebooks show."""

    svg: str

    def _repr_svg_(self):
        return self.svg

    def save(self, path):
        Path(path).write_text(self.svg, "utf8")


def plot(*logs, **options):
    """Draws certified accuracy against radius, as `smoothcert curve` does, and returns a Figure.

    logs: paths, or DataFrames of `certify` or `read_log`. options: those of `smoothcert curve`, with _ for -.
    """
    paths = [getattr(log, "attrs", {}).get("log", log) for log in logs]
    with tempfile.TemporaryDirectory() as folder:
        figure = Path(folder) / "curve.svg"
        run("curve", *paths, *flags(options), "--out", figure)
        return Figure(figure.read_text("utf8"))
