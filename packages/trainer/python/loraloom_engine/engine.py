"""What the engine holds and how it answers each request.

One base, the adapters on it, background work (runs, token counts, evaluations, estimates) and
the answers in the making. The loop calls ``handle``, ``advance_background`` and
``advance_answers``; between the layers of a training pass, the chunks of its logits and the
runs' checkpoints, answers have their turns too.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from loraloom_engine import ENGINE_VERSION, PROTOCOL_VERSION
from loraloom_engine.adapter_files import verify_adapter
from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base, describe_base
from loraloom_engine.channel import EventStream
from loraloom_engine.data.tokenizing import tokenize
from loraloom_engine.device import device_name, free_memory, give_back_unused, total_memory
from loraloom_engine.errors import EngineError
from loraloom_engine.estimating import estimate
from loraloom_engine.evaluating import evaluate
from loraloom_engine.faults import to_fault
from loraloom_engine.lane.calibration import calibrate
from loraloom_engine.lane.lane import Lane
from loraloom_engine.loading import load_base
from loraloom_engine.protocol import requests
from loraloom_engine.protocol.events import Error, Ready
from loraloom_engine.protocol.results import EmptyResult
from loraloom_engine.sampling.answers import Answers
from loraloom_engine.sampling.chat_share import ChatShare
from loraloom_engine.sampling.live_runs import Voice
from loraloom_engine.sampling.sampling import Sampling
from loraloom_engine.served_versions import ServedVersions
from loraloom_engine.solo.train_apart import needs_own_process, train_apart
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train
from loraloom_engine.whole.model_files import verify_model

Emit = Callable[[Any], None]
# What may be handled in the middle of a pass: it changes nothing that the pass works with.
URGENT = (
    requests.Sample,
    requests.CancelSample,
    requests.LoadAdapter,
    # What is in use is refused. It keeps its place before a load of the same name.
    requests.UnloadAdapter,
    requests.Hello,
    # What a run waits for before its first step and after its last one.
    requests.Tokenize,
    requests.VerifyAdapter,
    requests.VerifyModel,
)


class Engine:
    """Answers requests on one device; every answer is an event with the request's id.

    ``take_urgent`` handles the requests that wait and are among ``URGENT``; ``wake`` makes the
    loop go on from another thread. The loop sets both.
    """

    def __init__(self, device: torch.device, events: EventStream) -> None:
        self.stopping = False
        self.take_urgent: Callable[[], None] = lambda: None
        self.wake: Callable[[], None] = lambda: None
        self._device = device
        self._events = events
        self._base: Base | None = None
        self._served = ServedVersions()
        self._pace = Pace()
        self._background: Background | None = None
        self._answers = Answers(events.emit)
        self._chat_share, self._file_share = (ChatShare(time.monotonic) for _ in range(2))
        self._in_turn = False
        self._handlers: dict[type, Callable[[Any, Emit], None]] = {
            requests.Hello: self._hello,
            requests.LoadBase: self._load_base,
            requests.UnloadBase: self._unload_base,
            requests.Tokenize: self._tokenize,
            requests.StartRun: self._start_run,
            requests.CancelRun: self._cancel_run,
            requests.FinishRun: self._finish_run,
            requests.LoadAdapter: self._load_adapter,
            requests.UnloadAdapter: self._unload_adapter,
            requests.CancelSample: self._cancel_sample,
            requests.Estimate: self._estimate,
            requests.Evaluate: self._evaluate,
            requests.VerifyAdapter: self._verify_adapter,
            requests.VerifyModel: self._verify_model,
            requests.Shutdown: self._shutdown,
        }

    @property
    def idle(self) -> bool:
        return not self._background and not self._answers

    @property
    def waits(self) -> bool:
        """Whether there is nothing to do before somebody says something."""
        return not self._answers and (not self._background or self._background.waits)

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
        """A piece of all work in progress, among it one pass of the runs."""
        if self._background:
            self._background.advance()

    def advance_answers(self) -> None:
        """One pass for the answers, as far as training leaves them time."""
        if self._in_turn or not self._answers:  # an answer's pass goes through layers itself
            return
        self._in_turn = True
        self._chat_share.earn()
        alone = not self._background or self._background.waits
        if alone or self._chat_share.allows(self._answers.any_unbegun):
            self._answers.advance(self._loaded())
            if not alone:
                self._chat_share.spend()
        self._in_turn = False

    def stop(self) -> None:
        """End all work in order: runs leave a checkpoint, answers and files end early."""
        if self._background:
            self._background.stop()
        self._answers.cancel_all()
        self.stopping = True

    def _give_turns(self) -> None:
        """A pass takes seconds on a CPU: nobody waits for its end to be answered."""
        if not self._in_turn:
            self.take_urgent()
            self.advance_answers()

    def _interrupt_pass(self) -> None:
        """Files too: with a moment's work a pass, a long one would take minutes to tokenize.

        Training leaves them as much time as it leaves answers, and no more.
        """
        if self._in_turn:
            return
        with self._loaded().forward.weights_of_base():
            self._give_turns()
            self._file_share.earn()
            if self._file_share.allows(first_token=False):
                self._background.advance_beside_pass()
                self._file_share.spend()

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
        base = load_base(request, self._device)
        base.pass_tokens = calibrate(base)
        background = Background(Lane(base, self._pace))
        base.stage.between_layers = base.head.between_chunks = self._interrupt_pass
        background.between_works = self._give_turns
        self._base, self._background = base, background
        emit(describe_base(base, started))

    def _unload_base(self, _: requests.UnloadBase, emit: Emit) -> None:
        self._drop_base()
        emit(EmptyResult())

    def _drop_base(self) -> None:
        if not self.idle:
            raise EngineError("engine_busy", "The base can't be changed while it is in use.")
        self._base = self._background = None
        self._served.clear()
        self._pace = Pace()
        give_back_unused(self._device)

    def _tokenize(self, request: requests.Tokenize, emit: Emit) -> None:
        self._begin(Work(tokenize(self._loaded(), request), emit, uses_base=False))

    def _start_run(self, request: requests.StartRun, emit: Emit) -> None:
        base = self._loaded()
        if needs_own_process(request.config):
            turns = train_apart(base, request, self.wake, emit)
        else:
            turns = train(base, request, self._pace, emit)
        self._begin(Work(turns, emit, request.run_id))

    def _begin(self, work: Work) -> None:
        self._background.begin(work)

    def _cancel_run(self, request: requests.CancelRun, emit: Emit) -> None:
        self._loaded()
        run = self._background.run(request.run_id)
        emit(EmptyResult())
        self._background.cancel(run, request.checkpoint)

    def _finish_run(self, request: requests.FinishRun, emit: Emit) -> None:
        self._loaded()
        run = self._background.run(request.run_id)
        emit(EmptyResult())
        self._background.finish(run)

    def _load_adapter(self, request: requests.LoadAdapter, emit: Emit) -> None:
        """A name that is loaded is not read again."""
        base = self._loaded()
        if request.adapter in self._served:
            emit(self._served.describe(request.adapter))
        else:
            self._begin(Work(self._served.load(base, request), emit, uses_base=False))

    def _unload_adapter(self, request: requests.UnloadAdapter, emit: Emit) -> None:
        self._loaded()
        _ = self._served[request.adapter]
        if self._answers.uses(request.adapter) or self._background.uses(request.adapter):
            raise EngineError("engine_busy", f"The adapter {request.adapter} is in use.")
        self._served.unload(request.adapter)
        emit(EmptyResult())

    def _sample(self, request_id: str, request: requests.Sample, emit: Emit) -> None:
        base = self._loaded()
        if request_id in self._answers:
            raise EngineError("bad_option", f"The id {request_id} is in use by another sample.")
        self._answers.add(request_id, Sampling(base, request, self._voice(base, request), emit))

    def _voice(self, base: Base, request: requests.Sample) -> Voice:
        if request.adapter and request.run_id:
            raise EngineError("bad_option", "'adapter' and 'run_id' must not both be given.")
        if request.run_id and self._background.trains_apart(request.run_id):
            raise EngineError(
                "run_not_training",
                f"The run {request.run_id} trains in a process of its own, which answers no chats.",
            )
        if request.run_id:
            return base.live_runs.newest(request.run_id)
        return Voice(self._served[request.adapter].adapter) if request.adapter else Voice()

    def _cancel_sample(self, request: requests.CancelSample, emit: Emit) -> None:
        emit(EmptyResult())
        self._answers.cancel(request.sample_id)

    def _estimate(self, request: requests.Estimate, emit: Emit) -> None:
        self._begin(Work(estimate(self._loaded(), request, self._pace), emit))

    def _evaluate(self, request: requests.Evaluate, emit: Emit) -> None:
        base = self._loaded()
        served = self._served[request.adapter] if request.adapter else None
        self._begin(Work(evaluate(base, request, served), emit, adapter=request.adapter))

    def _verify_adapter(self, request: requests.VerifyAdapter, emit: Emit) -> None:
        emit(verify_adapter(self._loaded(), request))

    def _verify_model(self, request: requests.VerifyModel, emit: Emit) -> None:
        self._begin(Work(verify_model(self._loaded(), request), emit, uses_base=False))

    def _shutdown(self, _: requests.Shutdown, emit: Emit) -> None:
        self.stop()
        emit(EmptyResult())

    def _loaded(self) -> Base:
        if self._base is None:
            raise EngineError("model_not_loaded", "No base model is loaded; send load_base first.")
        return self._base
