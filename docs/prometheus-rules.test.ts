import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LoraloomError } from "../packages/errors/src/index.ts";
import { createHostMetrics } from "../packages/host/src/metrics/create-metrics.ts";

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const rules = read("prometheus-rules.yml");

const unconnected = (): never => {
  throw new LoraloomError("database_unavailable", "No host runs here.");
};

it("asks for figures that a host has", async () => {
  const { text } = await createHostMetrics().render(unconnected);
  const known = new Set([...text.matchAll(/^# HELP (\S+)/gm)].map(([, name]) => name));
  const asked = [...rules.matchAll(/\b(loraloom_\w+?)(?:_count)?\b[{)[ ]/g)].map(([, name]) => name);
  expect(asked.length).toBeGreaterThan(7);
  expect(asked.filter((name) => !known.has(name))).toEqual([]);
});

it("is explained alert by alert", () => {
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
  const told = [...read("operations.md").matchAll(/^\| `(Loraloom\w+)` /gm)].map(([, name]) => name);
  expect(told).toEqual(alerts);
});
