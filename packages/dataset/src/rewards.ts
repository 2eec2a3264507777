/** What a completion is worth to a GRPO run; each is between 0 and 1, and counts `weight` times. */
export type Reward = { weight: number } & (
  | { type: "exact_match"; ignoreCase: boolean; trim: boolean }
  | { type: "regex"; pattern: string }
  | { type: "json_schema"; schema: Record<string, unknown> }
  | { type: "length"; unit: "tokens" | "characters"; min: number | null; max: number | null }
);
