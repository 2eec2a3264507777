"""A base model's tokenizer alone, row after row: what counting a file's tokens is compared with.

Run it with the base's folder and a file of chats in JSON lines. For each line on stdin it
encodes every chat once and prints the seconds and the tokens. Not covered: reading the file,
the chat template, finding what is trained.
"""

import json
import sys
import time
from pathlib import Path

from transformers import AutoTokenizer


def main(base: str, file: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    lines = Path(file).read_text(encoding="utf-8").strip().split("\n")
    texts = [as_text(tokenizer, line) for line in lines]
    for _ in sys.stdin:
        print(json.dumps(encode_all(tokenizer.backend_tokenizer, texts)), flush=True)


def as_text(tokenizer, line: str) -> str:
    return tokenizer.apply_chat_template(json.loads(line)["messages"], tokenize=False)


def encode_all(tokenizer, texts: list[str]) -> dict[str, float]:
    began = time.perf_counter()
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False)) for text in texts)
    return {"seconds": time.perf_counter() - began, "tokens": tokens}


if __name__ == "__main__":
    main(*sys.argv[1:])
