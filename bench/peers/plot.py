"""Draws a benchmark's arms: adapters an hour, with the least and the most of the rounds.

Run it in the peers' environment with the results' JSON and the PNG to write.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # No screen is needed.
from matplotlib import pyplot

RATE = ": adapters an hour"
OURS, THEIRS = "#2a6f97", "#adb5bd"


def main(results: str, out: str) -> None:
    content = json.loads(Path(results).read_text())
    arms = [figure for figure in content["figures"] if figure["name"].endswith(RATE)]
    arms.sort(key=lambda arm: arm["value"])
    names = [arm["name"].removesuffix(RATE) for arm in arms]
    values = [arm["value"] for arm in arms]
    spread = [
        [arm["value"] - arm["spread"][0] for arm in arms],
        [arm["spread"][1] - arm["value"] for arm in arms],
    ]
    figure, axes = pyplot.subplots(figsize=(9, 0.6 * len(arms) + 1.2), layout="constrained")
    colors = [OURS if name.startswith("ours") else THEIRS for name in names]
    axes.barh(names, values, color=colors, xerr=spread, ecolor="#343a40", capsize=3)
    for at, arm in enumerate(arms):
        axes.text(arm["spread"][1], at, f"  {arm['value']:.0f}", va="center")
    axes.set_xlabel("adapters an hour, and the least and the most of the rounds")
    axes.margins(x=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, dpi=120)


if __name__ == "__main__":
    main(*sys.argv[1:])
