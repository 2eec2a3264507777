import { z } from "zod";

/** What the operator lets an avatar and its files hold. */
export type StoreLimits = {
  /** Of a training or evaluation file, and of what it unpacks to. */
  fileBytes: number;
  rowBytes: number;
  rowsPerFile: number;
  /** In all folders of an avatar together. */
  filesPerAvatar: number;
};

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

export const usualLimits: StoreLimits = {
  fileBytes: 512 * mebibyte,
  rowBytes: mebibyte,
  rowsPerFile: 1_000_000,
  filesPerAvatar: 10_000,
};

/** What an S3 server copies in one request, as a backup or a copy between folders does. */
const mostFileMebibytes = 5 * 1024;
/** A row is held in memory, several times over while it is read. */
const mostRowKibibytes = 32 * 1024;

const amount = () => z.coerce.number().int().min(1);

export const limitEnvShape = {
  LORALOOM_MAX_FILE_MIB: amount()
    .max(mostFileMebibytes)
    .default(usualLimits.fileBytes / mebibyte)
    .describe("Most MiB of a training or evaluation file, also of what it unpacks to; up to 5120"),
  LORALOOM_MAX_ROW_KIB: amount()
    .max(mostRowKibibytes)
    .default(usualLimits.rowBytes / kibibyte)
    .describe("Most KiB of one row of such a file; up to 32768"),
  LORALOOM_MAX_FILE_ROWS: amount()
    .default(usualLimits.rowsPerFile)
    .describe("Most rows of such a file; while it is read, each takes 16 bytes of memory"),
  LORALOOM_MAX_FILES: amount()
    .default(usualLimits.filesPerAvatar)
    .describe("Most files of one avatar, in all its folders together"),
};

type LimitEnv = z.infer<z.ZodObject<typeof limitEnvShape>>;

/** The limits of a parsed environment. */
export const toLimits = (env: LimitEnv): StoreLimits => ({
  fileBytes: env.LORALOOM_MAX_FILE_MIB * mebibyte,
  rowBytes: env.LORALOOM_MAX_ROW_KIB * kibibyte,
  rowsPerFile: env.LORALOOM_MAX_FILE_ROWS,
  filesPerAvatar: env.LORALOOM_MAX_FILES,
});
