import type { FileReport, InspectOptions } from "../report.ts";

/** What the thread is told at its start; the bytes come by messages. */
export type Question = Pick<InspectOptions, "name" | "speaker" | "limits">;

/** The thread asks for its next piece of the file, and at the end says what it found. */
export type FromThread = { next: true } | { report: FileReport };

/** A piece of the file; null after the last one. */
export type ToThread = Uint8Array | null;
