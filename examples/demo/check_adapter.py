"""Compares a published adapter under plain PEFT with the engine, in a process of its own.

Loads the base model in float32 and the adapter by `PeftModel.from_pretrained`, renders each conversation
by the model's own chat template, and compares the logits at each one's last position with the engine's.

Run by `npm run demo`. Reads one JSON object from stdin: `base` and `adapter` (folders), `engine_logits`
(a file of little-endian float32, conversations x vocabulary), `conversations` (lists of messages) and
`template_variables`. Prints one JSON object: `max_difference`, `conversations`, `vocabulary`.
It uses nothing of Loraloom, so that it proves what any other user of PEFT gets.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def load_model(base: str, adapter: str) -> PeftModel:
    """The base in float32 with the adapter, ready to answer; local files only."""
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.float32, local_files_only=True
    )
    return PeftModel.from_pretrained(model, adapter).eval()


def last_logits(model: PeftModel, input_ids: list[int]) -> torch.Tensor:
    """The logits after the last token, [vocabulary]."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([input_ids])).logits[0, -1]


def main() -> None:
    request = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(request["base"], local_files_only=True)
    model = load_model(request["base"], request["adapter"])
    logits = []
    for conversation in request["conversations"]:
        text = tokenizer.apply_chat_template(
            conversation, tokenize=False, **request["template_variables"]
        )
        logits.append(
            last_logits(model, tokenizer(text, add_special_tokens=False)["input_ids"])
        )
    ours = torch.stack(logits)
    engine = numpy.frombuffer(
        Path(request["engine_logits"]).read_bytes(), dtype="<f4"
    ).reshape(ours.shape)
    difference = (ours - torch.from_numpy(engine.copy())).abs().max().item()
    print(
        json.dumps(
            {
                "max_difference": difference,
                "conversations": ours.shape[0],
                "vocabulary": ours.shape[1],
            }
        )
    )


if __name__ == "__main__":
    main()
