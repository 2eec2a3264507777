import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const named = [...read("reliability.md").matchAll(/^- \[[^\]]+\]\((\S+)\): “(.+)”$/gm)].map(
  ([, path = "", name = ""]) => ({ path, name }),
);

/** What stands before a test's name, back to the end of the statement before, and behind it up to its own begin. */
const aroundName = (source: string, name: string): string => {
  const at = Math.max(source.indexOf(`"${name}"`), source.indexOf(`def ${name}(`));
  const before = source.slice(0, at).split("\n\n").at(-1) ?? "";
  const behind = source.slice(at + name.length + 1).split("\n", 1)[0] ?? "";
  return `${before} ${behind}`;
};

it("names tests that nothing skips", () => {
  const skipped = named.filter(({ path, name }) =>
    /\b(skip|skipIf|skipif|todo|runIf|fails|xfail)\b/.test(aroundName(read(path), name)),
  );
  expect(skipped).toEqual([]);
});

it("names tests that are there, by their whole names", () => {
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(({ path, name }) => {
    if (!existsSync(new URL(path, import.meta.url))) return true;
    const source = read(path);
    return !source.includes(`"${name}"`) && !source.includes(`def ${name}(`);
  });
  expect(missing).toEqual([]);
});
