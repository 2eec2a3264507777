import { createHash } from "node:crypto";
import { adapterKeys, fileKey, flagsKey } from "@loraloom/store/keys";
import type { Facts, ReadObject } from "../invariants/read-facts.ts";
import type { RunRow } from "../invariants/rows.ts";
import type { WrittenDiary } from "../users/diary.ts";

const scope = { userId: "ann", avatarId: "mia" };
const owner = { user_id: "ann", avatar_id: "mia" };
const keys = adapterKeys(scope);
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export type Example = {
  facts: Facts & { objects: Map<string, ReadObject> };
  diary: WrittenDiary;
};

const events = ["run-queued", "run-claimed", "progress", "run-completed"].map((type, index) => ({
  run_id: "run",
  seq: index + 1,
  attempt: Math.min(index, 1),
  type,
  data: type === "progress" ? { step: 2, tokens: 40 } : {},
}));

const run: RunRow = {
  ...owner,
  id: "run",
  status: "completed",
  attempt: 1,
  version_id: "version",
  abandoned_versions: [],
  frozen: null,
  checkpoint: null,
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
  [keys.runLog("run"), "1\n2\n3\n4\n"],
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
    ledger: [{ user_id: "ann", tokens: 40, gpu_seconds: 1.5 }],
    stagedPrefixes: [],
    unfinished: [],
    objects: stored,
    get keys() {
      return new Set(stored.keys());
    },
    read: async (key) => stored.get(key),
  };
  return { facts, diary: toldOf() };
};

const toldOf = (): WrittenDiary => ({
  ...scope,
  runs: [{ runId: "run", wasCancelAsked: false, seen: events.map(({ seq, type }) => ({ seq, type })) }],
  versions: ["version"],
  files: [["a.jsonl", [{ sha256: hashOf("content"), used: false }]]],
  contradictions: [],
  complaints: [],
});

export const exampleKeys = { ...keys, flags: flagsKey({ ...scope, kind: "training_data" }) };
