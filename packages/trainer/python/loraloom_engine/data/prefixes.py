"""How many of a text's tokens are those of its beginning, where nothing is known of the text."""

from loraloom_engine.data.template import Rendered, Template


def prefix_length(template: Template, whole: Rendered, prefix: str) -> int | None:
    """None where its tokens are others.

    Templates that rewrite earlier turns and merges across the border make them so. ``whole`` has
    the places of its tokens, where the tokenizer tells them.
    """
    if not whole.text.startswith(prefix):
        return None
    if len(prefix) == len(whole.text):
        return len(whole.ids)
    length = length_by_places(template, whole, prefix)
    if length is not None:
        return length
    ids = template.encode(prefix)
    return len(ids) if whole.ids[: len(ids)] == ids else None


def length_by_places(template: Template, whole: Rendered, prefix: str) -> int | None:
    """The same from the last special token on: no merge reaches across one.

    Saves encoding a long conversation again for each of its turns. None where this
    does not show that the tokens are the prefix's.
    """
    length = whole.encoding and whole.encoding.char_to_token(len(prefix))
    if not length:
        return None
    before = reversed(range(length))
    special = next((at for at in before if whole.ids[at] in template.special_tokens), None)
    if special is None:
        return None
    _, end = whole.encoding.token_to_chars(special)
    rest = template.encode_often(prefix[end:])
    return length if rest == whole.ids[special + 1 : length] else None
