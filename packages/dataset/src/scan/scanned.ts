import type { Fault } from "../faults.ts";
import type { FormatId } from "../formats/catalog.ts";
import type { Limits } from "../limits.ts";
import type { CanonicalRow } from "../rows.ts";
import type { Pacer } from "./pacer.ts";

export type TrainingFile = { name: string; bytes: AsyncIterable<Uint8Array> };

/** What somebody says in a dialog, before rows are made of it. */
export type Turn = { speaker: string; content: string; line: number; path: string | null };

export type Scanned =
  | { row: CanonicalRow }
  /** `rows`: how many rows the faults stand for; 0 where they are about the file, or about a turn. */
  | { faults: Fault[]; rows: 0 | 1 }
  | { turn: Turn }
  /** A dialog that nobody is chosen for: it holds so many replies of all its speakers. */
  | { unassigned: { turns: number; replies: number; characters: number } };

/** `dialogs`: those in which he speaks. */
export type SpeakerCount = { name: string; turns: number; replies: number; dialogs: number };

/** What becomes known about a file while it is read. */
export type FileFacts = {
  format: FormatId | null;
  compressed: "gzip" | null;
  pages: number | null;
  /** Whose replies were read: the run's choice, else what each dialog says. */
  chosenSpeakers: Set<string>;
  /** A text in speaker lines is one, whether or not it is read as one. */
  dialogs: number;
  /** Those of which nobody says whose replies are learnt. */
  unassignedDialogs: number;
  speakers: Map<string, SpeakerCount>;
};

export const newFacts = (): FileFacts => ({
  format: null,
  compressed: null,
  pages: null,
  chosenSpeakers: new Set(),
  dialogs: 0,
  unassignedDialogs: 0,
  speakers: new Map(),
});

/** What every reader of a format is given. */
export type ScanContext = {
  name: string;
  limits: Limits;
  /** The run's choice, for dialogs. */
  speaker: string | undefined;
  facts: FileFacts;
  pacer: Pacer;
};

/** Reads a file of one format; a batch is what is ready at once. @throws FileFault for the file as a whole */
export type Reader = (context: ScanContext, bytes: AsyncIterable<Uint8Array>) => AsyncGenerator<Scanned[]>;
