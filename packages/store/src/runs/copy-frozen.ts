import { createHash } from "node:crypto";
import { basename } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import { z } from "zod";
import { adapterKeys } from "../keys/index.ts";
import { copyObject, getObject, headObject, putObject } from "../objects/index.ts";
import { parseJson } from "../parse-json.ts";
import type { Store } from "../store.ts";
import type { FrozenRows } from "../tables/runs.ts";
import type { FrozenRun } from "./rerun.ts";

/** Before the new run's first attempt. */
const ownAttempt = 0;

/**
 * Copies a run's frozen rows into the folder of another one; whoever trains on them compares their hashes.
 *
 * @throws LoraloomError `dataset_changed` where an object is gone or not the one that was recorded
 */
export const copyFrozen = async (
  store: Store,
  source: FrozenRun,
  { runId, epochs }: { runId: string; epochs: number },
): Promise<FrozenRows> => {
  const { frozen } = source;
  const keyOf = (key: string) => adapterKeys(source).attemptFile(runId, ownAttempt, basename(key));
  const copyOf = async (key: string) => {
    await copyRows(store, key, keyOf(key));
    return keyOf(key);
  };
  const facts = {
    ...frozen,
    epochs,
    rowsKey: await copyOf(frozen.rowsKey),
    evaluationKey: frozen.evaluationKey && (await copyOf(frozen.evaluationKey)),
  };
  const datasetKey = keyOf(frozen.datasetKey);
  const { datasetKey: _, datasetSha256: __, ...told } = facts;
  const description = { ...(await readDescription(store, frozen)), ...told, runId, rerunOf: source.id };
  const body = `${JSON.stringify(description, null, 2)}\n`;
  await putObject(store.objects, { key: datasetKey, body, contentType: "application/json" });
  return { ...facts, datasetKey, datasetSha256: sha256Of(body) };
};

const copyRows = async ({ objects }: Store, from: string, to: string): Promise<void> => {
  const found = await headObject(objects, from);
  if (!found) throw changed(from, "missing");
  const copied = await copyObject(objects, { from, to, size: found.size, ifMatch: found.etag });
  if (typeof copied === "string") throw changed(from, copied);
};

const readDescription = async ({ objects }: Store, { datasetKey, datasetSha256 }: FrozenRows) => {
  const object = await getObject(objects, { key: datasetKey });
  if (!object) throw changed(datasetKey, "missing");
  const body = Buffer.from(await object.bytes());
  if (sha256Of(body) !== datasetSha256) throw changed(datasetKey, "conflict");
  return z.record(z.string(), z.unknown()).parse(parseJson(body.toString("utf8")));
};

const sha256Of = (body: string | Buffer): string => createHash("sha256").update(body).digest("hex");

const changed = (key: string, how: "missing" | "conflict"): LoraloomError =>
  new LoraloomError(
    "dataset_changed",
    `The frozen rows '${key}' are ${how === "missing" ? "gone" : "not what was frozen"}.`,
    { details: { key } },
  );
