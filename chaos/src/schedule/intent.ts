/** What a user wants to do. */
export type Intent =
  /** `used` left out: a new file is used, a replaced one keeps its flag. */
  | { kind: "upload"; name: string; rows: number; mark: string; used?: boolean }
  | { kind: "flip"; name: string; used: boolean }
  | { kind: "flip-all"; used: boolean }
  | { kind: "delete"; name: string }
  /** `moveAfter`: after so many events its watcher breaks off and goes on at another host. */
  | { kind: "start"; steps: number; publish: "current" | "candidate"; moveAfter: number }
  /** The newest run that is not over. */
  | { kind: "cancel" }
  | { kind: "rollback" }
  | { kind: "chat"; question: string };

/** Who is impatient takes no answer for an answer, and leaves open what became of it. */
export type UserIntent = Intent & { host: number; isPatient: boolean };
