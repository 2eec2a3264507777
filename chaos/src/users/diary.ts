import { createFolderBelief, type FolderBelief, type Possible } from "./folder-belief.ts";

export type SeenEvent = { seq: number; type: string };
/** A run that the service said it has. */
export type ToldRun = {
  runId: string;
  wasCancelAsked: boolean;
  /** As they came, over all connections of its watcher. */
  seen: SeenEvent[];
};

/** What a user was told, and nothing else: the invariants hold the service to it. */
export type Diary = {
  userId: string;
  avatarId: string;
  folder: FolderBelief;
  runs: ToldRun[];
  /** Of finished runs. */
  versions: string[];
  /** Failures that nobody can act on: neither the user's fault nor told to be retried. */
  complaints: string[];
  /** How each intent ended. */
  outcomes: Map<string, number>;
};

export const openDiary = (userId: string): Diary => ({
  userId,
  avatarId: "mia",
  folder: createFolderBelief(),
  runs: [],
  versions: [],
  complaints: [],
  outcomes: new Map(),
});

export const noteOutcome = ({ outcomes }: Diary, outcome: string): void => {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
};

/** A diary as a kept folder holds it. */
export type WrittenDiary = Pick<Diary, "userId" | "avatarId" | "runs" | "versions" | "complaints"> & {
  /** Pairs and no object: `__proto__` is a legal name. null: anything may be there. */
  files: [name: string, expected: Possible[] | null][];
  contradictions: string[];
};

export const writeDiary = ({ folder, outcomes: _, ...diary }: Diary): WrittenDiary => ({
  ...diary,
  files: folder.names().map((name) => [name, folder.expected(name) ?? null]),
  contradictions: folder.contradictions,
});
