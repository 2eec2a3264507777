"""From a text without turns to examples: passages of the allowed length."""

from loraloom_engine.data.example import Example, make_example
from loraloom_engine.data.template import Template


def examples_of_text(template: Template, text: str, max_length: int) -> list[Example]:
    """The text's tokens in passages, each trained but for its first token.

    The passages follow each other without a gap, so that nothing of a long text is lost.
    """
    ids = template.encode_document(text)
    passages = [ids[at : at + max_length] for at in range(0, len(ids), max_length)]
    if len(passages) > 1 and len(passages[-1]) == 1:
        # Alone it could not be learnt: nothing predicts it.
        passages[-1].insert(0, passages[-2].pop())
    return [make_example(passage, [(1, len(passage))]) for passage in passages]
