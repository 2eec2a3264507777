import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Answer } from "../gather.ts";
import type { Database, Store } from "../store.ts";
import type { LimitName } from "../tables/index.ts";
import { limitOf } from "../usage/limit-of.ts";
import { concurrentRunsOf, givenService, service, serviceInHand } from "./queue-order.ts";
import type { Run } from "./run.ts";

export type QueuePlace = {
  /** How many runs of the same engine are served up to this one, itself counted, if nothing else comes. */
  position: number;
  /** Whether it is not to be claimed yet, by the clock that claims go by. */
  isPaused: boolean;
  /** The limit of its user that it waits for. */
  heldBy: LimitName | null;
  /** What that limit is. */
  heldAt: number | null;
};

/** Where a run stands in the queue; null once it doesn't wait. */
export const findQueuePlace = (
  store: Pick<Store, "queuePlaces">,
  { id, engineKey }: Pick<Run, "id" | "engineKey">,
): Promise<QueuePlace | null> => store.queuePlaces(engineKey, id);

/** All who wait for an engine, and what they were given; `since` is when their oldest run came. */
type Standing = { userId: string; waiting: number; since: string; service: number };
/** `earlier`: runs of the same user that came before it; of one that is only to end, all such runs before it. */
type Asked = Omit<QueuePlace, "position"> & {
  id: string;
  userId: string;
  engineKey: string;
  createdAt: string;
  earlier: number;
  isEnding: boolean;
};

/** Finds the places of runs of one engine. */
export const findPlacesTogether = (db: Database) => {
  const standingsOf = createStandings(db);
  return async (runIds: string[]): Promise<Answer<QueuePlace | null>[]> => {
    const asked = new Map((await readAsked(db, { runIds })).map((run) => [run.id, run]));
    const [first] = asked.values();
    const standings = first ? await standingsOf(first.engineKey) : [];
    return runIds.map((id) => () => {
      const run = asked.get(id);
      if (!run) return null;
      const { isPaused, heldBy, heldAt } = run;
      return { position: positionOf(run, standings), isPaused, heldBy, heldAt };
    });
  };
};

/**
 * All who wait are counted for a place, which takes the database longer than all else that a console asks. Where many
 * wait nobody sees a place move within a second: until then what was counted is used again.
 */
const createStandings = (db: Database): ((engineKey: string) => Promise<Standing[]>) => {
  const counted = new Map<string, { standings: Standing[]; until: number }>();
  return async (engineKey) => {
    const last = counted.get(engineKey);
    if (last && performance.now() < last.until) return last.standings;
    const standings = await readStandings(db, { engineKey });
    if (standings.length < manyUsers) counted.delete(engineKey);
    else counted.set(engineKey, { standings, until: performance.now() + keptMilliseconds });
    return standings;
  };
};

const manyUsers = 100;
const keptMilliseconds = 1_000;

/** Moments as texts of one form: they are compared to the microsecond. */
const moment = (column: string) =>
  sql`to_char(${sql.raw(column)} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;

const cameBefore = sql`(others.created_at, others.id) < (asked.created_at, asked.id)`;

const readAsked = prepared<Asked>(
  "asked-queue-places",
  sql`
    select id, user_id as "userId", engine_key as "engineKey", ${moment("created_at")} as "createdAt",
      not_before > now() as "isPaused", held."heldBy",
      case when held."heldBy" is not null then ${limitOf(sql`held."heldBy"`, sql`asked.user_id`)} end as "heldAt",
      cancel_requested as "isEnding",
      case when cancel_requested
        then (select count(*)::int from runs as others where others.status = 'queued' and others.cancel_requested
          and others.engine_key = asked.engine_key and ${cameBefore})
        else (select count(*)::int from runs as others where others.status = 'queued'
          and others.engine_key = asked.engine_key and others.user_id = asked.user_id and ${cameBefore})
      end as earlier
    from runs as asked, lateral (
      select case when not_before > now() then held_by when cancel_requested then null when (
        select count(*) from runs as working where working.user_id = asked.user_id
          and working.status in ('preparing', 'training', 'exporting')
      ) >= ${concurrentRunsOf(sql`asked.user_id`)} then 'concurrentRuns' end as "heldBy"
    ) as held
    where status = 'queued' and id = any(${sql.placeholder("runIds")})`,
);

const readStandings = prepared<Standing>(
  "queue-standings",
  sql`
    with waiting as (
      select user_id, count(*)::int as runs, min(created_at) as since from runs
      where status = 'queued' and engine_key = ${sql.placeholder("engineKey")} group by user_id
    ),
    ${givenService}
    select user_id as "userId", waiting.runs as waiting, ${moment("waiting.since")} as since,
      (${service})::float8 as service
    from waiting join given using (user_id)`,
);

/** As claims go: each run that is given to a user lets the others go first, until they were given as much. */
const positionOf = (run: Asked, standings: Standing[]): number => {
  if (run.isEnding) return run.earlier + 1;
  const own = standings.find(({ userId }) => userId === run.userId);
  const servedAt = (own?.service ?? 0) + serviceInHand(run.earlier);
  const before = standings.map((other) => (other === own ? run.earlier : servedBefore(other, servedAt, run)));
  return before.reduce((sum, count) => sum + count, 1);
};

/** Of equals the one whose runs have waited longer is first. */
const servedBefore = ({ waiting, since, service: given }: Standing, servedAt: number, run: Asked): number => {
  const turns = (servedAt - given) / serviceInHand(1);
  const upTo = since < run.createdAt ? Math.floor(turns) + 1 : Math.ceil(turns);
  return Math.min(waiting, Math.max(0, upTo));
};
