import { sql } from "drizzle-orm";
import { createGather } from "../gather.ts";
import type { Database, Store } from "../store.ts";
import { attainedService, queueOrder } from "./queue-order.ts";
import type { Run } from "./run.ts";

/** A queue of more runs is read for all of a second: reading it for every answer would be most of a host's work. */
const mostReadAnew = 1_000;
const keptMilliseconds = 1_000;

export type QueuePlace = {
  /** How many runs of the same engine are served up to this one, itself counted. */
  position: number;
  /** Whether it is not to be claimed yet, by the clock that claims go by. */
  isPaused: boolean;
};

/** The runs of an engine that wait. */
type Queue = {
  positions: Map<string, number>;
  paused: Set<string>;
  /** Of each user with waiting runs: how many are served up to the last one of users who were served no more. */
  lastPositions: Map<string, number>;
  /** How many wait for users who were not served yet. */
  unserved: number;
};

/** Reads the queue of an engine; those who ask at once are answered together. */
export type QueueReads = (engineKey: string) => Promise<{ queue: Queue; isNew: boolean }>;

/**
 * Where a run stands in the queue; null once it doesn't wait. In a queue of more than a thousand runs this is as of a
 * second ago at most, and a run that came since stands behind its user's others.
 */
export const findQueuePlace = async (
  store: Pick<Store, "queueReads">,
  { id, userId, engineKey }: Pick<Run, "id" | "userId" | "engineKey">,
): Promise<QueuePlace | null> => {
  const { queue, isNew } = await store.queueReads(engineKey);
  const position = queue.positions.get(id);
  if (position !== undefined) return { position, isPaused: queue.paused.has(id) };
  if (isNew) return null;
  return { position: (queue.lastPositions.get(userId) ?? queue.unserved) + 1, isPaused: false };
};

export const createQueueReads = (db: Database): QueueReads => {
  const kept = new Map<string, { queue: Queue; until: number }>();
  const readAnew = createGather<string, Queue>(async ([engineKey = "", ...others]) => {
    const queue = await readQueue(db, engineKey);
    if (queue.positions.size > mostReadAnew)
      kept.set(engineKey, { queue, until: performance.now() + keptMilliseconds });
    else kept.delete(engineKey);
    return [engineKey, ...others].map(() => () => queue);
  });
  return async (engineKey) => {
    const last = kept.get(engineKey);
    if (last && performance.now() < last.until) return { queue: last.queue, isNew: false };
    return { queue: await readAnew(engineKey, engineKey), isNew: true };
  };
};

type QueueRow = { ids: string; paused: string; last: Record<string, number>; unserved: number };

const readQueue = async (db: Database, engineKey: string): Promise<Queue> => {
  const { rows } = await db.execute<QueueRow>(sql`
    with service as (${attainedService}),
    queue as (
      select waiting.id, waiting.user_id, waiting.not_before > now() as paused,
        coalesce(service.seconds, 0) as seconds, (row_number() over (order by ${queueOrder}))::int as position
      from runs waiting left join service using (user_id)
      where waiting.status = 'queued' and waiting.engine_key = ${engineKey}
    ),
    users as (select user_id, max(max(position)) over (partition by seconds) as last from queue group by user_id, seconds)
    select coalesce(string_agg(id, ' ' order by position), '') as ids,
      coalesce(string_agg(id, ' ') filter (where paused), '') as paused,
      (count(*) filter (where seconds = 0))::int as unserved,
      (select coalesce(json_object_agg(user_id, last), '{}') from users) as last
    from queue`);
  const [{ ids, paused, last, unserved } = noRow()] = rows;
  return {
    positions: new Map(wordsOf(ids).map((id, index) => [id, index + 1])),
    paused: new Set(wordsOf(paused)),
    lastPositions: new Map(Object.entries(last)),
    unserved,
  };
};

/** One text for all ids: ten thousand rows would keep the event loop longer than the database. */
const wordsOf = (text: string): string[] => (text === "" ? [] : text.split(" "));

const noRow = (): never => {
  throw new Error("The database returned no row for a count");
};
