/** What this engine reads of the requests that it answers; the worker checks them, and every answer, by its schemas. */
export type Request = { id: string } & (
  | { type: "hello" | "shutdown" }
  | { type: "load_base"; model_id: string; revision: string; dtype: string; quantization: string }
  | { type: "tokenize"; rows_path: string; out_path: string | null }
  | StartRun
  | { type: "cancel_run"; run_id: string; checkpoint: boolean }
  | { type: "verify_adapter"; path: string }
);

export type StartRun = {
  type: "start_run";
  id: string;
  run_id: string;
  rows_path: string;
  checkpoint_path: string | null;
  work_dir: string;
  config: RunConfig;
};

export type RunConfig = {
  rank: number;
  alpha: number;
  rank_stabilized: boolean;
  dora: boolean;
  target_modules: "all-linear" | string[];
  learning_rate: number;
  max_steps: number | null;
  checkpoint_steps: number;
};

/** Writes a line that answers a request. */
export type Answer = (type: string, fields?: object) => void;
