import type { Transaction } from "../transaction.ts";
import { isBehindRefused } from "./failures.ts";

/** A statement that is not sent yet: a query of drizzle's, or what sends one before it waits for anything. */
export type Statement<Result = unknown> = { execute: () => Promise<Result> };

type ResultsOf<Statements extends readonly Statement[]> = {
  [Place in keyof Statements]: Statements[Place] extends Statement<infer Result> ? Result : never;
};

/**
 * Sends statements of one transaction, each behind the other, and waits once for the answers of all: a round trip
 * instead of one for each. The database does them in this order; of one that it refuses those behind it are not done.
 *
 * @param statements all of this `tx`: one of another connection is neither in this order nor undone with the others
 * @returns what each answers, in this order
 * @throws what the first one throws that does not only say that the transaction is over
 */
export const sendTogether = async <const Statements extends readonly Statement[]>(
  tx: Transaction,
  ...statements: Statements
): Promise<ResultsOf<Statements>> => {
  // One that throws before it is sent fails by its answer, too, which the others' are waited for with.
  const answers = inOnePiece(tx.$client, () => statements.map(async (statement) => statement.execute()));
  const settled = await Promise.allSettled(answers);
  const refusals = settled.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
  if (refusals.length > 0) throw refusals.find((refusal) => !isBehindRefused(refusal)) ?? refusals[0];
  return (await Promise.all(answers)) as ResultsOf<Statements>;
};

/** What is sent meanwhile goes to the network as one piece: to begin a piece costs more than what is in it. */
const inOnePiece = <Sent>({ connection: { stream } }: Transaction["$client"], send: () => Sent): Sent => {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
};

/** The same statement, answering what `read` makes of its answer, or throwing what that throws. */
export const readAs = <Answer, Result>(
  statement: Statement<Answer>,
  read: (answer: Answer) => Result,
): Statement<Result> => ({ execute: async () => read(await statement.execute()) });
