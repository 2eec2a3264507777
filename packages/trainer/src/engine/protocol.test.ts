import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { engineEventSchema, engineRequestSchema } from "./protocol.ts";

type Examples = { valid: { type: string }[]; invalid: { why: string; message: unknown }[] };

const folder = join(import.meta.dirname, "../../protocol-examples");
const requestTypes = new Set(engineRequestSchema.options.map((option) => option.shape.type.value as string));
const readExamples = (file: string): Examples => JSON.parse(readFileSync(join(folder, file), "utf8"));
const schemaOf = (type: string) => (requestTypes.has(type) ? engineRequestSchema : engineEventSchema);

test("every request has examples", () => {
  const files = new Set(readdirSync(folder));
  expect([...requestTypes].filter((type) => !files.has(`${type}.json`))).toEqual([]);
});

describe.each(readdirSync(folder))("%s", (file) => {
  const type = file.replace(".json", "");
  const { valid, invalid } = readExamples(file);

  test.each(valid.map((message) => [message]))("accepts %j unchanged", (message) => {
    expect(schemaOf(type).parse(message)).toEqual(message);
  });

  test.each(invalid.map(({ why, message }) => [why, message]))("refuses: %s", (_why, message) => {
    expect(schemaOf(type).safeParse(message).success).toBe(false);
  });
});
