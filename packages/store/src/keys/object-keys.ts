import { isLoraloomError } from "@loraloom/errors";
import { decodeTime, isValid } from "ulid";
import {
  type AvatarScope,
  type FileKind,
  type FileScope,
  type FlaggedFolder,
  isInspected,
} from "./folders.ts";
import { checkFileName } from "./names.ts";
import { decodeSegment, encodeSegment } from "./segment.ts";

const userPrefix = (userId: string): string => `${usersPrefix}${encodeSegment(userId)}`;

const avatarPrefix = ({ userId, avatarId }: AvatarScope): string =>
  `${userPrefix(userId)}/avatars/${encodeSegment(avatarId)}`;

/** What everything that belongs to somebody lies below. */
export const usersPrefix = "users/";

/** What lies below one user: his own folders, and `avatars/`. */
export const userFolderPrefix = (userId: string): string => `${userPrefix(userId)}/`;

/** Each avatar of a user has a folder below it. */
export const avatarsPrefix = (userId: string): string => `${userPrefix(userId)}/avatars/`;

/** What everything of an avatar, or of a user with all his avatars, lies below. */
export const scopePrefix = ({ userId, avatarId }: FileScope): string =>
  avatarId === null ? userFolderPrefix(userId) : `${avatarPrefix({ userId, avatarId })}/`;

/** What was erased, one object each without a word in it. */
export const tombstonesPrefix = "tombstones/";

export const tombstoneKey = ({ kind, hash }: TombstonePlace): string => `${tombstonesPrefix}${kind}/${hash}`;

/** The other way round; `undefined` for a key that is none of ours. */
export const readTombstoneKey = (key: string): TombstonePlace | undefined => {
  const { kind, hash } = tombstonePattern.exec(key)?.groups ?? {};
  return hash && (kind === "user" || kind === "avatar") ? { kind, hash } : undefined;
};

type TombstonePlace = { kind: "user" | "avatar"; hash: string };
const tombstonePattern = /^tombstones\/(?<kind>user|avatar)\/(?<hash>[0-9a-f]{64})$/;

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

/** What the keys of a folder's files begin with. */
export const folderPrefix = ({ userId, avatarId }: FileScope, kind: FileKind): string => {
  if (avatarId === null) return `${userPrefix(userId)}/${kind}/`;
  const root = avatarPrefix({ userId, avatarId });
  return isInspected(kind) ? `${root}/adapters/${kind}/` : `${root}/${kind}/`;
};

/** The final place of a file. */
export const fileKey = (scope: FileScope, kind: FileKind, name: string): string =>
  `${folderPrefix(scope, kind)}${encodeSegment(name)}`;

/** The name of the file that lies at a key below the prefix; `undefined` where it is none that we would put there. */
export const fileNameOf = (prefix: string, key: string): string | undefined => {
  const segment = key.slice(prefix.length);
  const name = decodeSegment(segment);
  if (encodeSegment(name) !== segment) return undefined;
  try {
    return checkFileName(name) === name ? name : undefined;
  } catch (error) {
    if (isLoraloomError(error, "bad_file_name")) return undefined;
    throw error;
  }
};

/** The dictionary of flags of a folder. */
export const flagsKey = ({ kind, ...scope }: FlaggedFolder): string =>
  kind === "training_data"
    ? `${avatarPrefix(scope)}/adapters/metadata/metadata.json`
    : `${avatarPrefix(scope)}/vectorstore_metadata/metadata.json`;

/** The keys of one avatar's adapter, as docs/storage.md draws them. */
export const adapterKeys = (scope: AvatarScope) => {
  const root = `${avatarPrefix(scope)}/adapters`;
  return {
    current: `${root}/current.json`,
    plain: (file: string) => `${root}/${file}`,
    versionsPrefix: `${root}/versions/`,
    versionFile: (version: string, file: string) => `${root}/versions/${version}/${file}`,
    versionManifest: (version: string) => `${root}/versions/${version}/manifest.json`,
    versionPrefix: (version: string) => `${root}/versions/${version}/`,
    backupsPrefix: `${root}/backups/`,
    backupPrefix: (backupId: string) => `${root}/backups/${backupId}/`,
    backupFile: (backupId: string, file: string) => `${root}/backups/${backupId}/${file}`,
    backupRecord: (backupId: string) => `${root}/backups/${backupId}/backup.json`,
    exportsPrefix: `${root}/exports/`,
    exportPrefix: (exportId: string) => `${root}/exports/${exportId}/`,
    exportFile: (exportId: string, file: string) => `${root}/exports/${exportId}/${file}`,
    runsPrefix: `${root}/runs/`,
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
