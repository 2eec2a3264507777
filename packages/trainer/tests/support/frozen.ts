import type { Run } from "@loraloom/store/runs";

/** What is recorded of one row that a run was frozen with, for tests that don't read it. */
export const frozen: NonNullable<Run["frozen"]> = {
  datasetKey: "dataset.json",
  datasetSha256: "",
  rowsKey: "rows.jsonl.gz",
  rowsSha256: "",
  evaluationKey: null,
  evaluationSha256: null,
  examples: 1,
  evaluationExamples: 0,
  tokensTotal: 1,
  longest: 1,
  epochs: 1,
  templateVariables: {},
};
