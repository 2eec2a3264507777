/** Something that must never be, and where to look at it. */
export type Violation = {
  invariant: string;
  /** What it is about: a run, a file, an object. */
  subject: string;
  message: string;
  /** A statement for psql, or a key of the object store. */
  look: string;
};

/** Makes the violations of one invariant. */
export const violationsOf =
  (invariant: string) =>
  (subject: string, message: string, look: string): Violation => ({ invariant, subject, message, look });

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const eventsOf = (runId: string): string =>
  `select seq, attempt, type, data from run_events where run_id = ${literal(runId)} order by seq`;
