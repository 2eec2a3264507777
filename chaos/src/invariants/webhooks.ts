import { createHmac } from "node:crypto";
import { isWebhookEvent } from "@loraloom/client";
import type { Received } from "../receiver/start-receiver.ts";
import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const untrue = violationsOf("every webhook is signed, and tells of what was");
const missing = violationsOf("each state of a run is told to its webhook at least once");

/** A state as a message tells it, and as an event says it: `<run> <number> <type>`. */
type State = string;

/** What the receiver got, held against the events; those of a deleted run are what its watcher saw of them. */
export const checkWebhooks = (facts: Facts, diaries: WrittenDiary[], received: Received[]): Violation[] =>
  diaries.flatMap((diary) => {
    const { userId, webhook } = diary;
    const own = received.filter((message) => message.userId === userId);
    const due = statesOf(facts, diary);
    const told = new Set(own.map(stateOf));
    const kept = new Set(facts.runs.filter(({ user_id }) => user_id === userId).map(({ id }) => id));
    const lookAt = (run: string) =>
      `select * from webhook_deliveries where webhook_id = ${literal(webhook.id)} and run_id = ${literal(run)}`;
    return [
      ...own.flatMap((message) => {
        const fault = faultOf(message, { secret: webhook.secret, due });
        return fault ? untrue(`message ${message.id} to ${userId}`, fault, message.body) : [];
      }),
      ...changedMessages(own).map((id) =>
        untrue(`message ${id} to ${userId}`, "says another thing each time", lookAt("")),
      ),
      ...[...due]
        .filter((state) => !told.has(state) && kept.has(runOf(state)))
        .map((state) => missing(userId, `was never told of '${state}'`, lookAt(runOf(state)))),
    ];
  });

const statesOf = ({ runs, events }: Facts, { userId, runs: told }: WrittenDiary): Set<State> => {
  const own = new Set(runs.filter(({ user_id }) => user_id === userId).map(({ id }) => id));
  const stored = events.filter(({ run_id }) => own.has(run_id));
  const gone = told.filter(({ runId }) => !own.has(runId));
  const seen = gone.flatMap(({ runId, seen }) => seen.map((event) => ({ run_id: runId, ...event })));
  const states = [...stored, ...seen].filter(({ type }) => isWebhookEvent(type));
  return new Set(states.map(({ run_id, seq, type }) => `${run_id} ${seq} ${type}`));
};

const stateOf = ({ body }: Received): State => {
  const { type, data } = JSON.parse(body);
  return `${data.runId} ${data.eventId} ${type}`;
};

const runOf = (state: State): string => state.split(" ")[0] ?? "";

const faultOf = (
  message: Received,
  { secret, due }: { secret: string; due: Set<State> },
): string | undefined => {
  const { id, timestamp, signature, body } = message;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  if (!signature.split(" ").includes(`v1,${expected}`)) return "has a signature of somebody else";
  return due.has(stateOf(message)) ? undefined : `tells of '${stateOf(message)}', which never was`;
};

/** Ids whose messages differ, and states that came under several ids. */
const changedMessages = (messages: Received[]): string[] => {
  const severalOf = (groups: Map<string, Received[]>, differing: (message: Received) => string) =>
    [...groups.values()].filter((group) => new Set(group.map(differing)).size > 1);
  const changed = [
    ...severalOf(
      Map.groupBy(messages, ({ id }) => id),
      ({ body }) => body,
    ),
    ...severalOf(Map.groupBy(messages, stateOf), ({ id }) => id),
  ];
  return changed.map(([first]) => first?.id ?? "");
};
