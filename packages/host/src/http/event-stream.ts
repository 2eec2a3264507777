import type { ApiRunEvent } from "@loraloom/router";

const encoder = new TextEncoder();

export type EventStreamOptions = {
  /** Between two comments while nothing happens, so that nothing on the way takes the stream for dead. */
  pingMilliseconds: number;
  /** What is told, as its last message, where the events end in an error. */
  describeError: (error: unknown) => object;
};

/**
 * Events as server-sent events (`text/event-stream`). They are asked for as the reader takes them: of one that
 * does not read, what the connection holds is all that is waiting.
 */
export const toEventStream = (
  events: AsyncIterable<ApiRunEvent>,
  options: EventStreamOptions,
): ReadableStream<Uint8Array> => ReadableStream.from(messagesOf(events, options));

async function* messagesOf(
  events: AsyncIterable<ApiRunEvent>,
  { pingMilliseconds, describeError }: EventStreamOptions,
): AsyncGenerator<Uint8Array, void> {
  try {
    // A first byte at once shows a person, and every proxy, that the stream is open.
    yield encoder.encode(": the run's events\n\n");
    for await (const event of withPings(events, pingMilliseconds)) {
      yield encoder.encode(event === ping ? ": ping\n\n" : messageOf(event));
    }
  } catch (error) {
    yield encoder.encode(`event: stream-error\ndata: ${JSON.stringify(describeError(error))}\n\n`);
  }
}

/** JSON has no line break of its own, so that one line holds it. */
const messageOf = (event: ApiRunEvent): string =>
  `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const ping = Symbol("ping");

async function* withPings<Item>(
  items: AsyncIterable<Item>,
  milliseconds: number,
): AsyncGenerator<Item | typeof ping, void> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const result = await firstOf(next, milliseconds);
      if (result !== ping && result.done) return;
      yield result === ping ? ping : result.value;
      if (result !== ping) next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

const firstOf = async <Value>(value: Promise<Value>, milliseconds: number): Promise<Value | typeof ping> => {
  const { promise: pinged, resolve } = Promise.withResolvers<typeof ping>();
  const timer = setTimeout(() => resolve(ping), milliseconds);
  try {
    return await Promise.race([value, pinged]);
  } finally {
    clearTimeout(timer);
  }
};
