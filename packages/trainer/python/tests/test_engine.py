"""The engine as a process: its protocol, and work that goes on side by side."""

import json
import os
import sys
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from engine_process import PATIENCE_SECONDS, EngineProcess

from loraloom_engine import channel
from loraloom_engine.channel import EventStream
from loraloom_engine.engine import URGENT
from loraloom_engine.lane.calibration import SIZES
from loraloom_engine.loop import Inbox
from loraloom_engine.protocol.events import Log

SAMPLE = {
    "messages": [{"role": "user", "content": "Hi"}],
    "adapter": None,
    "max_tokens": 20,
    "temperature": 0,
    "top_p": 1,
    "seed": None,
    "stop": [],
    "template_variables": {},
}


def test_hello_tells_the_device_and_events_are_numbered(engine):
    ready = engine.call("hello", protocol=1)
    assert (ready["type"], ready["protocol"], ready["threads"]) == ("ready", 1, 1)
    assert 0 < ready["free_memory_bytes"] <= ready["total_memory_bytes"]
    first, second = engine.events
    assert second["seq"] == first["seq"] + 1
    assert 0 < first["at"] < second["at"]


def test_an_event_is_stamped_when_it_is_told_however_late_it_is_read(monkeypatch):
    moments = iter([100.0, 100.0, 102.5, 7302.5000004])
    monkeypatch.setattr(channel, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    reader, writer = os.pipe()
    events = EventStream(writer)
    for message in ("one", "two", "three"):
        events.emit(Log("info", message))
    with os.fdopen(reader) as lines:
        stamps = [json.loads(lines.readline())["at"] for _ in range(3)]
    assert stamps == [0.0, 2.5, 7202.5]


def test_base_loaded_describes_the_model(engine):
    (loaded,) = engine.of_type("base_loaded")
    assert loaded["context_length"] == 512
    assert loaded["pass_tokens"] in SIZES["cpu"]
    assert loaded["linear_modules"] == sorted(
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    )


def test_a_base_and_an_adapter_leave_nothing_in_the_log(own_engine, tmp_path, tokenized, config):
    run = {"run_id": "r", "owner": "ada", "work_dir": str(tmp_path), "config": config(max_steps=1)}
    files = {"rows_path": tokenized(), "evaluation_path": None, "checkpoint_path": None}
    own_engine.send("start_run", **run, **files)
    assert own_engine.finish_run()["type"] == "run_finished"
    assert (tmp_path / "engine.log").read_text() == ""


@pytest.mark.parametrize("line", ["{", "[]", "[" * 100_000, '{"id":"x","type":"dance"}'])
def test_a_bad_line_is_answered_and_the_engine_goes_on(engine, line):
    engine.send_line(line)
    error = engine.wait_for_type("error")
    assert error["code"] == "bad_option"
    assert error.get("id") == ("x" if "dance" in line else None)
    assert engine.call("hello", protocol=1)["type"] == "ready"


def test_requests_without_a_base_are_answered_model_not_loaded(engine):
    engine.call("unload_base")
    assert engine.call("sample", **SAMPLE)["code"] == "model_not_loaded"


def test_an_unknown_adapter_is_answered_adapter_not_loaded(engine):
    assert engine.call("sample", **SAMPLE | {"adapter": "x"})["code"] == "adapter_not_loaded"


def test_a_run_answers_while_it_trains_and_names_its_step(engine, start_run):
    start_run(epochs=200)
    engine.wait_for_type("progress")
    sampled = engine.call("sample", **SAMPLE | {"run_id": "r1"})
    assert sampled["type"] == "sampled"
    told = engine.of_type("progress")[-1]["step"]
    assert 1 <= sampled["step"] <= told
    engine.send("cancel_run", run_id="r1", checkpoint=False)
    engine.finish_run()
    assert engine.call("sample", **SAMPLE | {"run_id": "r1"})["code"] == "run_not_training"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("temperature", -1),
        ("top_k", 0),
        ("min_p", 1.5),
        ("repetition_penalty", 0),
        ("logprobs", 21),
    ],
)
def test_a_bad_way_to_choose_is_named_with_its_value(engine, option, value):
    error = engine.call("sample", **SAMPLE | {option: value})
    assert error["code"] == "bad_option"
    assert f"'{option}'" in error["message"]
    assert f"not {value}" in error["message"]


