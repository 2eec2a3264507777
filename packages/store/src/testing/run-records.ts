import type { FrozenRows, RunProgress } from "../tables/runs.ts";

/** The first of four steps. */
export const testProgress: RunProgress = {
  step: 1,
  steps: 4,
  epoch: 0.25,
  loss: 2.5,
  learningRate: 1e-4,
  gradientNorm: 1.5,
  tokens: 80,
  tokensPerSecond: 40,
  etaSeconds: 6,
};

/** Three frozen rows, none to evaluate by; no object is put. */
export const testFrozen = ({ datasetKey = "d", rowsKey = "r" } = {}): FrozenRows => ({
  datasetKey,
  datasetSha256: "0",
  rowsKey,
  rowsSha256: "0",
  evaluationKey: null,
  evaluationSha256: null,
  examples: 3,
  evaluationExamples: 0,
  tokensTotal: 300,
  longest: 100,
  epochs: 1,
  templateVariables: {},
});
