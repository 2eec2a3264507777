import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const named = [...read("reliability.md").matchAll(/^- \[[^\]]+\]\((\S+)\): “(.+)”$/gm)].map(
  ([, path = "", name = ""]) => ({ path, name }),
);

it("names tests that are there, by their whole names", () => {
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(({ path, name }) => {
    if (!existsSync(new URL(path, import.meta.url))) return true;
    const source = read(path);
    return !source.includes(`"${name}"`) && !source.includes(`def ${name}(`);
  });
  expect(missing).toEqual([]);
});
