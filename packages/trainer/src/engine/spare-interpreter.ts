import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import { type EngineChild, type EngineCommand, startPython } from "./child.ts";
import { createEventQueue, type EventQueue } from "./event-queue.ts";

/** A Python that has imported the slow packages; each engine is forked from it. */
export type SpareInterpreter = AsyncDisposable & {
  /**
   * Starts an engine that runs the code of this moment; the one before it must have ended.
   *
   * @throws LoraloomError `engine_crashed` when the interpreter ends instead
   */
  startEngine(): Promise<EngineChild>;
};

/** An engine of the interpreter from its order to its end. */
type Fork = {
  pid: PromiseWithResolvers<number>;
  lines: EventQueue<string>;
  ended: PromiseWithResolvers<string>;
};
type Interpreter = { child: EngineChild; fork: Fork | undefined };

/** Keeps one interpreter, from the first engine on. */
export const keepSpareInterpreter = (command: EngineCommand, log: Logger): SpareInterpreter => {
  let interpreter: Interpreter | undefined;
  const start = (): Interpreter => {
    const child = startPython(command, [join(command.pythonFolder, "spare_interpreter.py")], log);
    log.info({ enginePid: child.pid }, "spare interpreter started");
    const started: Interpreter = { child, fork: undefined };
    void followForks(started).finally(() => {
      if (interpreter === started) interpreter = undefined;
    });
    return started;
  };
  return {
    startEngine: () => {
      interpreter ??= start();
      return startFork(interpreter);
    },
    [Symbol.asyncDispose]: async () => {
      const { child } = interpreter ?? {};
      child?.kill("SIGKILL");
      await child?.exited;
    },
  };
};

const startFork = async (interpreter: Interpreter): Promise<EngineChild> => {
  const fork: Fork = {
    pid: Promise.withResolvers(),
    lines: createEventQueue(),
    ended: Promise.withResolvers(),
  };
  interpreter.fork = fork;
  interpreter.child.send("start");
  const pid = await fork.pid.promise;
  return {
    pid,
    lines: fork.lines,
    send: interpreter.child.send,
    kill: (signal) => {
      if (interpreter.fork === fork) sendSignal(pid, signal);
    },
    // Its stdin is the interpreter's, which stays; whoever hangs up has sent SIGTERM as well.
    hangUp: () => {},
    exited: fork.ended.promise,
  };
};

/** Hands each line to the engine that it is of, until the interpreter is gone. */
const followForks = async (interpreter: Interpreter): Promise<void> => {
  for await (const line of interpreter.child.lines) takeLine(interpreter, line);
  endFork(interpreter, `with its interpreter, which ended ${await interpreter.child.exited}`);
};

/** Engines themselves write nothing but JSON objects. */
const takeLine = (interpreter: Interpreter, line: string): void => {
  const [, word, rest = ""] = /^(started|ended) (.+)$/.exec(line) ?? [];
  if (word === "started") interpreter.fork?.pid.resolve(Number(rest));
  else if (word === "ended") endFork(interpreter, rest);
  else if (line !== "") interpreter.fork?.lines.push(line);
};

const endFork = (interpreter: Interpreter, how: string): void => {
  const { fork } = interpreter;
  interpreter.fork = undefined;
  fork?.pid.reject(new LoraloomError("engine_crashed", `The engine ended ${how} before it had begun.`));
  fork?.lines.close();
  fork?.ended.resolve(how);
};

const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has just ended; the interpreter's word on that is on its way.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
};
