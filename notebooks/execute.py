"""Executes notebooks in place, each in a kernel of its own: execute.py NOTEBOOK.ipynb ...

A notebook whose cells all succeed is written back with its outputs, freed of what differs from run to run or from
machine to machine. At the first error of a cell the file is left as it was, and the exit status is 1.

The Jupyter client libraries are used directly and not nbclient or nbconvert, because the Deno kernel sometimes sends an
output just after it has reported the cell as done, and those drop such outputs.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import nbformat
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg

HERE = Path(__file__).resolve().parent
KERNEL = HERE / "kernel" / "node_modules"
KERNEL_NAME = "deno"
DISPLAY_NAME = "Deno"
OUTPUT_TYPES = {"stream", "display_data", "execute_result", "error"}
# Seconds without a message after a cell is done, until its outputs count as complete.
QUIET = 0.5
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellError(Exception):
    """A cell failed, or its outputs may not be kept."""


def install_kernel() -> None:
    """Makes the kernel known to this virtual environment, and to no other Jupyter."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "kernels" / KERNEL_NAME
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [str(KERNEL / ".bin" / "deno"), "jupyter", "--kernel", "--conn", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "typescript",
        "env": {"DENO_DIR": str(KERNEL / ".cache" / "deno"), "DENO_NO_UPDATE_CHECK": "1"},
    }
    (folder / "kernel.json").write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")


class Session:
    """The cells of one notebook in one kernel."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client
        self.cells: dict[str, NotebookNode] = {}

    def run(self, cell: NotebookNode) -> None:
        """Executes a code cell and fills in its outputs. Raises CellError if it fails."""
        cell.outputs = []
        request = self.client.execute(cell.source)
        self.cells[request] = cell
        while not self.is_idle(self.next_message(), request):
            pass
        reply = self.reply_to(request)
        for message in self.messages_until_quiet():
            self.route(message)
        cell.execution_count = reply["execution_count"]
        if reply["status"] != "ok":
            raise CellError("\n".join(reply["traceback"]).strip() or f"{reply['ename']}: {reply['evalue']}")

    def is_idle(self, message: dict, request: str) -> bool:
        self.route(message)
        own = message["parent_header"].get("msg_id") == request
        return own and message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"

    def route(self, message: dict) -> None:
        """Gives an output to the cell that asked for it, however late it comes."""
        cell = self.cells.get(message["parent_header"].get("msg_id"))
        if cell is not None and message["msg_type"] in OUTPUT_TYPES:
            cell.outputs.append(output_from_msg(message))

    def reply_to(self, request: str) -> dict:
        """The reply to a request; on a busy machine, late ones to earlier requests may come before it."""
        while (reply := self.client.get_shell_msg(timeout=60))["parent_header"].get("msg_id") != request:
            pass
        return reply["content"]

    def next_message(self) -> dict:
        while True:
            try:
                return self.client.get_iopub_msg(timeout=5)
            except Empty:
                if not self.manager.is_alive():
                    raise CellError("the kernel died") from None

    def messages_until_quiet(self) -> Iterator[dict]:
        while True:
            try:
                yield self.client.get_iopub_msg(timeout=QUIET)
            except Empty:
                return


def execute(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    manager = KernelManager(kernel_name=KERNEL_NAME)
    manager.start_kernel(cwd=str(path.parent))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        session = Session(manager, client)
        for number, cell in enumerate(code, 1):
            run_and_report(session, cell, f"{path.name} [{number}/{len(code)}]")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    clean(notebook)
    write_atomically(notebook, path)


def run_and_report(session: Session, cell: NotebookNode, place: str) -> None:
    start = time.monotonic()
    try:
        session.run(cell)
    except CellError as error:
        raise CellError(f"{place}: {ANSI.sub('', str(error))}\nin the cell\n{cell.source}") from None
    print(f"{place} {time.monotonic() - start:6.1f} s  {cell.source.strip().splitlines()[0][:70]}", flush=True)
    for output in cell.outputs:
        if is_stderr(output):
            print(output.text, file=sys.stderr, end="")


def is_stderr(output: NotebookNode) -> bool:
    return output.output_type == "stream" and output.name == "stderr"


def clean(notebook: NotebookNode) -> None:
    """Leaves in the notebook what its code produced, and nothing of the machine or of the run."""
    notebook.metadata = NotebookNode(
        kernelspec={"name": KERNEL_NAME, "display_name": DISPLAY_NAME, "language": "typescript"},
        language_info={"name": "typescript", "file_extension": ".ts", "mimetype": "text/x.typescript"},
    )
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        if cell.cell_type == "code":
            cell.outputs = merge_streams([plain(output) for output in cell.outputs if not is_stderr(output)])
            refuse_paths(cell)


def plain(output: NotebookNode) -> NotebookNode:
    """The output without the colours of a terminal."""
    if output.output_type == "stream":
        output.text = ANSI.sub("", output.text)
    for kind in output.get("data", {}):
        if kind == "text/plain":
            output.data[kind] = ANSI.sub("", output.data[kind])
    return output


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """What is printed comes in pieces whose borders are chance: one output for each run of them."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if merged and output.output_type == "stream" and merged[-1].output_type == "stream":
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def refuse_paths(cell: NotebookNode) -> None:
    text = json.dumps(cell.outputs)
    for place in (str(HERE.parent), str(Path.home()) + os.sep):
        if place in text:
            raise CellError(f"an output holds the path {place} of this machine; print relative ones in\n{cell.source}")


def write_atomically(notebook: NotebookNode, path: Path) -> None:
    nbformat.validate(notebook)
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    temporary.replace(path)


def main(names: list[str]) -> int:
    install_kernel()
    for name in names:
        start = time.monotonic()
        try:
            execute(Path(name).resolve())
        except CellError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{name}: executed in {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
