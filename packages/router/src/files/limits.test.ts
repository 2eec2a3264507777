import { limits as datasetLimits } from "@loraloom/dataset";
import { usualLimits } from "@loraloom/store";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { openTestApi } from "../testing/open-test-api.ts";
import { chatRow, storeTrainingFile } from "../testing/store-training-file.ts";

test("the usual limits of the service are those of a file that is read without any", () => {
  const { filesPerAvatar, ...ofFiles } = usualLimits;
  expect(datasetLimits).toMatchObject(ofFiles);
});

test("a file's report and a validation hold it to the operator's limits", async () => {
  await using store = await openTestStore({ limits: { rowBytes: 100, rowsPerFile: 2 } });
  await using api = await openTestApi({ store });
  const body = [chatRow("a", "b"), chatRow("a", "b".repeat(100)), chatRow("c", "d")].join("\n");
  const file = await storeTrainingFile(store, { userId: "ada", avatarId: "mia" }, { name: "a.jsonl", body });
  const faults = [
    { code: "too_large", line: 2 },
    { code: "too_large", message: "The file has more than 2 rows." },
  ];
  expect(file.report).toMatchObject({ rows: 2, usableRows: 1, faults });
  const { key } = await api.makeKey("ada");
  expect(await api.as(key).trainingData.validate({ avatarId: "mia" })).toMatchObject({ rows: 2, faults });
});
