"""What transformers alone answers from a model: ``answer-by-transformers.py FOLDER TEXT``.

Five tokens, the likeliest each time. Prints the text. Knows nothing of this repository.
"""

import sys

from transformers import AutoModelForCausalLM, AutoTokenizer

folder, text = sys.argv[1:]
model, tokenizer = (
    AutoModelForCausalLM.from_pretrained(folder),
    AutoTokenizer.from_pretrained(folder),
)
asked = tokenizer.apply_chat_template(
    [{"role": "user", "content": text}],
    add_generation_prompt=True,
    return_tensors="pt",
    return_dict=True,
)
answer = model.generate(**asked, max_new_tokens=5, do_sample=False)
print(
    tokenizer.decode(
        answer[0, asked["input_ids"].shape[1] :], skip_special_tokens=True
    ),
    end="",
)
