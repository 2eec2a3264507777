import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";

/**
 * How a SQLSTATE begins that says "not now": connection, resources, operator intervention, start-up, and a transaction
 * that was cut off as its process stood still.
 */
const passingClasses = ["08", "53", "57", "25P03"];
const foreignKeyViolation = "23503";
/** A bad password, no such role, no such database: trying again changes nothing. */
const signInStates = ["28000", "28P01"];
const refusedStates = new Set([...signInStates, "3D000"]);

/** Of what waited for each other, or read what another one changed: none of it was done. */
const givenUpStates = new Set(["40001", "40P01"]);

/** Of a statement behind one that was refused: only that one's error says why. */
const abortedTransaction = "25P02";
/** "Cached plan must not change result type": said each time by a connection that prepared it for other columns. */
const outdatedPlan = "0A000";

/** Whether the database gave a transaction up so that others could go on. */
export const isGivenUp = (error: unknown): boolean =>
  statesOf(error).some((state) => givenUpStates.has(state));

/** Whether a row names another one that isn't there. */
export const isMissingReference = (error: unknown): boolean => statesOf(error).includes(foreignKeyViolation);

/** Whether the database refuses this very configuration. */
export const isRefusal = (error: unknown): boolean =>
  statesOf(error).some((state) => refusedStates.has(state));

/** Whether it lets nobody in by this name and password. */
export const isSignInRefusal = (error: unknown): boolean =>
  statesOf(error).some((state) => signInStates.includes(state));

/** Whether a statement was not looked at, as its transaction was over. */
export const isBehindRefused = (error: unknown): boolean => statesOf(error).includes(abortedTransaction);

/** Whether only another connection can do what was asked of this one. */
export const isOutdatedPlan = (error: unknown): boolean => statesOf(error).includes(outdatedPlan);

/** Whether the database answered that it does not do what it was told, and has undone the transaction. */
export const isRefusedByDatabase = (error: unknown): boolean =>
  causesOf(error).some((cause) => cause instanceof pg.DatabaseError && !isUnreachable(cause));

/**
 * An error that says that the database can't be reached or gave this up for now, from whatever the driver threw;
 * `undefined` for any other error. By classes and codes: what is not the server's answer to a query never
 * reached the server or lost it.
 */
export const databaseFailure = (error: unknown): LoraloomError | undefined => {
  const ours = causesOf(error).find((cause) => isLoraloomError(cause));
  if (ours) return isLoraloomError(ours, "database_unavailable") ? ours : undefined;
  if (isGivenUp(error))
    return new LoraloomError(
      "database_unavailable",
      "The database gave this up, as others were in its way.",
      {
        cause: error,
      },
    );
  if (!causesOf(error).some(isUnreachable)) return undefined;
  return new LoraloomError("database_unavailable", "The database did not answer.", { cause: error });
};

const isUnreachable = (error: unknown): boolean => {
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? "";
    return refusedStates.has(state) || passingClasses.some((passing) => state.startsWith(passing));
  }
  return error instanceof DrizzleQueryError && !(error.cause instanceof pg.DatabaseError);
};

const statesOf = (error: unknown): string[] =>
  causesOf(error).flatMap((cause) => (cause instanceof pg.DatabaseError && cause.code ? [cause.code] : []));

const causesOf = (error: unknown): unknown[] =>
  error instanceof Error ? [error, ...causesOf(error.cause)] : [];
