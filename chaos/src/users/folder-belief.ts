/** What a user knows of a file of theirs. */
export type FileState = { sha256: string; used: boolean };
/** null: there is none. */
export type Possible = FileState | null;

export type Change =
  | { kind: "upload"; sha256: string; used: boolean | undefined }
  | { kind: "flip"; used: boolean }
  | { kind: "delete" };

/** `unknown`: no answer came, so it is done or it is not. */
export type Answer = "done" | "refused" | "unknown";

/**
 * What a user may expect to find in their folder, by the answers that they were given. Of a name whose upload was never
 * answered nothing is expected until the next one is: it may be completed at any later time.
 */
export type FolderBelief = {
  learn: (name: string, change: Change, answer: Answer) => void;
  /** `undefined`: anything. */
  expected: (name: string) => Possible[] | undefined;
  names: () => string[];
  /** Names that are there for certain. */
  certain: () => string[];
  /** Answers that contradict what was answered before. */
  contradictions: string[];
};

export const createFolderBelief = (): FolderBelief => {
  const beliefs = new Map<string, Possible[] | undefined>();
  const contradictions: string[] = [];
  const expected = (name: string) => (beliefs.has(name) ? beliefs.get(name) : [null]);
  return {
    learn: (name, change, answer) => {
      const before = expected(name);
      const after = learned(before, change, answer);
      if (after?.length === 0) {
        contradictions.push(
          `'${name}': ${change.kind} was ${answer}, but before was ${JSON.stringify(before)}`,
        );
        beliefs.set(name, undefined);
      } else beliefs.set(name, after);
    },
    expected,
    names: () => [...beliefs.keys()],
    certain: () => [...beliefs.keys()].filter((name) => expected(name)?.every((state) => state !== null)),
    contradictions,
  };
};

const learned = (before: Possible[] | undefined, change: Change, answer: Answer): Possible[] | undefined => {
  if (change.kind === "upload") return afterUpload(before, change, answer);
  if (!before) return answer === "done" && change.kind === "delete" ? [null] : undefined;
  const changed = before.filter((state) => state !== null).map((state) => applied(state, change));
  if (answer === "done") return distinct(changed);
  const absent = before.filter((state) => state === null);
  return answer === "refused" ? absent : distinct([...before, ...changed]);
};

/** The flag of a replaced file stays. */
const afterUpload = (
  before: Possible[] | undefined,
  { sha256, used }: Extract<Change, { kind: "upload" }>,
  answer: Answer,
): Possible[] | undefined => {
  if (answer === "refused") return before;
  if (answer === "unknown") return undefined;
  const flags = used === undefined ? flagsBefore(before) : [used];
  return distinct(flags.map((flag) => ({ sha256, used: flag })));
};

const flagsBefore = (before: Possible[] | undefined): boolean[] =>
  before ? before.map((state) => state?.used ?? true) : [true, false];

const applied = (state: FileState, change: Exclude<Change, { kind: "upload" }>): Possible =>
  change.kind === "delete" ? null : { ...state, used: change.used };

const distinct = (states: Possible[]): Possible[] => [
  ...new Map(states.map((state) => [JSON.stringify(state), state])).values(),
];
