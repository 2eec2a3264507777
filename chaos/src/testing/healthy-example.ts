import { createHash, createHmac } from "node:crypto";
import { adapterKeys, fileKey, flagsKey } from "@loraloom/store/keys";
import type { Observed } from "../invariants/check-invariants.ts";
import type { Facts, ReadObject } from "../invariants/read-facts.ts";
import type { RunRow } from "../invariants/rows.ts";
import type { Received } from "../receiver/start-receiver.ts";
import type { WrittenDiary } from "../users/diary.ts";

const scope = { userId: "ann", avatarId: "mia" };
const owner = { user_id: "ann", avatar_id: "mia" };
const keys = adapterKeys(scope);
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export type Example = {
  facts: Facts & { objects: Map<string, ReadObject> };
  diary: WrittenDiary;
  observed: Observed;
};

/** What each type of event says. */
const says = (type: string, index: number): Record<string, unknown> => {
  if (type === "run-claimed") return { workerId: "worker" };
  if (type === "run-completed") return { metrics: { seconds: 1.5 } };
  // The fourth and fifth event are the first and second step.
  return type === "progress" ? { step: index - 2, tokens: 20 * (index - 2) } : {};
};

/** A second apart. */
const events = ["run-queued", "run-claimed", "run-started", "progress", "progress", "run-completed"].map(
  (type, index) => ({
    run_id: "run",
    seq: index + 1,
    attempt: Math.min(index, 1),
    at: 1_000 + index,
    type,
    data: says(type, index),
  }),
);

const run: RunRow = {
  ...owner,
  id: "run",
  status: "completed",
  attempt: 1,
  version_id: "version",
  abandoned_versions: [],
  frozen: null,
  checkpoint: null,
  rerun_of: null,
  cancel_keeps: false,
  error: null,
  event_seq: events.length,
  billed_step: 2,
  billed_tokens: 40,
  billed_seconds: 1.5,
  lived_seconds: 3,
  is_leased: false,
  is_sweep_due: false,
};

const files = ["adapter_config.json", "adapter_model.safetensors"].map((name) => ({
  name,
  size: name.length,
  sha256: hashOf(name),
}));

const objects = (): [string, string, Record<string, string>?][] => [
  [fileKey(scope, "training_data", "a.jsonl"), "content"],
  [flagsKey({ ...scope, kind: "training_data" }), '{"a.jsonl": false}'],
  [keys.current, JSON.stringify({ version: "version", publish_seq: 1, generation: 1, state: "active" })],
  [keys.versionManifest("version"), JSON.stringify({ version: "version", runId: "run", files })],
  ...files.flatMap(({ name }): [string, string, Record<string, string>?][] => [
    [keys.versionFile("version", name), name],
    [keys.plain(name), name, { version: "version" }],
  ]),
  [
    keys.runRecord("run"),
    JSON.stringify({ status: "completed", attempt: 1, version: "version", error: null }),
  ],
  [keys.runLog("run"), events.map(({ seq }) => `${seq}\n`).join("")],
  [keys.runMetrics("run"), "1\n"],
];

/** A service at rest after one run, and what its user was told; each call gives one that may be spoilt. */
export const healthyExample = (): Example => {
  const stored = new Map(
    objects().map(([key, text, metadata = {}]) => [key, { body: Buffer.from(text), metadata }]),
  );
  const facts: Example["facts"] = {
    runs: [structuredClone(run)],
    events: structuredClone(events),
    metrics: new Map([["run", 1]]),
    versions: [
      {
        ...owner,
        id: "version",
        run_id: "run",
        state: "current",
        restored_from: null,
        files: structuredClone(files),
      },
    ],
    adapters: [
      {
        ...owner,
        state: "active",
        current_version: "version",
        publish_seq: 1,
        projected_seq: 1,
        generation: 1,
      },
    ],
    files: [
      {
        ...owner,
        id: "file",
        kind: "training_data",
        name: "a.jsonl",
        used: false,
        state: "ready",
        sha256: hashOf("content"),
        size: 7,
      },
    ],
    uploads: [],
    flags: [{ ...owner, kind: "training_data", rev: 2, written_rev: 2 }],
    ledger: [{ user_id: "ann", tokens: 42, gpu_seconds: 2 }],
    shares: [{ owner_id: "ann", avatar_id: "mia", user_id: "bob", role: "member" }],
    deliveries: [],
    stagedPrefixes: [],
    unfinished: [],
    objects: stored,
    get keys() {
      return new Set(stored.keys());
    },
    read: async (key) => stored.get(key),
  };
  return { facts, diary: toldOf(), observed: observedOf() };
};

/** The one that is gone was deleted after it had ended, while the other one had not begun. */
const toldRun = (runId: string, by: "client" | "http"): WrittenDiary["runs"][number] => ({
  runId,
  by,
  wasCancelAsked: false,
  wasKeepAsked: false,
  isOver: true,
  seen: events.map(({ seq, type }) => ({ seq, type })),
  ...(runId === "gone" && {
    deleted: { answer: "done", tokens: 2, gpuSeconds: 0.5, startedAt: 900, finishedAt: 901 },
  }),
});

const secret = `whsec_${Buffer.from("a secret of 24 bytes ...").toString("base64")}`;

/** A message as a host signs it. */
export const messageOf = (
  runId: string,
  { seq, type }: { seq: number; type: string },
  { id = `${runId}-${seq}`, key = secret }: { id?: string; key?: string } = {},
): Received => {
  const body = JSON.stringify({ type, data: { runId, eventId: seq } });
  const hmac = createHmac("sha256", Buffer.from(key.replace("whsec_", ""), "base64"));
  const signature = `v1,${hmac.update(`${id}.1000.${body}`).digest("base64")}`;
  return { userId: "ann", id, timestamp: "1000", signature, body };
};

const observedOf = (): Observed => ({
  received: events.filter(({ type }) => type !== "progress").map((event) => messageOf("run", event)),
  limits: [{ user_id: "ann", running: 1, waiting: 2 }],
  outcomes: ["start: done"],
  isLong: false,
  faults: {
    planned: [{ kind: "host-killed" }, { kind: "engine-killed" }, { kind: "host-paused" }],
    injected: [
      { kind: "host-killed", outcome: "hit" },
      { kind: "host-paused", outcome: "hit" },
      { kind: "engine-killed", outcome: "nothing there" },
    ],
  },
});

const toldOf = (): WrittenDiary => ({
  ...scope,
  runs: [toldRun("run", "http"), toldRun("gone", "client")],
  versions: ["version"],
  limits: { concurrentRuns: 1, queuedRuns: 2 },
  sharedWith: "bob",
  shares: ["member"],
  webhook: { id: "webhook", secret },
  outcomes: [["start: done", 2]],
  files: [["a.jsonl", [{ sha256: hashOf("content"), used: false }]]],
  contradictions: [],
  complaints: [],
});

export const exampleKeys = { ...keys, flags: flagsKey({ ...scope, kind: "training_data" }) };
