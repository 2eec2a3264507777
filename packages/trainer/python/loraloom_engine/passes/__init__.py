"""Passes of many people's texts through one base, each text as if it were alone."""
