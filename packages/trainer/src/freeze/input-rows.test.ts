import { createAdapter } from "@loraloom/store/adapters";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { chatLines, startTestRun, uploadFile } from "../../tests/support/persona.ts";
import { inputRows } from "./input-rows.ts";

const base = { modelId: "tiny", revision: "main", dtype: "float32", quantization: "none", path: "" } as const;
const scope = { userId: "ann", avatarId: "amy" };

test("a run reads its files with the operator's limits", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: base.modelId });
  await uploadFile(store, scope, { name: "sea.jsonl", content: chatLines(5, "sea") });
  const run = await startTestRun(store, { base, scope, config: { evaluation: { kind: "none" } } });
  const limited = { ...store, limits: { ...store.limits, rowsPerFile: 3 } };
  const tally = { unusedByMethod: 0 };
  const rows = Array.fromAsync(inputRows({ store: limited, run, scope }, { split: "train", tally }));
  await expect(rows).rejects.toMatchObject({
    code: "invalid_training_file",
    message: "'sea.jsonl' can't be trained on: The file has more than 3 rows.",
  });
});
