/** What users have asked for: kept learning, re-runs, deletions, webhooks, limits, shares. */
import { expect, test } from "vitest";
import { type Example, exampleKeys, messageOf } from "../testing/healthy-example.ts";
import { cancelledAndKept, nothingKept, ofRun, ofToldRun, put, violated } from "../testing/spoilt-example.ts";

test.each<[what: string, invariant: string, spoil: (example: Example) => void]>([
  [
    "a kept version that nobody asked for",
    "every accepted run ends",
    (example) => {
      cancelledAndKept(example);
      ofToldRun({ wasKeepAsked: false })(example);
    },
  ],
  [
    "a checkpoint that was not kept",
    "every accepted run ends",
    (example) => {
      nothingKept(example);
      example.facts.events.splice(4, 1, { ...example.facts.events[4], type: "checkpointed" } as never);
    },
  ],
  [
    "a kept version that is shown",
    "one visible version for each success",
    (example) => {
      cancelledAndKept(example);
      Object.assign(example.facts.versions[0] ?? {}, { state: "current" });
    },
  ],
  [
    "a version of a run that was to keep nothing",
    "one visible version for each success",
    (example) => {
      cancelledAndKept(example);
      ofRun({ cancel_keeps: false })(example);
    },
  ],
  [
    "a re-run on other rows",
    "a re-run reads",
    ({ facts }) => {
      const frozen = { rowsKey: "own", rowsSha256: "same" };
      Object.assign(facts.runs[0] ?? {}, { frozen });
      const again = {
        ...facts.runs[0],
        id: "again",
        rerun_of: "run",
        frozen: { rowsKey: "x", rowsSha256: "y" },
      };
      facts.runs.push(again as never);
    },
  ],
  [
    "a re-run that has no rows of its own",
    "a re-run reads",
    ({ facts }) => {
      const frozen = { rowsKey: "same", rowsSha256: "same" };
      Object.assign(facts.runs[0] ?? {}, { frozen });
      facts.runs.push({ ...facts.runs[0], id: "again", rerun_of: "run" } as never);
    },
  ],
  [
    "a deleted run that is still there",
    "of a deleted run nothing",
    ({ facts }) => facts.runs.push({ ...facts.runs[0], id: "gone" } as never),
  ],
  [
    "an event of a deleted run",
    "of a deleted run nothing",
    ({ facts }) => facts.events.push({ ...facts.events[0], run_id: "gone" } as never),
  ],
  ["a figure of a deleted run", "of a deleted run nothing", ({ facts }) => facts.metrics.set("gone", 1)],
  [
    "a log of a deleted run",
    "of a deleted run nothing",
    (example) => put(example, exampleKeys.runLog("gone"), "1\n"),
  ],
  [
    "a run that is gone and was not deleted",
    "every id that a client was told",
    ({ diary }) => Object.assign(diary.runs[1] ?? {}, { deleted: undefined }),
  ],
  [
    "an end that the watcher of a deleted run missed",
    "events are gapless",
    ({ diary }) => diary.runs[1]?.seen.pop(),
  ],
  [
    "a state that no webhook was told",
    "each state of a run is told",
    ({ observed }) => observed.received.pop(),
  ],
  [
    "a webhook of what never was",
    "every webhook is signed",
    ({ observed }) => observed.received.push(messageOf("run", { seq: 6, type: "run-failed" })),
  ],
  [
    "a webhook of a run that nobody has",
    "every webhook is signed",
    ({ observed }) => observed.received.push(messageOf("other", { seq: 1, type: "run-queued" })),
  ],
  [
    "a webhook that somebody else signed",
    "every webhook is signed",
    ({ observed }) => {
      const key = `whsec_${Buffer.from("another secret").toString("base64")}`;
      observed.received.splice(0, 1, messageOf("run", { seq: 1, type: "run-queued" }, { key }));
    },
  ],
  [
    "a state that comes under two ids",
    "every webhook is signed",
    ({ observed }) =>
      observed.received.push(messageOf("run", { seq: 1, type: "run-queued" }, { id: "other" })),
  ],
  [
    "a message that is never delivered",
    "side jobs carry",
    ({ facts }) =>
      facts.deliveries.push({
        id: "x",
        webhook_id: "webhook",
        run_id: "run",
        event_seq: 1,
        type: "run-queued",
        state: "pending",
      }),
  ],
  [
    "more running runs than a limit allows",
    "nobody has more runs",
    ({ observed }) => observed.limits.push({ user_id: "ann", running: 2, waiting: 0 }),
  ],
  [
    "more waiting runs than a limit allows",
    "nobody has more runs",
    ({ observed }) => observed.limits.push({ user_id: "ann", running: 0, waiting: 3 }),
  ],
  [
    "a share that was taken back",
    "an avatar is shared",
    ({ diary }) => Object.assign(diary, { shares: [null] }),
  ],
  ["a share that is lost", "an avatar is shared", ({ facts }) => facts.shares.pop()],
  [
    "a share with a stranger",
    "an avatar is shared",
    ({ facts }) => facts.shares.push({ owner_id: "ann", avatar_id: "mia", user_id: "eve", role: "member" }),
  ],
  ["a service in which no run comes to its end", "what is to be shown", ofRun({ status: "cancelled" })],
  [
    "a wish that never came true",
    "what is to be shown",
    ({ observed }) => observed.outcomes.push("rerun: done"),
  ],
  ["a way to watch that nobody took", "what is to be shown", ({ diary }) => diary.runs.shift()],
  [
    "a receiver that nobody sends anything",
    "what is to be shown",
    ({ observed }) => observed.received.splice(0),
  ],
  ["limits that nobody looked at", "what is to be shown", ({ observed }) => observed.limits.splice(0)],
])("%s is found", async (_, invariant, spoil) => {
  expect(await violated(spoil)).toContainEqual(expect.stringMatching(`^${invariant}`));
});

test("a run whose learning was kept violates nothing, where another one is completed", async () => {
  expect(await violated(cancelledAndKept)).toEqual(["what is to be shown has happened"]);
});
