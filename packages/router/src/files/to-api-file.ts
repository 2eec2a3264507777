import type { FolderSummary, StoredFile } from "@loraloom/store/files";
import { type FileKind, flaggedKinds } from "@loraloom/store/keys";
import type { z } from "zod";
import type { fileSchema, summarySchema } from "./file-schemas.ts";

const hasFlags = (kind: FileKind): boolean => flaggedKinds.some((flagged) => flagged === kind);

/** A file as callers see it. */
export const toApiFile = (file: StoredFile): z.input<typeof fileSchema> => ({
  ...file,
  report: file.report && { ...file.report, tokens: tokensOf(file) },
  useForTraining: hasFlags(file.kind) ? file.used : null,
  type: file.contentType,
  // A file being deleted is not found any more; nobody is shown one.
  state: file.state === "inspecting" ? "inspecting" : "ready",
});

const tokensOf = ({ tokens, tokensBase }: StoredFile) =>
  tokens && tokensBase !== null ? { ...tokens, baseModel: tokensBase } : null;

/** A folder's summary as callers see it. */
export const toApiSummary = (
  kind: FileKind,
  { count, used, unused, inspecting, ready, ...summary }: FolderSummary,
): z.input<typeof summarySchema> => ({
  ...summary,
  files: count,
  used: hasFlags(kind) ? used : null,
  unused: hasFlags(kind) ? unused : null,
  states: { inspecting, ready },
});