def test_an_adapter_and_a_run_cannot_both_answer(engine):
    error = engine.call("sample", **SAMPLE | {"adapter": "a", "run_id": "r1"})
    assert (error["code"], "'run_id'" in error["message"]) == ("bad_option", True)


def test_a_stray_print_cannot_break_the_stream(tmp_path, tiny_folder):
    noisy = (
        "import os, runpy, sys, loraloom_engine.channel as c\n"
        "old = c.pump\n"
        "def pump(d, q):\n"
        "    print('stray', flush=True); os.write(1, b'raw'); old(d, q)\n"
        "c.pump = pump\n"
        "runpy.run_module('loraloom_engine', run_name='__main__')\n"
    )
    log = tmp_path / "engine.log"
    with EngineProcess(log, command=[sys.executable, "-c", noisy]) as engine:
        assert engine.load_base(tiny_folder)["type"] == "base_loaded"
    assert "stray" in log.read_text()
    assert "raw" in log.read_text()


def test_a_chat_streams_while_a_run_trains(engine, start_run):
    start_run(epochs=200)
    engine.wait_for_type("progress")
    sample_id = engine.send("sample", **SAMPLE)
    engine.wait_for(lambda event: event["type"] == "sampled" and event["id"] == sample_id)
    engine.send("cancel_run", run_id="r1", checkpoint=False)
    engine.finish_run()
    kinds = [event["type"] for event in engine.events]
    during = kinds[kinds.index("token") : kinds.index("sampled")]
    assert "progress" in during
    assert "token" in during[during.index("progress") :]


