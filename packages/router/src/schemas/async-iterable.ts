import { isTrackedEnvelope, type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** What the items of a stream look like, for those who describe it. */
const itemSchemas = new WeakMap<z.ZodType, z.ZodType>();

export const itemSchemaOf = (stream: z.ZodType): z.ZodType | undefined => itemSchemas.get(stream);

const streamOf = <Stream extends z.ZodType>(stream: Stream, item: z.ZodType): Stream => {
  itemSchemas.set(stream, item);
  return stream;
};

/** A stream whose every item is checked on its way out. */
export const asyncIterable = <Item extends z.ZodType>(item: Item) =>
  streamOf(
    z
      .custom<AsyncIterable<z.input<Item>, void>>(isAsyncIterable)
      .transform(async function* (items): AsyncGenerator<z.output<Item>, void> {
        for await (const value of items) yield await item.parseAsync(value);
      }),
    item,
  );

/** The same for events with an id, after which a cut watcher resumes. */
export const trackedIterable = <Item extends z.ZodType>(item: Item) =>
  streamOf(
    z
      .custom<AsyncIterable<TrackedEnvelope<z.input<Item>>, void>>(isAsyncIterable)
      .transform(async function* (items): AsyncGenerator<TrackedEnvelope<z.output<Item>>, void> {
        for await (const envelope of items) {
          if (!isTrackedEnvelope(envelope)) throw new TypeError("An event came without its id.");
          yield tracked(envelope[0], await item.parseAsync(envelope[1]));
        }
      }),
    item,
  );
