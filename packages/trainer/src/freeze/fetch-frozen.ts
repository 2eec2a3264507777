import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import type { FrozenRows } from "@loraloom/store/tables";
import type { RunContext } from "../run/context.ts";
import { fetchFile } from "../stored-files.ts";

/** Where an engine finds the frozen rows. */
export type LocalRows = { rowsPath: string; evaluationPath: string | null };

/**
 * Brings the recorded rows here, whoever froze them.
 *
 * @throws LoraloomError `dataset_changed` when an object is gone or holds other bytes
 */
export const fetchFrozenRows = async (context: RunContext, frozen: FrozenRows): Promise<LocalRows> => ({
  rowsPath: await fetchSide(context, { key: frozen.rowsKey, sha256: frozen.rowsSha256, name: "rows" }),
  evaluationPath:
    frozen.evaluationKey && frozen.evaluationSha256
      ? await fetchSide(context, {
          key: frozen.evaluationKey,
          sha256: frozen.evaluationSha256,
          name: "evaluation",
        })
      : null,
});

const fetchSide = async (
  { store, folder }: RunContext,
  { key, sha256, name }: { key: string; sha256: string; name: string },
): Promise<string> => {
  const path = join(folder, `frozen-${name}.jsonl.gz`);
  const outcome = await fetchFile(store.objects, { key, sha256, path });
  if (outcome === "fetched") return path;
  throw new LoraloomError("dataset_changed", `The frozen rows '${key}' are ${outcome}.`, {
    details: { key },
  });
};
