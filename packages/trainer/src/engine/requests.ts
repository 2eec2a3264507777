import { z } from "zod";

const text = z.string().min(1);
const count = z.int().positive();
const measuredMethods = ["sft", "dpo", "orpo", "kto"] as const;
const weight = z.number().min(-1000).max(1000);
const amount = z.int().min(1).max(1_000_000).nullable();
const reward = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("exact_match"), weight, ignore_case: z.boolean(), trim: z.boolean() }),
  z.strictObject({ type: z.literal("regex"), weight, pattern: text.max(1000) }),
  z.strictObject({ type: z.literal("json_schema"), weight, schema: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    type: z.literal("length"),
    weight,
    unit: z.enum(["tokens", "characters"]),
    min: amount,
    max: amount,
  }),
]);
/** GRPO: how completions are drawn, and what they are worth. */
const completions = z.strictObject({
  number: z.int().min(2).max(256),
  max_tokens: z.int().min(1).max(65_536),
  temperature: z.number().min(0.01).max(10),
  top_p: z.number().min(0.001).max(1),
  rewards: z.array(reward).min(1).max(20),
});
/** Refuses nothing the table of hyperparameters allows; the engine checks the same bounds. */
const trainingConfig = z.strictObject({
  method: z.enum([...measuredMethods, "grpo"]),
  beta: z.number().nonnegative(),
  desirable_weight: z.number().nonnegative(),
  undesirable_weight: z.number().nonnegative(),
  rank: z.int().min(1).max(1024),
  alpha: z.number().min(1e-6),
  rank_stabilized: z.boolean(),
  dora: z.boolean(),
  dropout: z.number().min(0).max(0.99),
  target_modules: z.union([z.literal("all-linear"), z.array(text).min(1)]),
  learning_rate: z.number().nonnegative(),
  schedule: z.enum(["cosine", "linear", "constant"]),
  warmup_ratio: z.number().min(0).max(1),
  weight_decay: z.number().nonnegative(),
  max_grad_norm: z.number().min(1e-9),
  batch_size: count,
  gradient_accumulation: count,
  epochs: count,
  max_steps: count.nullable(),
  seed: z.int().nonnegative(),
  gradient_checkpointing: z.boolean(),
  // Tokens a sequence, filled with whole examples; null: a batch counts examples.
  packed_length: z.int().min(2).nullable(),
  // Steps between two evaluations, or each epoch; null: only before and after training.
  evaluate_every: z.union([z.literal("epoch"), count]).nullable(),
  early_stopping: z.strictObject({ patience: count, min_delta: z.number().nonnegative() }).nullable(),
  checkpoint_steps: count,
  checkpoint_seconds: z.number().nonnegative(),
  // All weights of the base learn, and no adapter.
  full_fine_tuning: z.boolean().optional(),
  // Null with other methods than GRPO.
  completions: completions.nullish(),
});
/** Of so many examples: their tokens together, those of the longest and of the longest prompt, and how many have which length. */
const lengths = z.strictObject({
  examples: count,
  tokens_total: count,
  longest: count,
  by_length: z.array(z.tuple([count, count])).nullish(),
  longest_prompt: z.int().nonnegative().nullish(),
});
const message = z.strictObject({ role: text, content: z.string(), name: z.string().optional() });
const variables = z.record(z.string(), z.string());

const request = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), id: text, ...shape });

const requests = [
  request("hello", { protocol: z.literal(1) }),
  request("load_base", {
    model_id: text,
    revision: text,
    path: text,
    dtype: z.enum(["float32", "bfloat16"]),
    quantization: z.enum(["none", "4bit", "8bit"]),
  }),
  request("unload_base", {}),
  request("tokenize", {
    rows_path: text,
    // null: the rows are only counted.
    out_path: text.nullable(),
    max_length: z.int().min(2),
    over_length: z.enum(["drop", "truncate", "raise"]),
    template_variables: variables,
    // Answers are compared with and not learnt: max_length is of what is before them.
    whole_answers: z.boolean().optional(),
  }),
  request("start_run", {
    run_id: text,
    // Whoever the work is counted for, so that none takes more than others.
    owner: text,
    rows_path: text,
    evaluation_path: text.nullable(),
    checkpoint_path: text.nullable(),
    work_dir: text,
    // The folder of an adapter whose weights the run begins with.
    start_from_path: text.nullish(),
    config: trainingConfig,
  }),
  request("cancel_run", { run_id: text, checkpoint: z.boolean() }),
  // Ends as it is after its last step: run_finished, or run_cancelled before the first.
  request("finish_run", { run_id: text }),
  request("load_adapter", { adapter: text, path: text }),
  request("unload_adapter", { adapter: text }),
  request("sample", {
    messages: z.array(message).min(1),
    adapter: text.nullable(),
    max_tokens: count,
    temperature: z.number().min(0).max(10),
    top_p: z.number().min(0).max(1),
    seed: z.int().nonnegative().nullable(),
    stop: z.array(text),
    template_variables: variables,
    // Answered by this run at its newest step; it excludes an adapter.
    run_id: text.nullable().optional(),
    top_k: count.nullable().optional(),
    min_p: z.number().min(0).max(1).optional(),
    repetition_penalty: z.number().min(0.01).max(10).optional(),
    // So many alternatives are told with each token; null: no log-probability at all.
    logprobs: z.int().min(0).max(20).nullable().optional(),
  }),
  request("cancel_sample", { sample_id: text }),
  request("estimate", { training: lengths, evaluation: lengths.nullable(), config: trainingConfig }),
  request("evaluate", {
    rows_path: text,
    // A row alone has no loss of GRPO, which draws its completions itself.
    method: z.enum(measuredMethods),
    beta: trainingConfig.shape.beta,
    desirable_weight: trainingConfig.shape.desirable_weight,
    undesirable_weight: trainingConfig.shape.undesirable_weight,
    adapter: text.nullable(),
    dtype: z.enum(["base", "float32"]),
    logits_path: text.nullable(),
  }),
  request("verify_adapter", {
    path: text,
    rank: count,
    alpha: z.number().min(1e-6),
    rank_stabilized: z.boolean(),
    dora: z.boolean(),
    target_modules: trainingConfig.shape.target_modules,
  }),
  request("verify_model", { path: text }),
  request("shutdown", {}),
] as const;

/** What a worker writes to its engine, one JSON line each. Paths are local; no secret is ever in one. */
export const engineRequestSchema = z.discriminatedUnion("type", requests);

export type EngineRequest = z.infer<typeof engineRequestSchema>;
export type EngineTrainingConfig = z.infer<typeof trainingConfig>;

/** What a request of one type says, before the connection numbers it. */
export type FieldsOf<Type extends EngineRequest["type"]> = Omit<
  Extract<EngineRequest, { type: Type }>,
  "type" | "id"
>;
