import { expect, test } from "vitest";
import { type Example, exampleKeys } from "../testing/healthy-example.ts";
import { ofRun, pointerTo, put, violated } from "../testing/spoilt-example.ts";

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
    "a sweep that never comes",
    "side jobs carry",
    ({ facts }) => Object.assign(facts.runs[0] ?? {}, { is_sweep_due: true }),
  ],
])("%s is found", async (_, invariant, spoil) => {
  expect(await violated(spoil)).toContainEqual(expect.stringMatching(`^${invariant}`));
});
