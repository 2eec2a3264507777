import { createHash } from "node:crypto";
import superjson from "superjson";

type Asked = {
  /** Whose things it is about; undefined: it is about the service. */
  owner: string | undefined;
  input: object;
};

/** The same for the same request, in whatever order its fields come. */
export const hashRequest = ({ owner, input }: Asked): string => {
  const { idempotencyKey: _, ...asked } = { idempotencyKey: "", ...input };
  // A caller may leave out that it is himself: the owner stands for both.
  const meant = owner === undefined ? asked : { ...asked, userId: owner };
  const { json, meta } = superjson.serialize(meant);
  return createHash("sha256")
    .update(JSON.stringify([inOrder(json), inOrder(meta)]))
    .digest("hex");
};

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // As pairs: a field may be called __proto__.
  return entries.map(([name, inner]) => [name, inOrder(inner)]);
};
