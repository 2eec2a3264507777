import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createRouter } from "../packages/router/src/create-router.ts";
import type { Meta } from "../packages/router/src/meta.ts";

const begin = "<!-- Written from the procedures themselves by `npx vitest run docs -u`. -->\n\n";
const end = "\n\n## Keys";

type Described = [path: string, { _def: { meta?: Meta } }];

const scopes = ["read", "write", "train", "admin"] as const;

/** A row for each part of the API: what of it each scope opens. */
const rows = (): string[][] => {
  const procedures: object = createRouter()._def.procedures;
  const described = Object.entries(procedures) as Described[];
  const partOf = (path: string): string => path.split(".")[0] ?? path;
  const parts = [...new Set(described.map(([path]) => partOf(path)))].toSorted();
  return parts.map((part) => {
    const own = described.filter(([path]) => partOf(path) === part);
    return [
      `\`${part}\``,
      ...scopes.map((scope) =>
        own
          .flatMap((one) => nameOf(one, scope))
          .toSorted()
          .join(", "),
      ),
    ];
  });
};

const nameOf = ([path, { _def }]: Described, scope: string): string[] => {
  const { meta } = _def;
  if (meta?.scope !== scope) return [];
  const name = path.slice(path.indexOf(".") + 1);
  return [meta.only === "owner" ? `${name} (owner)` : name];
};

/** In even columns, as the formatter wants it. */
const table = (all: string[][]): string => {
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
};

it("says of every procedure which scope it needs", async () => {
  const page = readFileSync(new URL("access.md", import.meta.url), "utf8");
  const [before = "", rest] = page.split(begin);
  const [, ...after] = (rest ?? "").split(end);
  expect(after.length).toBeGreaterThan(0);
  const written = table([["", ...scopes.map((scope) => `\`${scope}\``)], ...rows()]);
  await expect([before, begin, written, end, after.join(end)].join("")).toMatchFileSnapshot("./access.md");
});