def test_two_chats_stream_side_by_side(engine):
    ids = [engine.send("sample", **SAMPLE), engine.send("sample", **SAMPLE)]
    for _ in ids:
        engine.wait_for_type("sampled")
    texts = [event["text"] for event in engine.of_type("sampled")]
    assert texts[0] == texts[1]
    order = [event["id"] for event in engine.of_type("token")]
    assert set(order[: len(order) // 2]) == set(ids)


def test_a_run_that_is_in_progress_is_not_started_again(engine, start_run):
    start_run(epochs=200)
    engine.wait_for_type("progress")
    second = start_run()
    error = engine.wait_for(lambda event: event.get("id") == second)
    assert error["code"] == "engine_busy"
    assert "run r1 is in progress" in error["message"]
    assert engine.call("unload_base")["code"] == "engine_busy"


def test_cancel_ends_a_run_within_a_micro_batch(engine, start_run):
    run_id = start_run(epochs=1000, gradient_accumulation=5)
    engine.wait_for_type("progress")
    answer = engine.send("cancel_run", run_id="r1", checkpoint=False)
    engine.wait_for(lambda event: event.get("id") == answer)
    following = engine.wait_for(lambda event: event.get("id") == run_id)
    assert (following["type"], following["checkpoint_path"]) == ("run_cancelled", None)
    assert engine.call("cancel_run", run_id="r1", checkpoint=False)["code"] == "run_not_found"


def test_a_run_that_is_told_to_finish_makes_an_adapter_of_its_last_step(engine, start_run):
    run_id = start_run(epochs=1000, gradient_accumulation=5)
    engine.wait_for_type("progress")
    engine.call("finish_run", run_id="r1")
    finished = engine.finish_run()
    told = [event["step"] for event in engine.of_type("progress") if event["id"] == run_id]
    assert (finished["type"], finished["steps"], finished["stopped_early"]) == (
        "run_finished",
        told[-1],
        True,
    )
    assert (Path(finished["path"]) / "adapter_model.safetensors").is_file()
    assert engine.call("finish_run", run_id="r1")["code"] == "run_not_found"


def test_a_cancelled_sample_says_so(engine, start_run):
    start_run(epochs=1000)  # slows the answer down, so that it can't end first
    engine.wait_for_type("progress")
    sample_id = engine.send("sample", **SAMPLE | {"max_tokens": 400, "temperature": 9})
    engine.wait_for_type("token")
    engine.send("cancel_sample", sample_id=sample_id)
    sampled = engine.wait_for_type("sampled")
    assert (sampled["id"], sampled["finish_reason"]) == (sample_id, "cancelled")


def test_a_failed_run_leaves_the_engine_usable(engine, start_run):
    before = engine.call("sample", **SAMPLE)["text"]
    start_run(learning_rate=1e30, warmup_ratio=0)
    assert engine.finish_run()["code"] == "non_finite_loss"
    assert engine.call("sample", **SAMPLE)["text"] == before
    start_run()
    assert engine.finish_run()["type"] == "run_finished"


def test_an_adapter_changes_answers_and_only_its_own(engine, start_run):
    bare = engine.call("sample", **SAMPLE)["text"]
    start_run(epochs=10)
    path = engine.finish_run()["path"]
    loaded = engine.call("load_adapter", adapter="u.1/a", path=path)
    assert loaded["parameters"] > 0
    again = engine.call("load_adapter", adapter="u.1/a", path=f"{path}-gone")
    assert again == loaded | {"seq": loaded["seq"] + 1, "at": again["at"], "id": again["id"]}
    assert engine.call("sample", **SAMPLE | {"adapter": "u.1/a"})["text"] != bare
    assert engine.call("sample", **SAMPLE)["text"] == bare
    assert engine.call("unload_adapter", adapter="u.1/a")["type"] == "result"
    assert engine.call("unload_adapter", adapter="u.1/a")["code"] == "adapter_not_loaded"


def test_a_load_in_the_middle_of_a_pass_follows_the_unload_that_came_first():
    queue = SimpleQueue()
    inbox = Inbox(queue, EventStream(os.open(os.devnull, os.O_WRONLY)))
    for request in (
        {"id": "1", "type": "unload_adapter", "adapter": "a"},
        {"id": "2", "type": "load_adapter", "adapter": "a", "path": "/versions/a"},
    ):
        queue.put(json.dumps(request).encode())
    assert [request_id for request_id, _ in inbox.take(URGENT)] == ["1", "2"]


def test_evaluate_writes_float32_logits_of_a_bfloat16_base(
    tmp_path, tiny_folder, tokenized, start_run, engine
):
    from safetensors.torch import load_file

    start_run()
    adapter = engine.finish_run()["path"]
    results = {}
    for dtype in ("float32", "bfloat16"):
        engine.load_base(tiny_folder, dtype)
        engine.call("load_adapter", adapter="a", path=adapter)
        path = str(tmp_path / f"{dtype}.safetensors")
        measure = {"method": "sft", "beta": 0.1, "desirable_weight": 1, "undesirable_weight": 1}
        asked = {"adapter": "a", "dtype": "float32", "logits_path": path}
        evaluated = engine.call("evaluate", rows_path=tokenized(), **measure, **asked)
        results[dtype] = (evaluated["loss"], load_file(path)["logits"])
    assert results["float32"][1].shape == (10, 259)
    assert results["bfloat16"][0] == pytest.approx(results["float32"][0], abs=1e-6)
    assert (results["bfloat16"][1] - results["float32"][1]).abs().max() < 1e-5


def test_shutdown_answers_and_ends(own_engine):
    assert own_engine.events[0]["seq"] == 1
    assert own_engine.call("shutdown")["type"] == "result"
    assert own_engine.process.wait(PATIENCE_SECONDS) == 0
