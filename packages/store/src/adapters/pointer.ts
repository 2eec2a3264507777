import { z } from "zod";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { getObject, putObjectIf } from "../objects/index.ts";
import { parseJson } from "../parse-json.ts";
import type { Store } from "../store.ts";
import type { Adapter } from "./lock-adapter.ts";

/** No service gets there; a number beyond it is another tool's mistake, and nothing could be counted above it. */
const highestSeq = 2 ** 50;
const highestGeneration = 2 ** 30;

/** `current.json`: which version readers use. `version` is null where there is none. */
const pointerSchema = z.object({
  version: z.string().nullable(),
  /** What was current before, the latest first. */
  previous: z.array(z.string()),
  publish_seq: z.int().nonnegative().max(highestSeq),
  generation: z.int().positive().max(highestGeneration),
  /** Whether there is an adapter; without a version it may be a new one. */
  state: z.enum(["active", "deleted"]).optional(),
  base_model: z.string().optional(),
});
export type Pointer = z.infer<typeof pointerSchema>;

/** The pointer as it lies in the store; a body that is none of ours counts as none. */
export const readPointer = async (
  store: Pick<Store, "objects" | "log">,
  scope: AvatarScope,
): Promise<{ pointer: Pointer | undefined; etag: string | undefined }> => {
  const key = adapterKeys(scope).current;
  const object = await getObject(store.objects, { key });
  if (!object) return { pointer: undefined, etag: undefined };
  const parsed = pointerSchema.safeParse(parseJson(Buffer.from(await object.bytes()).toString("utf8")));
  if (!parsed.success) store.log.warn({ key }, "the pointer to the current version is damaged");
  return { pointer: parsed.data, etag: object.etag };
};

/**
 * Writes `current.json` over a lower `publish_seq` only. `conflict`: it changed meanwhile; read again.
 *
 * @returns what is there where its `publish_seq` is higher
 */
export const writePointer = async (
  store: Store,
  adapter: Adapter,
  previous: string[],
): Promise<"current" | "conflict" | Pointer> => {
  const { pointer, etag } = await readPointer(store, adapter);
  if (pointer && pointer.publish_seq > adapter.publishSeq) return pointer;
  if (pointer?.publish_seq === adapter.publishSeq) return "current";
  const answer = await putObjectIf(
    store.objects,
    { key: adapterKeys(adapter).current, body: bodyOf(adapter, previous), contentType: "application/json" },
    etag === undefined ? { ifNoneMatch: "*" } : { ifMatch: etag },
  );
  return answer === "conflict" ? "conflict" : "current";
};

const bodyOf = (adapter: Adapter, previous: string[]): string => {
  const {
    currentVersion: version,
    publishSeq: publish_seq,
    generation,
    state,
    baseModel: base_model,
  } = adapter;
  const pointer: Pointer = { version, previous, publish_seq, generation, state, base_model };
  return `${JSON.stringify(pointer, null, 2)}\n`;
};
