import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Store } from "../store.ts";
import { type RunEvent, runEventSchema } from "./run-event.ts";

/** From which event on somebody wants to know of a run. */
export type NewsRequest = { runId: string; after: number };
export type News = {
  /** At most as many as were asked for, in their order. */
  events: RunEvent[];
  /** Whether the run had ended when they were read: then nothing follows the last one. */
  isEnded: boolean;
};

type Row = {
  place: number;
  isEnded: boolean;
  /** Of a bigint, as the driver gives it; null: there is no event after the given one. */
  seq: string | null;
  at: Date;
  attempt: number;
  type: string;
  data: unknown;
};

const selectNews = prepared<Row>(
  "read-run-events",
  sql`select asked.place::int as place, runs.finished_at is not null as "isEnded", event.*
    from unnest(${sql.placeholder("runIds")}::text[], ${sql.placeholder("afters")}::bigint[])
      with ordinality as asked (run_id, after, place)
    join runs on runs.id = asked.run_id
    left join lateral (
      select seq, at, attempt, type, data from run_events
      where run_id = asked.run_id and seq > asked.after
      order by seq
      limit ${sql.placeholder("limit")}::int
    ) event on true
    order by asked.place, event.seq`,
);

/**
 * What is new in many runs, by one statement: of each at most `limit` events.
 *
 * @returns in the order of the requests; `undefined`: there is no such run
 */
export const readNews = async (
  { db }: Pick<Store, "db">,
  requests: NewsRequest[],
  limit: number,
): Promise<(News | undefined)[]> => {
  const runIds = requests.map(({ runId }) => runId);
  const afters = requests.map(({ after }) => after);
  const rows = await selectNews(db, { runIds, afters, limit });
  const found = Map.groupBy(rows, ({ place }) => place);
  return requests.map((_, index) => newsOf(found.get(index + 1)));
};

const newsOf = (rows: Row[] | undefined): News | undefined => {
  const [first] = rows ?? [];
  if (!rows || !first) return undefined;
  return { events: first.seq === null ? [] : rows.map(eventOf), isEnded: first.isEnded };
};

const eventOf = ({ seq, at, attempt, type, data }: Row): RunEvent =>
  runEventSchema.parse({ seq: Number(seq), at, attempt, type, data });

/** The events of a run with a number above `after` (0: from the first), at most `limit`, in their order. */
export const readEvents = async (
  store: Store,
  runId: string,
  { after, limit }: { after: number; limit: number },
): Promise<RunEvent[]> => (await readNews(store, [{ runId, after }], limit))[0]?.events ?? [];
