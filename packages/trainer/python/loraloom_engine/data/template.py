"""From a conversation to token ids and labels, through the model's own chat template.

Trained are the assistant turns: their content and the template's end-of-turn token.
Their spans are found by rendering prefixes of the conversation. Where the tokens of a
prefix are not a prefix of all tokens (templates that rewrite earlier turns, merges
across the border), each assistant turn becomes an example of its own, so that it is
trained on exactly the prompt that it is later sampled with.
"""

from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.errors import EngineError

NOT_TRAINED = -100


@dataclass
class Example:
    """Token ids and labels of equal length; a label is its token or NOT_TRAINED."""

    input_ids: list[int]
    labels: list[int]

    @property
    def trained(self) -> int:
        return sum(label != NOT_TRAINED for label in self.labels)


@dataclass(frozen=True)
class Template:
    """A tokenizer with the template's variables, which are fixed per adapter version."""

    tokenizer: PreTrainedTokenizerBase
    variables: dict[str, str]
    end_tokens: frozenset[int]

    def prompt_tokens(self, messages: list[dict[str, Any]]) -> list[int]:
        """The tokens after which the model writes the next assistant turn.

        Raises EngineError ``template_refused`` for an order or a role that the
        template does not know.
        """
        return self.encode(self.render(messages, generate=True))

    def render(self, messages: list[dict[str, Any]], generate: bool) -> str:
        spoken = [
            {key: m[key] for key in ("role", "content", "name") if m.get(key)} for m in messages
        ]
        try:
            return self.tokenizer.apply_chat_template(
                [{"content": ""} | message for message in spoken],
                tokenize=False,
                add_generation_prompt=generate,
                **self.variables,
            )
        except (TemplateError, TypeError) as error:
            raise EngineError(
                "template_refused", f"The model's chat template refuses these messages: {error}"
            ) from error

    def encode(self, text: str) -> list[int]:
        # The template writes the special tokens itself.
        return self.tokenizer.encode(text, add_special_tokens=False)


def examples_of_text(template: Template, text: str) -> list[Example]:
    """One example that trains every token but the first, which nothing predicts."""
    ids = template.tokenizer.encode(text)
    return [make_example(ids, [(1, len(ids))])]


def examples_of_messages(
    template: Template, messages: list[dict[str, Any]], max_length: int
) -> list[Example]:
    """The conversation as one example, or as one for each assistant turn.

    Turns that begin beyond ``max_length`` tokens are left unmarked: they will be cut off.
    """
    whole = template.encode(template.render(messages, generate=False))
    spans = []
    for turn in trained_turns(messages):
        span = find_span(template, messages, turn, whole)
        if span is None:
            return [turn_example(template, messages, at) for at in trained_turns(messages)]
        if span[0] >= max_length:
            break
        spans.append(span)
    return [make_example(whole, spans)]


def trained_turns(messages: list[dict[str, Any]]) -> list[int]:
    return [
        at
        for at, message in enumerate(messages)
        if message["role"] == "assistant" and message.get("weight") != 0
    ]


def find_span(
    template: Template, messages: list[dict[str, Any]], turn: int, whole: list[int]
) -> tuple[int, int] | None:
    """Start and end of an assistant turn in the tokens, None where prefixes don't fit."""
    prompt = template.encode(prompt_of_turn(template, messages, turn))
    until = template.encode(template.render(messages[: turn + 1], generate=False))
    if whole[: len(prompt)] != prompt or whole[: len(until)] != until or len(until) < len(prompt):
        return None
    return len(prompt), len(prompt) + turn_length(template, until[len(prompt) :])


def prompt_of_turn(template: Template, messages: list[dict[str, Any]], turn: int) -> str:
    if turn == 0:  # templates render no messages at all as something else
        return text_before_content(template, messages, turn)
    return template.render(messages[:turn], generate=True)


def text_before_content(template: Template, messages: list[dict[str, Any]], turn: int) -> str:
    """The rendering up to the turn's content, found by planting a mark in its place."""
    mark = "\ue000content\ue001"  # private-use characters, which templates leave alone
    marked = [*messages[:turn], messages[turn] | {"content": mark}]
    before, found, _ = template.render(marked, generate=False).partition(mark)
    if not found:
        raise EngineError(
            "template_refused", "The model's chat template does not show the assistant's content."
        )
    return before


def turn_length(template: Template, tokens: list[int]) -> int:
    """How many of the tokens to train: up to the end-of-turn token, or all without one."""
    ends = [at for at, token in enumerate(tokens) if token in template.end_tokens]
    return ends[-1] + 1 if ends else len(tokens)


def turn_example(template: Template, messages: list[dict[str, Any]], turn: int) -> Example:
    prompt_text = prompt_of_turn(template, messages, turn)
    until_text = template.render(messages[: turn + 1], generate=False)
    if not until_text.startswith(prompt_text):
        prompt_text = text_before_content(template, messages, turn)
    prompt = template.encode(prompt_text)
    answer = template.encode(until_text[len(prompt_text) :])
    answer = answer[: turn_length(template, answer)]
    return make_example(prompt + answer, [(len(prompt), len(prompt) + len(answer))])


def make_example(ids: list[int], spans: list[tuple[int, int]]) -> Example:
    labels = [NOT_TRAINED] * len(ids)
    for start, end in spans:
        labels[max(start, 1) : end] = ids[max(start, 1) : end]
    return Example(ids, labels)
