import { LoraloomError } from "@loraloom/errors";
import type { ObjectStore } from "./client.ts";

/** What an answer of the store means; by its status and the SDK's name, never by its text. */
type Answer = "missing" | "conflict" | "other";

type ServiceFailure = { name?: string; $metadata?: { httpStatusCode?: number } };

export const answerOf = (error: unknown): Answer => {
  const { name, $metadata } = (typeof error === "object" && error !== null ? error : {}) as ServiceFailure;
  const status = $metadata?.httpStatusCode;
  if (name === "NoSuchBucket") return "other";
  if (name === "NoSuchKey" || name === "NotFound" || status === 404) return "missing";
  // 409: another conditional write to the key was under way.
  if (name === "PreconditionFailed" || status === 412 || status === 409) return "conflict";
  return "other";
};

/** Whether the store says that it doesn't know an upload in parts: it is completed, ended, or never was. */
export const isMissingUpload = (error: unknown): boolean => {
  const { name, $metadata } = (typeof error === "object" && error !== null ? error : {}) as ServiceFailure;
  return name === "NoSuchUpload" || (name !== "NoSuchBucket" && $metadata?.httpStatusCode === 404);
};

/** Whether a failure of ours came from an answer that won't change: what was asked for isn't offered. */
export const isRefusedFor = (failure: unknown): boolean => {
  const { $metadata } = (failure instanceof LoraloomError ? failure.cause : {}) as ServiceFailure;
  const status = $metadata?.httpStatusCode ?? 0;
  return (status >= 400 && status < 500) || status === 501;
};

/** @throws LoraloomError `storage_unavailable`, always */
export const failStorage = (objects: ObjectStore, action: string, cause: unknown): never => {
  throw storageFailure(objects, action, cause);
};

export const storageFailure = (objects: ObjectStore, action: string, cause: unknown): LoraloomError => {
  const { name, $metadata } = (typeof cause === "object" && cause !== null ? cause : {}) as ServiceFailure;
  const answer = [name, $metadata?.httpStatusCode].filter((part) => part !== undefined).join(" ");
  return new LoraloomError(
    "storage_unavailable",
    `The ${objects.place} failed to ${action} (${answer || "no answer"}).`,
    {
      cause,
    },
  );
};
