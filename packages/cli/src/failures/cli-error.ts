import { type ExitCode, exitCodes } from "../exit-codes.ts";

type Options = { remedy?: string; cause?: unknown };

/** What goes wrong on this machine, before or beside the service. */
export abstract class CliError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
  readonly remedy: string | undefined;

  constructor(message: string, { remedy, cause }: Options = {}) {
    super(message, { cause });
    this.remedy = remedy;
  }
}

/** The command line, or what it names on this machine, is wrong; nothing was changed in the service. */
export class UsageError extends CliError {
  override readonly name = "UsageError";
  readonly code = "usage";
  readonly exitCode = exitCodes.usage;
}

/** Ctrl-C. */
export class InterruptedError extends CliError {
  override readonly name = "InterruptedError";
  readonly code = "interrupted";
  readonly exitCode = exitCodes.interrupted;

  constructor() {
    super("Interrupted.");
  }
}

/** A file of this machine was named where a stored one is meant. */
export class NotUploadedError extends CliError {
  override readonly name = "NotUploadedError";
  readonly code = "not_uploaded";
  readonly exitCode = exitCodes.refused;
}

/** A download that did not come, or not whole; the same command can succeed later. */
export class DownloadError extends CliError {
  override readonly name = "DownloadError";
  readonly code = "download_failed";
  readonly exitCode = exitCodes.unavailable;

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { remedy: "Try again; if it stays so, look at the object store.", ...options });
  }
}

/** A question was answered with no. */
export class DeclinedError extends CliError {
  override readonly name = "DeclinedError";
  readonly code = "declined";
  readonly exitCode = exitCodes.refused;

  constructor() {
    super("Nothing was changed.");
  }
}
