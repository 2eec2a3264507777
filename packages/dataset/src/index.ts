/** Training data: formats, canonical rows, the report of a file. No I/O of its own. */

export type { Fault } from "./faults.ts";
export { defaultHyperparameters, epochsFor, type Hyperparameters } from "./hyperparameters.ts";
export { limits } from "./limits.ts";
export { readRows } from "./read-rows.ts";
export { type FileReport, inspectFile } from "./report.ts";
export { type CanonicalRow, canonicalRowSchema } from "./rows.ts";
export { rowsForMethod, type TrainingMethod } from "./rows-for-method.ts";
export { assignSplit, type Split } from "./split.ts";
