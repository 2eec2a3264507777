import { expect, test } from "vitest";
import { type Example, exampleKeys, healthyExample, messageOf } from "../testing/healthy-example.ts";
import { checkInvariants } from "./check-invariants.ts";

const violated = async (spoil: (example: Example) => void): Promise<string[]> => {
  const example = healthyExample();
  spoil(example);
  const found = await checkInvariants(example.facts, [example.diary], example.observed);
  return [...new Set(found.map(({ invariant }) => invariant))];
};

const put = ({ facts }: Example, key: string, text: string) =>
  facts.objects.set(key, { body: Buffer.from(text), metadata: { version: "version" } });

const ofRun =
  (changes: object) =>
  ({ facts }: Example) =>
    Object.assign(facts.runs[0] ?? {}, changes);
const ofToldRun =
  (changes: object) =>
  ({ diary }: Example) =>
    Object.assign(diary.runs[0] ?? {}, changes);

const pointerTo = (version: string | null, publishSeq = 1): string =>
  JSON.stringify({ version, publish_seq: publishSeq, generation: 1, state: "active" });

/** A run that was cancelled and was to keep what it had learnt. */
const cancelledAndKept = (example: Example) => {
  const { facts } = example;
  const end = { ...facts.events.at(-1), type: "run-cancelled" };
  facts.events.splice(-1, 1, end as never);
  const seen = facts.events.map(({ seq, type }) => ({ seq, type }));
  ofToldRun({ wasCancelAsked: true, wasKeepAsked: true, seen })(example);
  ofRun({ status: "cancelled", cancel_keeps: true })(example);
  Object.assign(facts.versions[0] ?? {}, { state: "candidate" });
  Object.assign(facts.adapters[0] ?? {}, { current_version: null });
  put(example, exampleKeys.current, pointerTo(null));
  for (const name of ["adapter_config.json", "adapter_model.safetensors"])
    facts.objects.delete(exampleKeys.plain(name));
  example.observed.received.splice(-1, 1, messageOf("run", { seq: 6, type: "run-cancelled" }));
  put(
    example,
    exampleKeys.runRecord("run"),
    '{"status": "cancelled", "attempt": 1, "version": "version", "error": null}',
  );
};
const nothingKept = (example: Example) => {
  cancelledAndKept(example);
  ofRun({ version_id: null, error: { code: "nothing_to_keep" } })(example);
  example.facts.versions.splice(0, 1);
};

test("a healthy service violates nothing", async () => {
  expect(await violated(() => {})).toEqual([]);
});

test.each<[what: string, invariant: string, spoil: (example: Example) => void]>([
  [
    "a run that never ends",
    "every accepted run ends",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { status: "training" }),
  ],
  [
    "a run that failed by the system's fault",
    "every accepted run ends",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { status: "failed", error: { code: "internal" } }),
  ],
  [
    "a run that was given up too early",
    "every accepted run ends",
    ({ facts }) =>
      Object.assign(facts.runs[0] ?? {}, { status: "failed", error: { code: "attempts_exhausted" } }),
  ],
  [
    "a run that nobody cancelled",
    "every accepted run ends",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { status: "cancelled" }),
  ],
  ["a gap in the events", "events are gapless", ({ facts }) => facts.events.splice(1, 1)],
  [
    "an event after the end",
    "events are gapless",
    ({ facts }) => facts.events.push({ ...facts.events[3], seq: 7 } as never),
  ],
  [
    "an event that a watcher saw twice",
    "events are gapless",
    ({ diary }) => diary.runs[0]?.seen.push({ seq: 3, type: "run-completed" }),
  ],
  ["an event that a watcher missed", "events are gapless", ({ diary }) => diary.runs[0]?.seen.splice(1, 1)],
  [
    "two versions of one run",
    "one visible version for each success",
    ({ facts }) =>
      facts.versions.push({ ...facts.versions[0], id: "other", state: "candidate", files: [] } as never),
  ],
  [
    "a success without a version",
    "one visible version for each success",
    ({ facts }) => facts.versions.splice(0, 1),
  ],
  [
    "damaged weights",
    "one visible version for each success",
    (example) => put(example, exampleKeys.versionFile("version", "adapter_config.json"), "damaged"),
  ],
  [
    "an object of nobody",
    "every object is named",
    (example) => put(example, exampleKeys.versionFile("late", "x"), "late"),
  ],
  [
    "an upload in parts of nobody",
    "every object is named",
    ({ facts }) => facts.unfinished.push("uploads/x"),
  ],
  [
    "an object that is gone",
    "every object that a row names is there",
    ({ facts }) => facts.objects.delete(exampleKeys.runLog("run")),
  ],
  ["a lost flag", "no file and no flag", ({ facts }) => Object.assign(facts.files[0] ?? {}, { used: true })],
  ["a lost file", "no file and no flag", ({ facts }) => facts.files.splice(0, 1)],
  [
    "a stale dictionary",
    "metadata.json equals the table",
    (example) => put(example, exampleKeys.flags, '{"a.jsonl": true}'),
  ],
  [
    "a stale pointer",
    "current.json and the plain copy",
    (example) => put(example, exampleKeys.current, pointerTo(null, 0)),
  ],
  [
    "a plain copy of another version",
    "current.json and the plain copy",
    (example) => put(example, exampleKeys.plain("adapter_config.json"), "another"),
  ],
  [
    "a record that says something else",
    "what an ended run leaves",
    (example) => put(example, exampleKeys.runRecord("run"), '{"status": "failed"}'),
  ],
  [
    "a run that was told and is gone",
    "every id that a client was told",
    ({ diary }) => diary.versions.push("gone"),
  ],
  ["an answer that contradicts another", "answers agree", ({ diary }) => diary.contradictions.push("'a': …")],
  ["a failure that nobody can act on", "answers agree", ({ diary }) => diary.complaints.push("internal")],
  [
    "work that is never done",
    "side jobs carry",
    ({ facts }) => Object.assign(facts.flags[0] ?? {}, { rev: 3 }),
  ],
  [
    "a step that is billed twice",
    "the ledger equals",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { billed_step: 3 }),
  ],
  [
    "a sum that is not the runs'",
    "the ledger equals",
    ({ facts }) => Object.assign(facts.ledger[0] ?? {}, { tokens: 9 }),
  ],
  [
    "seconds that nobody lived",
    "the ledger equals",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { lived_seconds: 1 }),
  ],
  [
    "seconds that were lived and not billed",
    "the ledger equals",
    (example) => {
      ofRun({ billed_seconds: 0.5 })(example);
      Object.assign(example.facts.ledger[0] ?? {}, { gpu_seconds: 1 });
    },
  ],
  [
    "the bill of a deleted run that is forgotten",
    "the ledger equals",
    ({ facts }) => Object.assign(facts.ledger[0] ?? {}, { tokens: 40, gpu_seconds: 1.5 }),
  ],
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
  [
    "a sweep that never comes",
    "side jobs carry",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { is_sweep_due: true }),
  ],
])("%s is found", async (_, invariant, spoil) => {
  const found = await violated(spoil);
  expect(
    found.some((name) => name.startsWith(invariant)),
    found.join(", "),
  ).toBe(true);
});

test("a run whose learning was kept violates nothing, where another one is completed", async () => {
  expect(await violated(cancelledAndKept)).toEqual(["what is to be shown has happened"]);
});
