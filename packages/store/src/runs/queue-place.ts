import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Answer } from "../gather.ts";
import type { Database, Store } from "../store.ts";
import type { LimitName } from "../tables/index.ts";
import { limitOf } from "../usage/limit-of.ts";
import { concurrentRunsOf, serviceInHand } from "./queue-order.ts";
import { createStandings, moment, type Standing } from "./queue-standings.ts";
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

/** As claims go: each run that is given to a user lets the others go first, until they were given as much. */
const positionOf = (run: Asked, standings: Standing[]): number => {
  if (run.isEnding) return run.earlier + 1;
  const own = standings.find(({ userId }) => userId === run.userId);
  const servedAt = (own?.service ?? 0) + serviceInHand(run.earlier);
  return standings.reduce(
    (before, other) => before + (other === own ? run.earlier : servedBefore(other, servedAt, run)),
    1,
  );
};

/** Of equals the one whose runs have waited longer is first. */
const servedBefore = ({ waiting, since, service: given }: Standing, servedAt: number, run: Asked): number => {
  const turns = (servedAt - given) / serviceInHand(1);
  const upTo = since < run.createdAt ? Math.floor(turns) + 1 : Math.ceil(turns);
  return Math.min(waiting, Math.max(0, upTo));
};
