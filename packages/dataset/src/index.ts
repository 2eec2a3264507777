/** Training data: formats, canonical rows, the report of a file. Only hostile binary files start a process. */

export { canonicalSpeaker } from "./dialogs/turns.ts";
export type { Fault } from "./faults.ts";
export { type FormatId, formats } from "./formats/catalog.ts";
export {
  type AdapterOption,
  adapterOptions,
  defaultHyperparameters,
  epochsFor,
  type Hyperparameters,
} from "./hyperparameters.ts";
export { addLengths, type LengthCounts, shareOfLengths, withoutLengths } from "./length-counts.ts";
export { type Limits, limits } from "./limits.ts";
export { type ReadOptions, readRows } from "./read-rows.ts";
export {
  forMethod,
  type Preset,
  presets,
  recommendHyperparameters,
  smallestKtoBatch,
} from "./recommend-hyperparameters.ts";
export { type FileReport, type FoundRow, type InspectOptions, inspectFile } from "./report.ts";
export type { Reward } from "./rewards.ts";
export { hashRow, type RowHash } from "./row-hash.ts";
export { RowHashSet } from "./row-hash-set.ts";
export {
  type CanonicalMessage,
  type CanonicalRow,
  canonicalRowSchema,
  type Tool,
  type ToolCall,
} from "./rows.ts";
export { rowsForMethod, type TrainingMethod, type UnusedRows, unusedRowsFault } from "./rows-for-method.ts";
export { assignSplit, type Split } from "./split.ts";
export {
  isOptionOf,
  type MethodOption,
  methodOptions,
  methodsOf,
  type UnusedOption,
  unusedOptions,
} from "./unused-options.ts";
