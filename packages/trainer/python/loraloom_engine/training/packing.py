"""Packing: which examples fill each sequence of a run that trains on packed sequences.

Best-fit decreasing, as TRL packs: the longest example first, each into the fullest sequence that
has room for it. So the number of sequences depends on the lengths alone, and an estimate counts
the very steps that a run takes. They are packed once; which of several equally long examples goes
where is drawn under the seed.

A pass has no padding and no attention between examples. So packing costs and saves nothing there:
it only says which examples make a step, where they would be unequally long otherwise.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import LengthCount, Lengths, TrainingConfig


def pack(lengths: Sequence[int], order: Iterable[int], size: int) -> list[list[int]]:
    """Sequences of at most ``size`` tokens; ``order`` decides between equally long examples.

    Raises EngineError ``over_length`` for an example that is longer than a sequence.
    """
    if max(lengths) > size:
        raise EngineError(
            "over_length", f"An example of {max(lengths)} tokens fills no sequence of {size}."
        )
    sequences: list[list[int]] = []
    unfilled = Unfilled()
    for at in sorted(order, key=lambda at: -lengths[at]):
        number, room = unfilled.take(lengths[at]) or (len(sequences), size)
        if number == len(sequences):
            sequences.append([])
        sequences[number].append(at)
        unfilled.put(number, room - lengths[at])
    return sequences


def count_units(training: Lengths, config: TrainingConfig) -> int:
    """How many there are of what a batch counts: examples, or the sequences that ``pack`` makes.

    Raises EngineError ``bad_option`` where the examples' lengths are not known, or ``over_length``.
    """
    if config.packed_length is None:
        return training.examples
    if training.by_length is None:
        raise EngineError("bad_option", "'by_length' is missing, which packing is estimated from.")
    return count_sequences(training.by_length, config.packed_length)


def count_sequences(by_length: Sequence[LengthCount], size: int) -> int:
    lengths = [length for length, examples in by_length for _ in range(examples)]
    return len(pack(lengths, range(len(lengths)), size))


class Unfilled:
    """Sequences by the room that is left in them."""

    def __init__(self) -> None:
        self._rooms: list[int] = []
        self._with_room: dict[int, list[int]] = {}

    def put(self, number: int, room: int) -> None:
        if room not in self._with_room:
            insort(self._rooms, room)
            self._with_room[room] = []
        self._with_room[room].append(number)

    def take(self, length: int) -> tuple[int, int] | None:
        """The number of the fullest sequence that holds so many tokens more, and its room."""
        place = bisect_left(self._rooms, length)
        if place == len(self._rooms):
            return None
        room = self._rooms[place]
        number = self._with_room[room].pop()
        if not self._with_room[room]:
            del self._with_room[room], self._rooms[place]
        return number, room
