import { expect, it } from "vitest";
import { inspectFile } from "../report.ts";
import { inChunks } from "../testing/bytes.ts";
import { formats } from "./catalog.ts";

const written = formats.flatMap(({ id, example }) => (example === null ? [] : [{ id, example }]));

it.each(written)("the example of $id is read as that, without a fault", async ({ id, example }) => {
  const report = await inspectFile({ name: "example", bytes: inChunks(example) });
  expect(report).toMatchObject({ format: id, faultCount: 0, warningCount: 0 });
  expect(report.usableRows).toBeGreaterThan(0);
});
