import type { RowFault } from "../faults.ts";

/** Deeper values than any tool's schema: what writes JSON calls itself at each level. */
const deepest = 100;

/** Whether a value has lists or objects in each other beyond what is written as JSON again. */
export const isTooDeep = (value: unknown, depth = 0): boolean => {
  if (typeof value !== "object" || value === null) return false;
  return depth >= deepest || Object.values(value).some((member) => isTooDeep(member, depth + 1));
};

export const tooDeep = (path: string): RowFault => ({
  path,
  code: "data_type",
  message: `${path} has more than ${deepest} lists and objects in each other.`,
});
