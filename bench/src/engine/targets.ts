import type { Target } from "../results/result.ts";

export type Comparison =
  | "fresh"
  | "warm"
  | "tuned"
  | "own dtypes"
  | "one run"
  | "losses"
  | "late job"
  | "first token"
  | "lost to chats"
  | "memory"
  | "utilisation";

const everywhere = {
  "one run": { atLeast: 1 },
  losses: { atMost: 1e-3 },
  "late job": { atMost: 2 },
  "first token": { atMost: 1 },
  "lost to chats": { atMost: 0.3 },
  memory: { atMost: 1.1 },
} as const satisfies Partial<Record<Comparison, Target>>;

/** What is missing is only told. */
export type Targets = typeof everywhere & Partial<Record<Comparison, Target>>;

/** What the engine is held to, by where it computes. */
export const targets: Record<"cpu" | "cuda", Targets> = {
  cpu: {
    ...everywhere,
    fresh: { atLeast: 4 },
    warm: { atLeast: 2.8 },
    tuned: { atLeast: 1.4 },
    "own dtypes": { atLeast: 5.5 },
  },
  cuda: {
    ...everywhere,
    fresh: { atLeast: 15 },
    tuned: { atLeast: 4 },
    utilisation: { atLeast: 0.4 },
  },
};
