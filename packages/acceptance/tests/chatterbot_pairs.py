"""Writes the dialogs of chatterbot-corpus as prompt/completion JSONL, one file a language.

`python chatterbot_pairs.py FOLDER` prints how many pairs each language has, as JSON.
"""

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import chatterbot_corpus
import yaml


def main(folder: Path) -> None:
    data = Path(chatterbot_corpus.__file__).parent / "data"
    languages = sorted(path for path in data.iterdir() if path.is_dir())
    print(json.dumps({language.name: write(language, folder) for language in languages}))


def write(language: Path, folder: Path) -> int:
    rows = [row for file in sorted(language.glob("*.yml")) for row in pairs_of(file)]
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    (folder / f"{language.name}.jsonl").write_text(lines, encoding="utf-8")
    return len(rows)


def pairs_of(file: Path) -> Iterator[dict[str, str]]:
    """Each statement of a conversation with the one that answers it."""
    for conversation in yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]:
        for prompt, completion in pairwise(map(str, conversation)):
            yield {"prompt": prompt, "completion": completion}


main(Path(sys.argv[1]))
