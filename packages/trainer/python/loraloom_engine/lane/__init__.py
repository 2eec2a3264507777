"""The shared lane: the runs of many people in the same passes through one base."""
