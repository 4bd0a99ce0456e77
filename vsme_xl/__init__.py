"""VSME sustainability reports in Excel: generate, read, compute, check and write results."""

__version__ = "0.1.0"
