import { inspectApart } from "@loraloom/dataset";
import type { Inspect } from "@loraloom/store/files";

/** Says what is in an uploaded file, at its completion or in a side job. */
export const inspect: Inspect = ({ name, bytes, limits }) => inspectApart({ name, bytes, limits });
