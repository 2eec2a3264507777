import type { Role } from "../schedule/intent.ts";
import { createFolderBelief, type FolderBelief, type Possible } from "./folder-belief.ts";

export type SeenEvent = { seq: number; type: string };
/** A run that the service said it has. */
export type ToldRun = {
  runId: string;
  /** How it was watched. */
  by: "client" | "http";
  wasCancelAsked: boolean;
  /** Whether what it had learnt was to be kept then. */
  wasKeepAsked: boolean;
  /** Whether its watcher came to the end. */
  isOver: boolean;
  /** Of one that was deleted. */
  deleted?: Deleted;
  /** As they came, over all connections of its watcher. */
  seen: SeenEvent[];
};

/** `unknown`: no answer came, so it is deleted or it is not; with it what the run was billed. */
export type Deleted = {
  answer: "done" | "unknown";
  tokens: number;
  gpuSeconds: number;
  /** Seconds, by the database's clock: from its first claim to its end. */
  startedAt: number;
  finishedAt: number;
};
/** How an avatar may be shared by now; null: it is not. */
export type PossibleRole = Role | null;

/** What a user was told, and nothing else: the invariants hold the service to it. */
export type Diary = {
  userId: string;
  avatarId: string;
  folder: FolderBelief;
  runs: ToldRun[];
  /** Of finished runs. */
  versions: string[];
  /** Of the limits of this user; none: nothing is to be refused because of them. */
  limits: UserLimits;
  /** Whom the avatar is shared with, and as what; one of these. */
  sharedWith: string;
  shares: PossibleRole[];
  webhook: { id: string; secret: string };
  /** Answers that contradict what was answered before; those about files are the folder's. */
  contradictions: string[];
  /** Failures that nobody can act on: neither the user's fault nor told to be retried. */
  complaints: string[];
  /** How each intent ended. */
  outcomes: Map<string, number>;
};

export type UserLimits = { concurrentRuns?: number; queuedRuns?: number; tokensPerDay?: number };

export const openDiary = (known: Pick<Diary, "userId" | "limits" | "sharedWith" | "webhook">): Diary => ({
  ...known,
  avatarId: "mia",
  folder: createFolderBelief(),
  runs: [],
  versions: [],
  shares: [null],
  contradictions: [],
  complaints: [],
  outcomes: new Map(),
});

export const noteOutcome = ({ outcomes }: Diary, outcome: string): void => {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
};

/** A diary as a kept folder holds it. */
export type WrittenDiary = Omit<Diary, "folder" | "outcomes"> & {
  /** Pairs and no object: `__proto__` is a legal name. null: anything may be there. */
  files: [name: string, expected: Possible[] | null][];
  outcomes: [what: string, count: number][];
};

export const writeDiary = ({ folder, outcomes, ...diary }: Diary): WrittenDiary => ({
  ...diary,
  files: folder.names().map((name) => [name, folder.expected(name) ?? null]),
  outcomes: [...outcomes],
  contradictions: [...folder.contradictions, ...diary.contradictions],
});
