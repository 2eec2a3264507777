"""From tokens to text, piece by piece, never half a character."""

from transformers.tokenization_utils_base import PreTrainedTokenizerBase

REPLACEMENT = "\ufffd"  # what bytes decode to that are no whole character yet


class Detokenizer:
    """Decodes a growing list of tokens; each token is decoded with its left neighbours.

    Only a window is decoded again for each token, so a long answer stays linear.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._window = 0  # where the decoded window begins
        self._told = 0  # tokens whose text was given out

    def push(self, token: int) -> str:
        """The text that this token completes; empty in the middle of a character."""
        self._ids.append(token)
        text = self._untold()
        if text.endswith(REPLACEMENT):
            return ""
        self._window, self._told = self._told, len(self._ids)
        return text

    def flush(self) -> str:
        """What was held back; a character cut off at the end shows as U+FFFD."""
        text = self._untold()
        self._window = self._told = len(self._ids)
        return text

    def _untold(self) -> str:
        known = self._decode(self._ids[self._window : self._told])
        return self._decode(self._ids[self._window :])[len(known) :]

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
