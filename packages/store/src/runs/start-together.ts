import { isLoraloomError } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import { isRefusedByDatabase } from "../database/failures.ts";
import { sendTogether } from "../database/send-together.ts";
import { appendToEach } from "../events/index.ts";
import type { Answer } from "../gather.ts";
import { recordMade } from "../idempotency/settle-call.ts";
import { newId } from "../new-id.ts";
import type { Database } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { admitStarts } from "../usage/require-start.ts";
import { FilesUnsettled } from "./await-settled-files.ts";
import { insertRuns, type NewRow } from "./insert-runs.ts";
import { runsOfIds } from "./read-runs.ts";
import type { Run } from "./run.ts";
import { selectInputs } from "./select-inputs.ts";
import { shareAdapters } from "./share-adapters.ts";
import { shareSettledFiles } from "./share-files.ts";
import type { RunStart } from "./start-run.ts";

/**
 * Queues runs by one transaction. One that is refused is refused alone. Where somebody keeps a row that one of them
 * needs, or the database takes not all of them, each goes its own way: no start waits because of another one.
 */
export const startTogether = async (db: Database, starts: RunStart[]): Promise<Answer<Run>[]> => {
  try {
    return await db.transaction(async (tx) => {
      const [, answers] = await sendTogether(tx, tx.execute(impatient), {
        execute: () => startAll(tx, starts),
      });
      return answers;
    });
  } catch (error) {
    if (!isRefusedByDatabase(error)) throw error;
    const alone = starts.map((start) => startAlone(db, start));
    return alone.map((started) => () => started);
  }
};

/** Locks are kept for milliseconds; a wait for a longer one would be everybody's. */
const impatient = sql`set local lock_timeout = '100ms'`;

const startAlone = async (db: Database, start: RunStart): Promise<Run> => {
  const [started] = await db.transaction((tx) => startAll(tx, [start]));
  if (!started) throw new Error("A start was not answered");
  return started();
};

const startAll = async (tx: Transaction, starts: RunStart[]): Promise<Answer<Run>[]> => {
  const admit = await openAdmission(tx, starts);
  const admitted = new Map<RunStart, Admitted>();
  for (const start of inOneOrder(starts)) admitted.set(start, await triedTo(() => admit(start)));
  const rows = [...admitted.values()].flatMap((outcome) => ("row" in outcome ? [outcome.row] : []));
  const queued = new Map((await queueAll(tx, rows)).map((run) => [run.id, run]));
  return starts.map((start) => () => runOf(queued, admitted.get(start)));
};

type Admitted = { row: NewRow } | { refusal: unknown };

const queueAll = async (tx: Transaction, rows: NewRow[]): Promise<Run[]> => {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const [, , queued] = await sendTogether(
    tx,
    insertRuns(tx, rows),
    appendToEach(tx, ids, { type: "run-queued", data: {} }),
    { execute: () => runsOfIds(tx).execute({ ids }) },
  );
  return queued;
};

const runOf = (queued: Map<string, Run>, admitted: Admitted | undefined): Run => {
  if (admitted && "refusal" in admitted) throw admitted.refusal;
  const run = admitted && queued.get(admitted.row.id);
  if (!run) throw new Error("The database returned no row for a new run");
  return run;
};

/** Reads for all what decides about each, and keeps it as it is until the transaction ends. */
const openAdmission = async (tx: Transaction, starts: RunStart[]) => {
  const scopes = starts.map(({ scope }) => scope);
  const [generationOf, filesOf, admitStart] = await sendTogether(
    tx,
    shareAdapters(tx, scopes),
    shareSettledFiles(tx, starts),
    admitStarts(
      tx,
      scopes.map(({ userId }) => userId),
    ),
  );
  return async (start: RunStart): Promise<NewRow> => {
    const { scope, claim, ...described } = start;
    const generation = generationOf(scope);
    const inputs = selectInputs(filesOf(start), start);
    return admitStart(scope.userId, async () => {
      const id = newId();
      if (claim) await recordMade(tx, claim, id);
      return { ...described, ...scope, id, generation, inputs };
    });
  };
};

/** One order for all, so that two who wait for the room in a user's queue never wait for each other. */
const inOneOrder = (starts: RunStart[]): RunStart[] =>
  starts.toSorted(({ scope: one }, { scope: other }) => (one.userId < other.userId ? -1 : 1));

/** What is no refusal ends the transaction. */
const triedTo = async (admit: () => Promise<NewRow>): Promise<Admitted> => {
  try {
    return { row: await admit() };
  } catch (refusal) {
    if (!isLoraloomError(refusal) && !(refusal instanceof FilesUnsettled)) throw refusal;
    return { refusal };
  }
};
