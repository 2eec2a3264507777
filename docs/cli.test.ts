import { readFileSync } from "node:fs";
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
