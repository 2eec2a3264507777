import type { Facts, Tables } from "./read-facts.ts";
import { type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("side jobs carry everything to its end");

/** What is still under way. @returns one line each */
export const unfinishedWork = ({ runs, files, uploads, flags, adapters, deliveries }: Tables): string[] => [
  ...runs.filter(({ status }) => !isTerminal(status)).map(({ id, status }) => `run ${id} is '${status}'`),
  ...uploads.filter(({ state }) => state === "completing").map(({ id }) => `upload ${id} is being completed`),
  ...files
    .filter(({ state, sha256 }) => state !== "ready" || sha256 === null)
    .map(({ user_id, name, state }) => `file '${name}' of ${user_id} is '${state}'`),
  ...flags
    .filter(({ rev, written_rev }) => written_rev < rev)
    .map(({ user_id, rev }) => `the flags of ${user_id} are not written at ${rev}`),
  ...adapters
    .filter(({ publish_seq, projected_seq }) => projected_seq < publish_seq)
    .map(({ user_id, publish_seq }) => `the adapter of ${user_id} is not shown at ${publish_seq}`),
  ...deliveries
    .filter(({ state }) => state === "pending")
    .map(({ id, type }) => `the message ${id} of '${type}' is not delivered`),
];

/** What is yet to be swept. @returns one line each */
export const dueSweeps = ({ runs, uploads, stagedPrefixes }: Tables): string[] => [
  ...runs.filter((run) => run.is_sweep_due).map(({ id }) => `run ${id} is not swept`),
  ...uploads.filter(({ is_swept }) => !is_swept).map(({ id }) => `upload ${id} is not swept`),
  ...stagedPrefixes.map((prefix) => `'${prefix}' is not swept`),
];

const isTerminal = (status: string): boolean => ["completed", "failed", "cancelled"].includes(status);

export const checkRest = (facts: Facts): Violation[] =>
  [...unfinishedWork(facts), ...dueSweeps(facts)].map((line) =>
    violation("the service", line, "select * from pgboss.job"),
  );
