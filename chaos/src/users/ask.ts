import { setTimeout as sleep } from "node:timers/promises";
import { type Client, isLoraloomError } from "@loraloom/client";
import { errorEntry, isErrorCode } from "@loraloom/errors";
import type { User } from "./user.ts";

/** What came of a wish. `refused`: by the user's own fault; `unknown`: nobody answered, or asked to try again later. */
export type Outcome<Value> =
  | { is: "done"; value: Value; tries: number }
  | { is: "refused"; code: string; tries: number }
  | { is: "unknown"; code: string };

export type Asking = {
  what: string;
  /** The host that is asked first; the other one is next. */
  host: number;
  isPatient: boolean;
};

/** Outlasts a restart of the database with a store that is away, but not the end of the run. */
const patientTries = 40;
const pauseMs = 750;

/** Asks one host after the other until there is an answer, once only where the user is impatient. */
export const ask = async <Value>(
  user: User,
  { what, host, isPatient }: Asking,
  call: (client: Client) => Promise<Value>,
): Promise<Outcome<Value>> => {
  for (let tries = 1; ; tries++) {
    try {
      return { is: "done", value: await call(clientOf(user, host + tries - 1)), tries };
    } catch (error) {
      const code = codeOf(user, what, error);
      if (isUsersFault(code)) return { is: "refused", code, tries };
      if (!isPatient || tries === patientTries || user.signal.aborted) return { is: "unknown", code };
      await sleep(pauseMs);
    }
  }
};

export const clientOf = ({ clients }: User, host: number): Client => {
  const client = clients[host % clients.length];
  if (!client) throw new Error("A user has no client.");
  return client;
};

/** A failure that says neither what the user did wrong nor that it passes is one of the service's. */
const codeOf = ({ diary }: User, what: string, error: unknown): string => {
  if (!isLoraloomError(error)) throw error;
  const isFair = error.retryable || isUsersFault(error.code);
  if (!isFair) {
    diary.complaints.push(
      `${what}: ${error.code} (${error.message}), request ${error.requestId ?? "unknown"}`,
    );
  }
  return error.code;
};

const isUsersFault = (code: string): boolean => {
  if (!isErrorCode(code)) return false;
  const { fault, retryable } = errorEntry(code);
  return fault === "user" && !retryable;
};
