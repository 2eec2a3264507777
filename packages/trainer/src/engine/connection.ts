import { type ErrorCode, isErrorCode, LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import type { EngineChild } from "./child.ts";
import type { EngineClock } from "./engine-clock.ts";
import { createEventQueue, type EventQueue } from "./event-queue.ts";
import {
  type AnswerOf,
  answerSchemas,
  type EngineEvent,
  type EngineRequest,
  engineEventSchema,
  engineRequestSchema,
  type FieldsOf,
  isLastEvent,
  type SingleAnswer,
} from "./protocol.ts";

/** Time for a checkpoint of every run before an engine that was told to end is killed. */
const endMilliseconds = 15_000;

/** One engine process and the requests that are open on it. */
export type EngineConnection = {
  pid: number;
  /** Sends a request that has one answer. @throws LoraloomError with the engine's code, or `engine_crashed` */
  ask<Type extends SingleAnswer>(type: Type, fields: FieldsOf<Type>): Promise<AnswerOf<Type>>;
  /**
   * Sends a request that has many events; the last one ends the stream.
   *
   * @param onEvent hears each event in the moment in which it comes, which may be long before it is read
   * @throws as `ask`
   */
  open<Type extends StreamType>(
    type: Type,
    fields: FieldsOf<Type>,
    onEvent?: (event: EngineEvent) => void,
  ): EngineStream;
  /** Resolves when the process is gone, with why. */
  closed: Promise<LoraloomError>;
  /** Ends the engine: politely first. */
  end(): Promise<void>;
};
export type EngineStream = { id: string; events: AsyncIterable<EngineEvent> };

type StreamType = Exclude<EngineRequest["type"], SingleAnswer>;
type OpenRequests = Map<string, Pick<EventQueue<EngineEvent>, "push" | "close" | "fail">>;

/**
 * Talks to an engine process that has said nothing yet.
 *
 * @param clock begun before the engine was started; it stands at a line's stamp while listeners hear that line
 */
export const connectEngine = (child: EngineChild, clock: EngineClock, log: Logger): EngineConnection => {
  const requests: OpenRequests = new Map();
  const take = (line: string): void => {
    const event = readLine(line);
    clock.tell(event.at);
    dispatch(event, requests, log);
  };
  const closed = readAll(child, take);
  let lastId = 0;
  let gone: LoraloomError | undefined;
  void closed.then((error) => {
    gone = error;
    for (const queue of requests.values()) queue.fail(error);
  });

  const open = (
    type: EngineRequest["type"],
    fields: object,
    onEvent: (event: EngineEvent) => void = () => {},
  ): EngineStream => {
    if (gone) throw gone;
    lastId += 1;
    const id = String(lastId);
    const queue = createEventQueue<EngineEvent>();
    const line = JSON.stringify(checkRequest({ type, id, ...fields }));
    const push = (event: EngineEvent): void => {
      onEvent(event);
      queue.push(event);
    };
    requests.set(id, { ...queue, push });
    child.send(line);
    return { id, events: eventsOf(queue) };
  };
  return {
    pid: child.pid,
    open,
    ask: async <Type extends SingleAnswer>(type: Type, fields: FieldsOf<Type>) => {
      const event = await lastOf(open(type, fields).events);
      return answerSchemas[type].parse(event) as AnswerOf<Type>;
    },
    closed,
    end: () => endChild(child, closed),
  };
};

const checkRequest = (request: { type: string; id: string }): EngineRequest => {
  const checked = engineRequestSchema.safeParse(request);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(({ path, message }) => `'${path.join(".")}': ${message}`);
  throw new LoraloomError("bad_option", `The engine takes no such ${request.type}: ${faults.join("; ")}.`, {
    cause: checked.error,
  });
};

const readAll = async (child: EngineChild, take: (line: string) => void): Promise<LoraloomError> => {
  let cause: unknown;
  const fail = (error: unknown): void => {
    cause ??= error;
    child.kill("SIGKILL");
  };
  const takeUnlessBroken = (line: string): void => {
    try {
      if (!cause) take(line);
    } catch (error) {
      // A line that can't be read means that no later one can be trusted.
      fail(error);
    }
  };
  try {
    // Read to its end: leaving the lines early waits for a process that nobody has killed yet.
    for await (const line of child.lines) takeUnlessBroken(line);
  } catch (error) {
    fail(error);
  }
  const how = await child.exited;
  return new LoraloomError("engine_crashed", `The engine (pid ${child.pid}) ended ${how}.`, { cause });
};

const readLine = (line: string): EngineEvent => engineEventSchema.parse(parseJson(line));

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    // No cause: the parser's message quotes the line, which may hold what somebody wrote in a chat.
    throw new Error(`A line of ${line.length} characters is no JSON.`);
  }
};

const dispatch = (event: EngineEvent, requests: OpenRequests, log: Logger): void => {
  if (event.type === "log") {
    log[event.level]({ part: "engine" }, event.message);
    return;
  }
  const { id } = event;
  const queue = id === undefined ? undefined : requests.get(id);
  if (id === undefined || !queue) {
    // Without the event itself: it may hold what somebody wrote in a chat.
    log.warn({ type: event.type, id }, "the engine answered nobody's request");
    return;
  }
  queue.push(event);
  if (!isLastEvent(event)) return;
  requests.delete(id);
  queue.close();
};

async function* eventsOf(queue: EventQueue<EngineEvent>): AsyncGenerator<EngineEvent> {
  for await (const event of queue) {
    if (event.type === "error") throw engineError(event);
    yield event;
  }
}

const lastOf = async (events: AsyncIterable<EngineEvent>): Promise<EngineEvent | undefined> => {
  let last: EngineEvent | undefined;
  for await (const event of events) last = event;
  return last;
};

/** The engine's error as one of ours; a code that the table lacks is a fault of the engine. */
export const engineError = (event: {
  code: string;
  message: string;
  details: Record<string, unknown>;
}): LoraloomError => {
  const code: ErrorCode = isErrorCode(event.code) ? event.code : "internal";
  return new LoraloomError(code, event.message, { details: event.details });
};

const endChild = async (child: EngineChild, closed: Promise<unknown>): Promise<void> => {
  child.kill("SIGTERM");
  child.hangUp();
  const timer = setTimeout(() => child.kill("SIGKILL"), endMilliseconds);
  await closed;
  clearTimeout(timer);
};
