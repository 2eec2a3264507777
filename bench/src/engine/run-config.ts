/** What the arms of the benchmark have in common. */
export type RunConfig = { rank: number; learningRate: number; seed: number };

/** As `docs/benchmarks.md` says: all linear layers, batch 1, one epoch. */
export const runConfig: RunConfig = { rank: 16, learningRate: 2e-4, seed: 1 };

/** The engine's own names for it. */
export const trainingConfig = ({ rank, learningRate, seed }: RunConfig) => ({
  method: "sft",
  beta: 0.1,
  desirable_weight: 1,
  undesirable_weight: 1,
  rank,
  alpha: 2 * rank,
  rank_stabilized: false,
  dora: false,
  dropout: 0,
  target_modules: "all-linear",
  learning_rate: learningRate,
  schedule: "cosine",
  warmup_ratio: 0,
  weight_decay: 0,
  max_grad_norm: 1,
  batch_size: 1,
  gradient_accumulation: 1,
  epochs: 1,
  max_steps: null,
  seed,
  gradient_checkpointing: false,
  packed_length: null,
  evaluate_every: null,
  early_stopping: null,
  checkpoint_steps: 1_000_000,
  checkpoint_seconds: 1_000_000,
});
