import type { DeliveryFacts } from "../tables/index.ts";

/** What a receiver gets: the same bytes at each try. Times are ISO 8601 in UTC. */
export type WebhookMessage = {
  type: string;
  timestamp: string;
  data: Omit<DeliveryFacts, "at" | "seq" | "errorCode"> & {
    /** The number of the run's event: a higher one happened later. */
    eventId: number | null;
    error: { code: string } | null;
  };
};

export const messageOf = (type: string, facts: DeliveryFacts): WebhookMessage => {
  const { at, seq, errorCode, createdAt, startedAt, finishedAt, ...run } = facts;
  return {
    type,
    timestamp: inUtc(at) ?? at,
    data: {
      ...run,
      eventId: seq,
      error: errorCode === null ? null : { code: errorCode },
      createdAt: inUtc(createdAt),
      startedAt: inUtc(startedAt),
      finishedAt: inUtc(finishedAt),
    },
  };
};

/** The database writes a moment with its session's offset. */
const inUtc = (moment: string | null): string | null =>
  moment === null ? null : new Date(moment).toISOString();
