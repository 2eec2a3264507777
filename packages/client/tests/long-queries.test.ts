import { expect, test } from "vitest";
import { createClient } from "../src/index.ts";
import { startLiveServer } from "./start-live-server.ts";

const scope = { userId: "ada", avatarId: "bulk" };

test("a query of 10,000 of the longest names is asked, beside a short one of the same moment", async () => {
  await using server = await startLiveServer();
  const client = createClient(server);
  await client.adapter.create.mutate(scope);
  const names = Array.from({ length: 10_000 }, (_, index) => String(index).padEnd(255, "x"));
  const [long, short] = await Promise.allSettled([
    client.trainingData.validate.query({ ...scope, names }),
    client.adapter.get.query(scope),
  ]);
  expect(long).toMatchObject({ reason: { code: "file_not_found", details: { missing: 10_000 } } });
  expect(short).toMatchObject({ value: { avatarId: "bulk" } });
});

test("200 files are downloaded by name; of more it is said how many are signed at once", async () => {
  await using server = await startLiveServer();
  const client = createClient(server);
  const names = Array.from({ length: 201 }, (_, index) => String(index).padEnd(255, "x"));
  const download = (some: string[]) => client.trainingData.download.query({ ...scope, names: some });
  await expect(download(names.slice(1))).rejects.toMatchObject({ code: "file_not_found" });
  await expect(download(names)).rejects.toMatchObject({
    code: "bad_input",
    message: expect.stringContaining("201 are too many, one call signs 200 URLs at most"),
  });
});
