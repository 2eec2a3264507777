import { decodeTime, isValid } from "ulid";
import type { FileKind } from "../tables/files.ts";
import { encodeSegment } from "./segment.ts";

/** One avatar of one user: everything a person stores hangs below it. */
export type AvatarScope = { userId: string; avatarId: string };

const avatarPrefix = ({ userId, avatarId }: AvatarScope): string =>
  `users/${encodeSegment(userId)}/avatars/${encodeSegment(avatarId)}`;

/** Bytes on their way in, and what a probe puts for a moment. */
export const uploadsPrefix = "uploads/";

export const uploadKey = (uploadId: string): string => `${uploadsPrefix}${uploadId}`;

/** The place of one probe. */
export const probePrefix = (probeId: string): string => `${uploadsPrefix}.probe/${probeId}/`;

/** What an object below {@link uploadsPrefix} was put for; `at` is when that began, in milliseconds since 1970. */
export type StagedOwner = { kind: "upload" | "probe"; id: string; at: number };

const stagedPattern = /^uploads\/(?:(?<upload>[^/]{26})|\.probe\/(?<probe>[^/]{26})\/.+)$/;

/** Whom an object below {@link uploadsPrefix} belongs to; `undefined` for a key that is none of ours. */
export const stagedOwner = (key: string): StagedOwner | undefined => {
  const { upload, probe } = stagedPattern.exec(key)?.groups ?? {};
  const id = upload ?? probe;
  if (!id || !isValid(id)) return undefined;
  return { kind: upload ? "upload" : "probe", id, at: decodeTime(id) };
};

/** The final place of a training or evaluation file. */
export const fileKey = (scope: AvatarScope, kind: FileKind, name: string): string =>
  `${avatarPrefix(scope)}/adapters/${kind}/${encodeSegment(name)}`;

/** The dictionary of flags of an avatar's training data. */
export const flagsKey = (scope: AvatarScope): string =>
  `${avatarPrefix(scope)}/adapters/metadata/metadata.json`;

/** The keys of one avatar's adapter, as design and docs/storage.md draw them. */
export const adapterKeys = (scope: AvatarScope) => {
  const root = `${avatarPrefix(scope)}/adapters`;
  return {
    current: `${root}/current.json`,
    plain: (file: string) => `${root}/${file}`,
    versionFile: (version: string, file: string) => `${root}/versions/${version}/${file}`,
    versionPrefix: (version: string) => `${root}/versions/${version}/`,
    runPrefix: (runId: string) => `${root}/runs/${runId}/`,
    runRecord: (runId: string) => `${root}/runs/${runId}/run.json`,
    runMetrics: (runId: string) => `${root}/runs/${runId}/metrics.jsonl`,
    runLog: (runId: string) => `${root}/runs/${runId}/log.txt`,
    attemptsPrefix: (runId: string) => `${root}/runs/${runId}/attempts/`,
    /** The attempt that an object below `attemptsPrefix` belongs to, and the step where it is a checkpoint's. */
    placeOf: (runId: string, key: string): { attempt: number; step: number | undefined } => {
      const [attempt, folder, step] = key.slice(`${root}/runs/${runId}/attempts/`.length).split("/");
      return { attempt: Number(attempt), step: folder === "checkpoints" ? Number(step) : undefined };
    },
    attemptPrefix: (runId: string, attempt: number) => `${root}/runs/${runId}/attempts/${attempt}/`,
    attemptFile: (runId: string, attempt: number, file: string) =>
      `${root}/runs/${runId}/attempts/${attempt}/${file}`,
    checkpointFile: (runId: string, attempt: number, step: number, file: string) =>
      `${root}/runs/${runId}/attempts/${attempt}/checkpoints/${step}/${file}`,
  };
};
