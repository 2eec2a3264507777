import { LoraloomError } from "@loraloom/errors";
import type { ObjectStore } from "./client.ts";

/** What an answer of the store means; by its status and the SDK's name, never by its text. */
type Answer = "missing" | "conflict" | "other";

type ServiceFailure = { name?: string; $metadata?: { httpStatusCode?: number } };

/** What the system says where no answer came: `ECONNREFUSED`, `ENOTFOUND` and for which name. */
type SystemFailure = { code?: string; hostname?: string };

/** What was thrown, as the SDK describes an answer of the store. */
const failureOf = (error: unknown): ServiceFailure & SystemFailure =>
  typeof error === "object" && error !== null ? error : {};

export const answerOf = (error: unknown): Answer => {
  const { name, $metadata } = failureOf(error);
  const status = $metadata?.httpStatusCode;
  // Neither says anything of an object: one of a copy's parts may come for an upload that somebody has ended.
  if (name === "NoSuchBucket" || name === "NoSuchUpload") return "other";
  if (name === "NoSuchKey" || name === "NotFound" || status === 404) return "missing";
  // 409: another conditional write to the key was under way.
  if (name === "PreconditionFailed" || status === 412 || status === 409) return "conflict";
  return "other";
};

/** Whether the store says that it doesn't know an upload in parts: it is completed, ended, or never was. */
export const isMissingUpload = (error: unknown): boolean => {
  const { name, $metadata } = failureOf(error);
  return name === "NoSuchUpload" || (name !== "NoSuchBucket" && $metadata?.httpStatusCode === 404);
};

/** Whether a failure of ours came from an answer that won't change: what was asked for isn't offered. */
export const isRefusedFor = (failure: unknown): boolean => {
  const { $metadata } = failureOf(failure instanceof LoraloomError ? failure.cause : undefined);
  const status = $metadata?.httpStatusCode ?? 0;
  return (status >= 400 && status < 500) || status === 501;
};

/** @throws LoraloomError `storage_unavailable`, always */
export const failStorage = (action: string, cause: unknown): never => {
  throw storageFailure(action, cause);
};

/** Users read it: where the store is, is a matter of the log, which has the cause. */
export const storageFailure = (action: string, cause: unknown): LoraloomError => {
  const { name, $metadata, code } = failureOf(cause);
  const told = $metadata?.httpStatusCode === undefined ? [code ?? name] : [name, $metadata.httpStatusCode];
  const answer = told.filter((part) => part !== undefined).join(" ");
  return new LoraloomError(
    "storage_unavailable",
    `The object store failed to ${action} (${answer || "no answer"}).`,
    { cause },
  );
};

/** The same for who starts a process: with the place, and the name that was looked up. */
export const storageNotReached = ({ place }: ObjectStore, failure: LoraloomError): LoraloomError => {
  const { name, code, hostname } = failureOf(failure.cause);
  const answer = [code ?? name, hostname].filter((part) => part !== undefined).join(" ");
  return new LoraloomError(
    "storage_unavailable",
    `The ${place} does not answer as it should (${answer || "no answer"}).`,
    { cause: failure },
  );
};
