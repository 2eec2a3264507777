/** What a user does with a run that they watch. */
export type Watching = {
  /** By the client, which joins what was cut, or by plain server-sent events and `Last-Event-ID`. */
  by: "client" | "http";
  /** After so many events they break off and go on at another host; by HTTP each time after so many. */
  moveAfter: number;
  /** After so many events they cancel it; left out: never. */
  cancelAfter?: number;
  /** What they cancel leaves a version of what it has learnt. */
  keeps?: boolean;
};

export type Role = "member" | "read-only";

/** What a user wants to do. */
export type Intent =
  /** `used` left out: a new file is used, a replaced one keeps its flag. */
  | { kind: "upload"; name: string; rows: number; mark: string; used?: boolean }
  | { kind: "flip"; name: string; used: boolean }
  | { kind: "flip-all"; used: boolean }
  | { kind: "delete"; name: string }
  | ({ kind: "start"; steps: number; publish: "current" | "candidate" } & Watching)
  /** Again with other steps, on the rows of a run of before: `pick` chooses which. */
  | ({ kind: "rerun"; pick: number; steps: number } & Watching)
  | { kind: "delete-run"; pick: number }
  /** With the next user; null: no longer. */
  | { kind: "share"; role: Role | null }
  | { kind: "rollback" }
  | { kind: "chat"; question: string };

/** Who is impatient takes no answer for an answer, and leaves open what became of it. */
export type UserIntent = Intent & { host: number; isPatient: boolean };
