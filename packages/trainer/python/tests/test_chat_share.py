"""How the device's time is divided between answers and training."""

import pytest

from loraloom_engine.sampling.chat_share import LARGEST_SHARE, MOST_OWED, ChatShare

LAYER = 0.1


class Device:
    """Counts its time for answers and for training; a turn comes after each layer."""

    def __init__(self) -> None:
        self.now = self.answering = self.training = 0.0
        self._share = ChatShare(lambda: self.now)

    def layer(self, cost: float, first_token: bool = False) -> bool:
        """Train a layer, then answer for ``cost`` seconds; False if that is not allowed."""
        self.now += LAYER
        self.training += LAYER
        self._share.earn()
        if not self._share.allows(first_token):
            return False
        self.now += cost
        self.answering += cost
        self._share.spend()
        return True

    @property
    def share(self) -> float:
        return self.answering / (self.answering + self.training)


@pytest.mark.parametrize("cost", [0.01, 0.05, 0.4])
def test_answers_that_never_end_take_a_fifth_of_the_time(cost):
    device = Device()
    for _ in range(5000):
        device.layer(cost)
    assert device.share <= LARGEST_SHARE + 0.01
    assert device.share == pytest.approx(min(LARGEST_SHARE, cost / (cost + LAYER)), abs=0.01)


def test_a_first_token_does_not_wait_for_the_answers_before_it():
    device = Device()
    while device.layer(0.5):
        pass
    assert device.layer(0.2, first_token=True)


def test_first_tokens_without_an_end_are_held_to_the_share_too():
    device = Device()
    for _ in range(5000):
        device.layer(0.2, first_token=True)
    assert device.answering <= device.now * LARGEST_SHARE + MOST_OWED + 0.2


def test_a_pause_is_no_licence_for_later():
    device = Device()
    for _ in range(1000):
        device.layer(0)
    begun = device.now
    while device.layer(0.5):
        pass
    assert device.now - begun < 3
