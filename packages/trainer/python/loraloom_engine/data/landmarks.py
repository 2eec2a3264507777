"""Where the turns of a framed conversation are in its tokens, told by the special tokens.

A text is split at special tokens before anything else, and no merge reaches across one. So the
tokens of a beginning are those up to its last special token, which is the same in all
conversations of an order, and those of the few characters behind it. Without it the place of
every token in the text has to be known, which takes the tokenizer a quarter of its time.

That holds only where it shows: the special tokens have to be those of the order, one by one.
Contents that hold one of their own make it otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress, count

from tokenizers import Encoding

from loraloom_engine.data.frames import ORDERS_KEPT, Framed, Render, Roles, mark, marked

EncodePlaced = Callable[[str], Encoding | None]
"""None where the tokenizer does not tell places."""


@dataclass(frozen=True)
class Landmark:
    """The last special token of a beginning.

    ``specials`` are the ids of all up to it. It ends ``frame`` characters and ``messages``
    contents behind the beginning of the text.
    """

    specials: list[int]
    messages: int
    frame: int


class Landmarks:
    """The landmarks of one template's frames, in the tokens of one tokenizer."""

    def __init__(self, render: Render, encode: EncodePlaced, special: frozenset[int]) -> None:
        self._render = render
        self._encode = encode
        self._special = special
        self.specials_of = lru_cache(ORDERS_KEPT)(self._find_specials)
        self.last_of = lru_cache(ORDERS_KEPT)(self._find_last)

    def places(self, framed: Framed, ids: list[int]) -> list[int] | None:
        """Where the special tokens are; None where they are not those of the order."""
        places = self._places(ids)
        specials = [ids[at] for at in places]
        return places if specials == self.specials_of(framed.roles) else None

    def _places(self, ids: list[int]) -> list[int]:
        return list(compress(count(), map(self._special.__contains__, ids)))

    def _find_specials(self, roles: Roles) -> list[int] | None:
        """The special tokens of a conversation in this order."""
        encoding = self._encode(self._render(marked(roles), False))
        return encoding and [encoding.ids[at] for at in self._places(encoding.ids)]

    def _find_last(self, roles: Roles, generate: bool) -> Landmark | None:
        """Of a beginning that consists of messages in this order; None where it has none."""
        text = self._render(marked(roles), generate)
        encoding = self._encode(text)
        places = encoding and self._places(encoding.ids)
        if not places:
            return None
        _, end = encoding.token_to_chars(places[-1])
        marks = [mark(at) for at in range(len(roles)) if mark(at) in text[:end]]
        specials = [encoding.ids[at] for at in places]
        return Landmark(specials, len(marks), end - sum(map(len, marks)))
