import { createHash } from "node:crypto";
import superjson from "superjson";

/** The same for the same request, in whatever order its fields come. */
export const hashRequest = ({ owner, input }: { owner: string; input: object }): string => {
  // Left out or the caller's own: the owner stands for both.
  const { idempotencyKey: _, userId: __, ...asked } = { idempotencyKey: "", userId: "", ...input };
  const { json, meta } = superjson.serialize(asked);
  return createHash("sha256")
    .update(JSON.stringify([owner, inOrder(json), inOrder(meta)]))
    .digest("hex");
};

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // As pairs: a field may be called __proto__.
  return entries.map(([name, inner]) => [name, inOrder(inner)]);
};
