"""Which tokens are trained, for the usual template and for those that are not usual."""

import pytest
from tiny_base import CHATML, make_tokenizer

from loraloom_engine.data.conversation import Conversation
from loraloom_engine.data.conversation_examples import examples_of_conversation
from loraloom_engine.data.example import NOT_TRAINED, Example
from loraloom_engine.data.template import Template
from loraloom_engine.errors import EngineError

ASK = {"role": "user", "content": "Who? 👋"}
REPLY = {"role": "assistant", "content": "Me."}
# Shows the thoughts of the last turn only, as templates of reasoning models do.
FORGETFUL = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
    "{% if loop.last and m.role == 'assistant' %}!{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
STRICT = "{{ raise_exception('roles must alternate') }}"
DEFAULT_SYSTEM = (
    "{% for m in messages %}{% if loop.first and m.role != 'system' %}<|im_start|>system\n"
    "Be kind.<|im_end|>\n{% endif %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def template(source: str | None = None, **variables: str) -> Template:
    tokenizer = make_tokenizer(source) if source else make_tokenizer()
    return Template(tokenizer, variables, frozenset([tokenizer.eos_token_id]))


def trained_text(with_template: Template, example: Example) -> str:
    trained = [label for label in example.labels if label != NOT_TRAINED]
    return with_template.tokenizer.decode(trained)


def all_text(with_template: Template, example: Example) -> str:
    return with_template.tokenizer.decode(example.input_ids)


def test_assistant_content_and_its_end_token_are_trained():
    chatml = template()
    (example,) = examples_of_conversation(chatml, Conversation([ASK, REPLY, ASK, REPLY]), 512)
    assert trained_text(chatml, example) == "Me.<|im_end|>Me.<|im_end|>"
    assert all_text(chatml, example).count("Who? 👋") == 2


def test_a_turn_of_weight_0_is_context_only():
    chatml = template()
    silent = {"role": "assistant", "content": "No.", "weight": 0}
    (example,) = examples_of_conversation(chatml, Conversation([ASK, silent, ASK, REPLY]), 512)
    assert trained_text(chatml, example) == "Me.<|im_end|>"


def test_the_trained_prompt_is_the_sampled_prompt():
    chatml = template()
    (example,) = examples_of_conversation(chatml, Conversation([ASK, REPLY]), 512)
    prompt = chatml.prompt_tokens([ASK])
    assert example.input_ids[: len(prompt)] == prompt
    assert example.labels[: len(prompt)] == [NOT_TRAINED] * len(prompt)


def test_a_prompt_that_is_split_otherwise_in_the_whole_is_trained_as_it_is_sampled():
    """Two line ends are one token at a text's end and two before a word."""
    source = CHATML.replace("role }}\n", "role }}\n\n").replace("assistant\n", "assistant\n\n")
    tokenizer = make_tokenizer(source, (("Ċ", "Ċ"),))
    two_lines = Template(tokenizer, {}, frozenset([tokenizer.eos_token_id]))
    (example,) = examples_of_conversation(two_lines, Conversation([ASK, REPLY]), 512)
    prompt = two_lines.prompt_tokens([ASK])
    assert tokenizer.convert_ids_to_tokens(prompt[-1]) == "ĊĊ"
    assert example.input_ids[: len(prompt)] == prompt
    assert trained_text(two_lines, example) == "Me.<|im_end|>"


def test_a_template_that_rewrites_turns_gives_an_example_for_each():
    forgetful = template(FORGETFUL)
    first, second = examples_of_conversation(forgetful, Conversation([ASK, REPLY, ASK, REPLY]), 512)
    assert trained_text(forgetful, first) == "Me.!<|im_end|>"
    assert trained_text(forgetful, second) == "Me.!<|im_end|>"
    assert all_text(forgetful, second).count("Me.") == 2


def test_a_conversation_that_begins_with_the_assistant_is_trained():
    kind = template(DEFAULT_SYSTEM)
    (example,) = examples_of_conversation(kind, Conversation([REPLY, ASK]), 512)
    assert trained_text(kind, example) == "Me.<|im_end|>"
    assert all_text(kind, example).startswith("<|im_start|>system\nBe kind.")


def test_template_variables_reach_the_template():
    dated = template("{{ date_string }}:{{ messages[0].content }}", date_string="today")
    assert dated.render([ASK], generate=False) == "today:Who? 👋"


def test_a_template_that_refuses_is_a_coded_error():
    with pytest.raises(EngineError, match="roles must alternate") as caught:
        template(STRICT).prompt_tokens([ASK])
    assert caught.value.code == "template_refused"
