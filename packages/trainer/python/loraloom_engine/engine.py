"""What the engine holds and how it answers each request.

One base, the adapters on it, at most one training run, other background work
(tokenizing, evaluating, estimating) and the answers in the making. The loop calls
``handle``, ``advance_background`` and ``advance_chats``.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from loraloom_engine import ENGINE_VERSION, PROTOCOL_VERSION
from loraloom_engine.adapter_files import read_adapter, verify_adapter
from loraloom_engine.base import Base, describe_base, load_base
from loraloom_engine.channel import EventStream
from loraloom_engine.data.tokenizing import tokenize
from loraloom_engine.device import device_name, free_memory, total_memory
from loraloom_engine.errors import EngineError
from loraloom_engine.estimating import estimate
from loraloom_engine.evaluating import evaluate
from loraloom_engine.faults import to_fault
from loraloom_engine.protocol import requests
from loraloom_engine.protocol.events import (
    EmptyResult,
    Error,
    LoadAdapterResult,
    Ready,
    RunFailed,
)
from loraloom_engine.sampling.sampling import Sampling
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import CancelledError, train

# Chat tokens between two micro-batches. On a CPU eight tokens take about as long as a
# micro-batch of one short chat, so chats and training get about half the time each.
TOKENS_PER_TICK = 8

Emit = Callable[[Any], None]


@dataclass(eq=False)
class Work:
    """Background work: a generator that hands the engine back after every piece."""

    turns: Generator[None, None, Any]
    emit: Emit
    run_id: str | None = None
    adapter: str | None = None

    def tell_fault(self, error: Exception) -> None:
        fault = to_fault(error)
        if self.run_id is None:
            self.emit(Error(fault.code, fault.message, fault.details))
        else:
            self.emit(RunFailed(self.run_id, fault.code, fault.message, fault.details))


class Engine:
    """Answers requests on one device; every answer is an event with the request's id."""

    def __init__(self, device: torch.device, events: EventStream) -> None:
        self.stopping = False
        self._device = device
        self._events = events
        self._base: Base | None = None
        self._adapter_paths: dict[str, Path] = {}
        self._pace = Pace()
        self._background: list[Work] = []
        self._samplings: dict[str, Sampling] = {}
        self._handlers: dict[type, Callable[[Any, Emit], None]] = {
            requests.Hello: self._hello,
            requests.LoadBase: self._load_base,
            requests.UnloadBase: self._unload_base,
            requests.Tokenize: self._tokenize,
            requests.StartRun: self._start_run,
            requests.CancelRun: self._cancel_run,
            requests.LoadAdapter: self._load_adapter,
            requests.UnloadAdapter: self._unload_adapter,
            requests.CancelSample: self._cancel_sample,
            requests.Estimate: self._estimate,
            requests.Evaluate: self._evaluate,
            requests.VerifyAdapter: self._verify_adapter,
            requests.Shutdown: self._shutdown,
        }

    @property
    def idle(self) -> bool:
        return not self._background and not self._samplings

    def handle(self, request_id: str, request: Any) -> None:
        """Answer a request, or begin the work that will."""
        emit = partial(self._events.emit, request_id=request_id)
        try:
            if isinstance(request, requests.Sample):
                self._sample(request_id, request, emit)
            else:
                self._handlers[type(request)](request, emit)
        except Exception as error:  # noqa: BLE001 - one request's fault must not end the others
            fault = to_fault(error)
            emit(Error(fault.code, fault.message, fault.details))

    def advance_background(self) -> None:
        """One piece of every background work: of a run, one micro-batch."""
        for work in list(self._background):
            self._advance(work)

    def advance_chats(self) -> None:
        """Give the waiting answers their turns, the one that waited longest first."""
        for _ in range(TOKENS_PER_TICK):
            if not self._samplings:
                return
            request_id = next(iter(self._samplings))
            sampling = self._samplings.pop(request_id)
            self._advance_chat(request_id, sampling)

    def stop(self) -> None:
        """End all work in order: runs leave a checkpoint, answers and files end early."""
        for work in list(self._background):
            if work.run_id is not None:
                self._throw(work, CancelledError(checkpoint=True))
            else:
                work.turns.close()
                work.emit(Error("request_cancelled", "The engine was asked to stop."))
        self._background.clear()
        for sampling in self._samplings.values():
            sampling.cancel()
        self._samplings.clear()
        self.stopping = True

    def _advance_chat(self, request_id: str, sampling: Sampling) -> None:
        try:
            sampling.advance()
        except Exception as error:  # noqa: BLE001 - the other answers and the run go on
            fault = to_fault(error)
            self._events.emit(Error(fault.code, fault.message, fault.details), request_id)
            return
        if not sampling.finished:
            self._samplings[request_id] = sampling

    def _begin(self, work: Work) -> None:
        self._background.append(work)
        self._advance(work)

    def _advance(self, work: Work) -> None:
        try:
            next(work.turns)
        except StopIteration as end:
            self._background.remove(work)
            if end.value is not None:
                work.emit(end.value)
        except Exception as error:  # noqa: BLE001 - one work's fault must not end the others
            self._background.remove(work)
            work.tell_fault(error)

    def _throw(self, work: Work, error: Exception) -> None:
        """Make a run take the exception at the point where it handed the engine back."""
        self._background.remove(work)
        try:
            work.turns.throw(error)
        except StopIteration:
            return
        except Exception as fault:  # noqa: BLE001 - as in _advance
            work.tell_fault(fault)

    def _hello(self, _: requests.Hello, emit: Emit) -> None:
        emit(
            Ready(
                protocol=PROTOCOL_VERSION,
                engine_version=ENGINE_VERSION,
                device=self._device.type,
                device_name=device_name(self._device),
                torch_version=torch.__version__,
                threads=torch.get_num_threads(),
                total_memory_bytes=total_memory(self._device),
                free_memory_bytes=free_memory(self._device),
            )
        )

    def _load_base(self, request: requests.LoadBase, emit: Emit) -> None:
        self._drop_base()
        started = time.monotonic()
        self._base = load_base(request, self._device)
        emit(describe_base(self._base, started))

    def _unload_base(self, _: requests.UnloadBase, emit: Emit) -> None:
        self._drop_base()
        emit(EmptyResult())

    def _drop_base(self) -> None:
        if not self.idle:
            raise EngineError("engine_busy", "The base can't be changed while it is in use.")
        self._base = None
        self._adapter_paths.clear()
        self._pace = Pace()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _tokenize(self, request: requests.Tokenize, emit: Emit) -> None:
        self._begin(Work(tokenize(self._loaded(), request), emit))

    def _start_run(self, request: requests.StartRun, emit: Emit) -> None:
        base = self._loaded()
        busy = next((work.run_id for work in self._background if work.run_id), None)
        if busy is not None:
            raise EngineError("engine_busy", f"The run {busy} is in progress.", {"run_id": busy})
        self._begin(Work(train(base, request, self._pace, emit), emit, request.run_id))

    def _cancel_run(self, request: requests.CancelRun, emit: Emit) -> None:
        for work in list(self._background):
            if work.run_id == request.run_id:
                emit(EmptyResult())
                self._throw(work, CancelledError(request.checkpoint))
                return
        raise EngineError("run_not_found", f"No run {request.run_id} is in progress here.")

    def _load_adapter(self, request: requests.LoadAdapter, emit: Emit) -> None:
        base = self._loaded()
        files = read_adapter(base, Path(request.path))
        if request.adapter not in self._adapter_paths:
            base.adapters.add_with_weights(request.adapter, files.config, files.tensors)
            self._adapter_paths[request.adapter] = Path(request.path)
        emit(LoadAdapterResult(files.parameters))

    def _unload_adapter(self, request: requests.UnloadAdapter, emit: Emit) -> None:
        base = self._loaded()
        self._check_adapter(request.adapter)
        users = [*self._samplings.values(), *self._background]
        if any(user.adapter == request.adapter for user in users):
            raise EngineError("engine_busy", f"The adapter {request.adapter} is in use.")
        base.adapters.remove(request.adapter)
        del self._adapter_paths[request.adapter]
        emit(EmptyResult())

    def _sample(self, request_id: str, request: requests.Sample, emit: Emit) -> None:
        base = self._loaded()
        self._check_adapter(request.adapter)
        if request_id in self._samplings:
            raise EngineError("bad_option", f"The id {request_id} is in use by another sample.")
        self._samplings[request_id] = Sampling(base, request, emit)

    def _cancel_sample(self, request: requests.CancelSample, emit: Emit) -> None:
        emit(EmptyResult())
        sampling = self._samplings.pop(request.sample_id, None)
        if sampling is not None:  # it may have ended while the request was on its way
            sampling.cancel()

    def _estimate(self, request: requests.Estimate, emit: Emit) -> None:
        self._begin(Work(estimate(self._loaded(), request, self._pace), emit))

    def _evaluate(self, request: requests.Evaluate, emit: Emit) -> None:
        base = self._loaded()
        self._check_adapter(request.adapter)
        turns = evaluate(base, request, self._adapter_paths)
        self._begin(Work(turns, emit, adapter=request.adapter))

    def _verify_adapter(self, request: requests.VerifyAdapter, emit: Emit) -> None:
        emit(verify_adapter(self._loaded(), request))

    def _shutdown(self, _: requests.Shutdown, emit: Emit) -> None:
        self.stop()
        emit(EmptyResult())

    def _loaded(self) -> Base:
        if self._base is None:
            raise EngineError("model_not_loaded", "No base model is loaded; send load_base first.")
        return self._base

    def _check_adapter(self, adapter: str | None) -> None:
        if adapter is not None and adapter not in self._adapter_paths:
            raise EngineError("adapter_not_loaded", f"The adapter {adapter} is not loaded here.")
