/** What a user does with a run that they watch. */
export type Watching = {
  /** After so many events they break off and go on at another host. */
  moveAfter: number;
  /** After so many events they cancel it; left out: never. */
  cancelAfter?: number;
};

/** What a user wants to do. */
export type Intent =
  /** `used` left out: a new file is used, a replaced one keeps its flag. */
  | { kind: "upload"; name: string; rows: number; mark: string; used?: boolean }
  | { kind: "flip"; name: string; used: boolean }
  | { kind: "flip-all"; used: boolean }
  | { kind: "delete"; name: string }
  | ({ kind: "start"; steps: number; publish: "current" | "candidate" } & Watching)
  | { kind: "rollback" }
  | { kind: "chat"; question: string };

/** Who is impatient takes no answer for an answer, and leaves open what became of it. */
export type UserIntent = Intent & { host: number; isPatient: boolean };
