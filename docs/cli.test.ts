import { globSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { createProgram } from "../packages/cli/src/program.ts";

const marker = "<!-- Written from the commands themselves by `npx vitest run docs -u`. -->\n";
const width = 110;

type AnyCommand = Pick<
  ReturnType<typeof createProgram>["commands"][number],
  "name" | "commands" | "outputHelp"
> & {
  configureOutput: (output: object) => unknown;
};

const nothingRuns = async () => undefined;

/** A heading and the help of a command and of those below it. */
const sections = (command: AnyCommand, path: string[]): string[] => {
  const names = [...path, command.name()];
  const below = command.commands.flatMap((subcommand) => sections(subcommand, names));
  const help = path.length === 0 ? helpOf(command) : `${helpOf(command)}\n`.replace(sharedOptions, "").trim();
  return [`### ${names.join(" ")}`, `\`\`\`text\n${help}\n\`\`\``, ...below];
};

const helpOf = (command: AnyCommand): string => {
  let help = "";
  command.configureOutput({
    getOutHelpWidth: () => width,
    getOutHasColors: () => false,
    writeOut: (text: string) => {
      help += text;
    },
  });
  command.outputHelp();
  return stripVTControlCharacters(help).trim();
};

/** The options that every command takes, which the first section shows. */
const sharedOptions = /Service and output:\n(?: {2}.*\n)+\n?/;

it("shows the help of every command", async () => {
  const page = readFileSync(new URL("cli.md", import.meta.url), "utf8");
  const [written = ""] = page.split(marker);
  const reference = sections(createProgram(nothingRuns), []).join("\n\n");
  await expect(`${written}${marker}\n${reference}\n`).toMatchFileSnapshot("./cli.md");
});

/** As a shell reads them, up to a pipe, a comment or the like; what `$(…)` stands for is one argument. */
const argumentsOf = (line: string): string[] => {
  const [words = ""] = /^(?:\s+(?:"[^"]*"|'[^']*'|\$\([^)]*\)|[^\s"'|<>()&#]+))+/.exec(line) ?? [];
  return (words.match(/"[^"]*"|'[^']*'|\$\([^)]*\)|\S+/g) ?? []).map((word) =>
    word.replaceAll(/^["']|["']$/g, ""),
  );
};

/** The arguments of every example, those inside of another one too; a line that ends with `\` goes on. */
const commandLines = (page: string): string[][] =>
  page
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => /^ *\$ |^(?:run=\$\()?loraloom /.test(line))
    .flatMap((line) => [...line.matchAll(/\bloraloom(?= )/g)].map(({ index }) => line.slice(index + 8)))
    .map(argumentsOf);

const pages = globSync("{README.md,CONTRIBUTING.md,docs/*.md}").map((path) => ({
  path,
  lines: commandLines(readFileSync(path, "utf8")),
}));

it("finds the command lines of the pages", () => {
  const counts = Object.fromEntries(pages.map(({ path, lines }) => [path, lines.length]));
  expect(counts["docs/cli.md"]).toBeGreaterThan(40);
  for (const name of ["operations", "access", "runs", "limits", "webhooks", "secrets", "erasure"])
    expect(counts[`docs/${name}.md`], name).toBeGreaterThan(1);
});

it.each(pages.filter(({ lines }) => lines.length > 0))(
  "$path shows no command line that the program would not take",
  async ({ lines }) => {
    for (const line of lines) {
      let taken = 0;
      const program = createProgram(async () => {
        taken += 1;
      });
      await program.parseAsync(line, { from: "user" });
      expect({ line, taken }).toEqual({ line, taken: 1 });
    }
  },
);
