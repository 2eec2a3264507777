"""The ``evaluate`` request: every method's loss on rows, as a run measures its held-out ones."""

from pathlib import Path

import pytest
from conftest import load_tiny
from driving import run_alone

from loraloom_engine import device_memory
from loraloom_engine.adapter_files import load_adapter
from loraloom_engine.errors import EngineError
from loraloom_engine.evaluating import evaluate
from loraloom_engine.protocol.events import Evaluated
from loraloom_engine.protocol.requests import Evaluate, StartRun
from loraloom_engine.whole.served_model import ServedVersion

METHODS = ["sft", "dpo", "orpo", "kto"]


def ask(base, method: str, path: str, served: ServedVersion | None = None, **changes) -> Evaluated:
    fields = {"beta": 0.1, "desirable_weight": 1.0, "undesirable_weight": 1.0} | changes
    name = "a" if served else None
    fields = {"adapter": name, "dtype": "base", "logits_path": None} | fields
    turns = evaluate(base, Evaluate(path, method, **fields), served)
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return end.value


@pytest.fixture
def trained(base, tmp_path, judged, training_config):
    """A run with held-out rows: what it told, and its adapter as it is served."""

    def run(method: str) -> tuple[list, ServedVersion]:
        # One batch of all held-out rows for KTO, as the request has it.
        config = training_config(method=method, batch_size=6, seed=0, learning_rate=0.03)
        rows, held_out = judged(method, 6, "rows.gz"), judged(method, 5, "held-out.gz")
        request = StartRun("r", "ada", rows, held_out, None, str(tmp_path / "work"), config)
        events = run_alone(base, request)
        path = Path(events[-1].path)
        return events, ServedVersion(path, load_adapter(base, path))

    return run


@pytest.mark.parametrize("method", METHODS)
def test_rows_are_measured_as_a_run_measures_them(base, trained, tmp_path, method):
    events, served = trained(method)
    before, after = [event for event in events if isinstance(event, Evaluated)]
    path = str(tmp_path / "held-out.gz")
    alone, adapted = ask(base, method, path), ask(base, method, path, served)
    assert alone.loss == pytest.approx(before.loss, abs=1e-6)
    assert adapted.loss == pytest.approx(after.loss, abs=1e-6)
    assert abs(adapted.loss - alone.loss) > 1e-3
    assert (adapted.accuracy, alone.tokens) == (after.accuracy, before.tokens)
    assert (adapted.accuracy is None) == (adapted.perplexity is None) == (method != "sft")


def test_the_weights_of_preferences_count(base, trained, tmp_path):
    _, served = trained("dpo")
    path = str(tmp_path / "held-out.gz")
    assert ask(base, "dpo", path, served, beta=0.0).loss == pytest.approx(0.6931, abs=1e-4)
    assert ask(base, "dpo", path, served, beta=1.0).loss != ask(base, "dpo", path, served).loss


@pytest.mark.parametrize(
    ("method", "count", "changes", "code"),
    [("kto", 1, {}, "no_usable_rows"), ("dpo", 2, {"logits_path": "/x"}, "bad_option")],
    ids=["KTO with nothing to compare", "logits of pairs"],
)
def test_what_cannot_be_measured_is_refused(base, judged, method, count, changes, code):
    with pytest.raises(EngineError) as refused:
        ask(base, method, judged(method, count, "few.gz"), **changes)
    assert refused.value.code == code


def test_a_copy_in_float32_that_memory_does_not_hold_is_refused_with_the_numbers(
    monkeypatch, tiny_folder, judged
):
    base = load_tiny(tiny_folder, "bfloat16")
    needed = 4 * sum(each.numel() for each in [*base.model.parameters(), *base.model.buffers()])
    monkeypatch.setattr(device_memory, "free_memory", lambda _: needed - 1)
    with pytest.raises(EngineError, match="copy of the base in float32") as refused:
        ask(base, "sft", judged("sft", 2, "rows.gz"), dtype="float32")
    assert refused.value.code == "out_of_memory"
    assert refused.value.details == {"memory_bytes": needed, "free_memory_bytes": needed - 1}


def test_rows_of_another_method_are_named(base, judged):
    with pytest.raises(EngineError, match=r"sft\.gz:1 is no pair"):
        ask(base, "dpo", judged("sft", 2, "sft.gz"))
