"""python -m smoothcert ARGS: the smoothcert command itself."""

import subprocess
import sys

from .command import SmoothcertError, find_command

if __name__ == "__main__":
    try:
        sys.exit(subprocess.run([*find_command(), *sys.argv[1:]]).returncode)
    except SmoothcertError as error:
        sys.exit(f"smoothcert: {error}")
