import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { hostEnvShape } from "../packages/host/src/env.ts";
import { hostMemoryOptions } from "../packages/launcher/src/host-part.ts";
import { workerEnvShape } from "../packages/trainer/src/env.ts";

const readme = readFileSync("README.md", "utf8");
const shapes = [hostEnvShape, workerEnvShape];

/** What the launcher chooses by itself, so that `npm start` has another default than a bare host or worker. */
const chosenByLauncher = new Set([
  "S3_FORCE_PATH_STYLE",
  "LORALOOM_BASE_DTYPE",
  "LORALOOM_PORT",
  "LORALOOM_ENGINE_PYTHON",
  "LORALOOM_GATEWAY_PORT",
]);

type Row = { name: string; usual: string; description: string };

const rows: Row[] = readme
  .split("\n")
  .map((line) => /^\| `([A-Z][A-Z0-9_]+)` +\| (.*?) +\| (.*?) +\|$/.exec(line))
  .flatMap((match) =>
    match ? [{ name: match[1] ?? "", usual: match[2] ?? "", description: match[3] ?? "" }] : [],
  );

const schemasOf = (name: string) =>
  shapes.flatMap((shape) => (Object.hasOwn(shape, name) ? [shape[name as keyof typeof shape]] : []));

/** Set-up and launcher run before there is a schema; their variables are found in their sources. */
const readBeforeSchemas = (): string[] =>
  globSync(["scripts/**/*.mjs", "packages/launcher/src/**/*.ts"])
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => readFileSync(file, "utf8").match(/\bLORALOOM_[A-Z_]+\b/g) ?? []);

it("lists exactly the variables that are read", () => {
  const known = new Set([...shapes.flatMap((shape) => Object.keys(shape)), ...readBeforeSchemas()]);
  expect(rows.map(({ name }) => name).sort()).toEqual([...known].sort());
});

it("describes each variable as its schema does", () => {
  for (const { name, description } of rows) {
    const described = schemasOf(name).map((schema) => schema.description);
    for (const one of described) expect(one, name).toBe(description);
  }
});

it("names the default that the schema has", () => {
  for (const { name, usual } of rows) {
    const usualValues = schemasOf(name).map((schema) => schema.safeParse(undefined).data);
    if (usualValues.every((value) => value === undefined) || chosenByLauncher.has(name)) continue;
    expect(usual, name).toBe(usualValues[0]?.toString() ? `\`${usualValues[0]}\`` : "none");
  }
});

it("links only to files that are there", () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.filter((link) => globSync(link).length === 0)).toEqual([]);
});

it("starts a host by hand with the options of Node that npm start gives it", () => {
  const operations = readFileSync("docs/operations.md", "utf8");
  const options = /bin\/node (.*) packages\/host\/src\/main\.ts/.exec(operations)?.[1]?.split(" ");
  expect(options).toEqual(hostMemoryOptions);
});
