"""From a conversation to examples: token ids and labels.

Trained are the assistant turns: their content and the template's end-of-turn token.
Their spans are found by the tokens of the conversation's beginnings. Where these are not the
first tokens of all of it, each assistant turn becomes an example of its own, so that it is
trained on exactly the prompt that it is later sampled with.
"""

from loraloom_engine.data.beginnings import Beginnings
from loraloom_engine.data.conversation import (
    Conversation,
    prompt_of_turn,
    render,
    show,
    text_before_content,
)
from loraloom_engine.data.example import Example, make_example
from loraloom_engine.data.template import Rendered, Template


def examples_of_conversation(
    template: Template,
    conversation: Conversation,
    max_length: int,
    whole: Rendered | None = None,
) -> list[Example]:
    """The conversation as one example, or as one for each assistant turn.

    Turns after the first that begin beyond ``max_length`` tokens are left unmarked: they will be
    cut off. The first tells how long the prompt is, whatever is done with it.
    ``whole`` is all of it where that was encoded before. Raises EngineError ``template_refused``.
    """
    if whole is None:
        [whole] = template.encode_all([show(template, conversation)])
    beginnings = Beginnings(template, conversation, whole)
    turns = conversation.trained_turns
    spans = []
    for turn in turns:
        span = find_span(template, beginnings, turn, whole)
        if span is None:
            return [turn_example(template, conversation, at) for at in turns]
        if spans and span[0] >= max_length:
            break
        spans.append(span)
    return [make_example(whole.ids, spans)]


def find_span(
    template: Template, beginnings: Beginnings, turn: int, whole: Rendered
) -> tuple[int, int] | None:
    """Start and end of an assistant turn in the tokens, None where prefixes don't fit."""
    start = beginnings.prompt_length(turn)
    if start is None:
        return None
    end = beginnings.until_length(turn)
    if end is None or end < start:
        return None
    return start, start + turn_length(template, whole.ids[start:end])


def turn_length(template: Template, tokens: list[int]) -> int:
    """How many of the tokens to train: up to the end-of-turn token, or all without one."""
    ends = (at for at in reversed(range(len(tokens))) if tokens[at] in template.end_tokens)
    last = next(ends, None)
    return len(tokens) if last is None else last + 1


def turn_example(template: Template, conversation: Conversation, turn: int) -> Example:
    prompt_text = prompt_of_turn(template, conversation, turn)
    until_text = render(template, conversation.before(turn + 1))
    if not until_text.startswith(prompt_text):
        prompt_text = text_before_content(template, conversation, turn)
    prompt = template.encode(prompt_text)
    answer = template.encode(until_text[len(prompt_text) :])
    answer = answer[: turn_length(template, answer)]
    return make_example(prompt + answer, [(len(prompt), len(prompt) + len(answer))])
