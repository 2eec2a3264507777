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
