import { z } from "zod";
import { adapterKeys } from "../keys/index.ts";
import { getObject, putObjectIf } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { Adapter } from "./lock-adapter.ts";

/** `current.json`: which version readers use. `version` is null where there is none. */
export const pointerSchema = z.object({
  version: z.string().nullable(),
  /** What was current before, the latest first. */
  previous: z.array(z.string()),
  publish_seq: z.int().nonnegative(),
  generation: z.int().positive(),
});

/** Writes `current.json` over a lower `publish_seq` only. `conflict`: it changed meanwhile; read again. */
export const writePointer = async (
  store: Store,
  adapter: Adapter,
  previous: string[],
): Promise<"current" | "conflict"> => {
  const key = adapterKeys(adapter).current;
  const found = await readPointer(store, key);
  if (found && found.publishSeq >= adapter.publishSeq) return "current";
  const { currentVersion: version, publishSeq: publish_seq, generation } = adapter;
  const body = `${JSON.stringify({ version, previous, publish_seq, generation }, null, 2)}\n`;
  const answer = await putObjectIf(
    store.objects,
    { key, body, contentType: "application/json" },
    found ? { ifMatch: found.etag } : { ifNoneMatch: "*" },
  );
  return answer === "conflict" ? "conflict" : "current";
};

/** A body that is none of ours counts as older than all. */
const readPointer = async (
  store: Store,
  key: string,
): Promise<{ etag: string; publishSeq: number } | undefined> => {
  const object = await getObject(store.objects, { key });
  if (!object) return undefined;
  const pointer = pointerSchema.safeParse(parseJson(Buffer.from(await object.bytes()).toString("utf8")));
  if (!pointer.success)
    store.log.warn({ key }, "the pointer to the current version was damaged; it is written anew");
  return { etag: object.etag, publishSeq: pointer.data?.publish_seq ?? -1 };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
