import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";

/** What a log line tells of an error. */
export type DescribedError = {
  name: string;
  code?: string;
  message?: string;
  /** Of a query: with `$1` in the places of its values. */
  sql?: string;
  severity?: string;
  table?: string;
  constraint?: string;
  stack?: string;
  /** Of an AggregateError. */
  errors?: unknown[];
  cause?: unknown;
};

/**
 * Describes an error for a log. Of a database's error without any value of the query, which its messages
 * repeat, and of no error its other fields: those of a driver can hold a whole request.
 */
export const describeError = (error: unknown): unknown => (error instanceof Error ? describe(error) : error);

const describe = (error: Error): DescribedError => ({
  ...(hasValues(error) ? withoutValues(error) : inFull(error)),
  ...("code" in error && { code: String(error.code) }),
  ...(error instanceof AggregateError && { errors: error.errors.map(describeError) }),
  ...(error.cause !== undefined && { cause: describeError(error.cause) }),
});

type WithValues = DrizzleQueryError | pg.DatabaseError;

const hasValues = (error: Error): error is WithValues =>
  error instanceof DrizzleQueryError || error instanceof pg.DatabaseError;

const inFull = ({ name, message, stack }: Error): DescribedError => ({
  name,
  message,
  ...(stack && { stack }),
});

const withoutValues = (error: WithValues): DescribedError => ({
  ...(error instanceof pg.DatabaseError ? ofServer(error) : { name: "DrizzleQueryError", sql: error.query }),
  ...framesOf(error),
});

const ofServer = ({ severity, table, constraint }: pg.DatabaseError): DescribedError => ({
  name: "DatabaseError",
  ...(severity && { severity }),
  ...(table && { table }),
  ...(constraint && { constraint }),
});

/** The stack below the message. */
const framesOf = ({ stack = "", message }: Error): { stack?: string } => {
  const start = stack.indexOf(message);
  return start === -1 ? {} : { stack: stack.slice(start + message.length).trimStart() };
};
