"""Certified robustness by randomized smoothing, from Python: runs the smoothcert command and reads its logs."""

from .certification import certify
from .command import SmoothcertError
from .log import Figure, plot, read_log

__all__ = ["Figure", "SmoothcertError", "certify", "plot", "read_log"]
