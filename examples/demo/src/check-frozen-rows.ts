import { gunzipSync } from "node:zlib";
import type { Demo } from "./demo.ts";
import { draftsFile, trainFile } from "./persona-files.ts";
import { readObject } from "./read-object.ts";
import type { Trained } from "./train.ts";

/**
 * Whether the excluded file is in nothing that the run learnt from: read from the object store, as any
 * other tool could, both in the recorded inputs and in each frozen row's source.
 */
export const checkFrozenRows = async ({ parts, screen }: Demo, run: Trained): Promise<boolean> => {
  screen.step("Look into the frozen rows for the file that was marked");
  const folder = `runs/${run.runId}/attempts/${run.attempt}/`;
  const dataset = JSON.parse((await readObject(parts, `${folder}dataset.json`)).toString()) as Dataset;
  const rows = parseRows(gunzipSync(await readObject(parts, `${folder}rows.jsonl.gz`)).toString());
  const names = new Set([...dataset.inputs, ...rows.map(({ source }) => source)].map(({ name }) => name));
  screen.line(`   ${rows.length} rows, learnt from ${[...sources(rows)].join(", ")}`);
  const absent = !names.has(draftsFile.name) && names.has(trainFile.name);
  screen.line(`   ${draftsFile.name} is ${absent ? "not among them" : "AMONG THEM"}`);
  return absent;
};

type Dataset = { inputs: { name: string }[] };
type FrozenRow = { source: { name: string; line: number } };

const parseRows = (text: string): FrozenRow[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as FrozenRow);

const sources = (rows: FrozenRow[]): Set<string> => new Set(rows.map(({ source }) => source.name));
