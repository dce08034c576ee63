"""Writes the code cells of notebooks to runs/check/NAME.ts, for the type checker: extract.py NOTEBOOK.ipynb ..."""

import shutil
import sys
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parent / "runs" / "check"


def code_of(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code") + "\n"


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in sys.argv[1:]:
        (FOLDER / f"{Path(name).stem}.ts").write_text(code_of(Path(name)), encoding="utf-8")
