import { expect, it } from "vitest";
import { createRouter } from "../packages/router/src/create-router.ts";
import { summaries, tags } from "../packages/router/src/openapi/summaries.ts";

it("describes every procedure by a sentence, below a part that is described too", () => {
  const procedures = Object.keys(createRouter()._def.procedures);
  expect(procedures.filter((path) => !Object.hasOwn(summaries, path))).toEqual([]);
  expect(Object.values(summaries).filter((summary) => !summary.endsWith("."))).toEqual([]);
  const parts = new Set(Object.keys(summaries).map((path) => path.split(".")[0] ?? path));
  expect([...parts].filter((part) => !Object.hasOwn(tags, part))).toEqual([]);
});
