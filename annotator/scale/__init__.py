"""Engines: they hand out ranges of the input to processes on this machine, or to a cluster."""
