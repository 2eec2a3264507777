import { type Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Colors, colorsOf } from "../screen/colors.ts";
import { sharedOptions } from "./shared-options.ts";

/** A command that talks as all of ours do: help in one style, errors by exit code and not by `process.exit`. */
export const createCommand = <Name extends string>(name: Name) =>
  new Command(name)
    .exitOverride()
    .enablePositionalOptions()
    .helpCommand(false)
    .helpOption("-h, --help", "print this help")
    .configureHelp(helpStyle(colorsOf(process.stdout, process.env)));

/** Gives a whole tree of commands what every command takes, after their own options. */
export const completeCommand = (command: CommandUnknownOpts, path: string[] = []): void => {
  const names = [...path, command.name()];
  for (const option of sharedOptions()) command.addOption(option);
  command.showHelpAfterError(`See: ${names.join(" ")} --help`);
  for (const subcommand of command.commands) completeCommand(subcommand, names);
};

/** `what it is for` under `the line to type`. */
export type Example = readonly [line: string, purpose: string];

/** The examples at the end of a command's help. */
export const examplesText = (examples: readonly Example[]): string => {
  const { bold, dim } = colorsOf(process.stdout, process.env);
  const lines = examples.map(([line, purpose]) => `  ${dim(`# ${purpose}`)}\n  $ ${line}`);
  return `\n${bold("Examples:")}\n${lines.join("\n\n")}`;
};

const helpStyle = ({ bold, cyan }: Colors) => ({
  styleTitle: bold,
  styleOptionText: cyan,
  styleSubcommandText: cyan,
  subcommandTerm: (command: CommandUnknownOpts) =>
    [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
});

const argumentTerm = (argument: Argument): string => {
  const name = argument.name() + (argument.variadic ? "..." : "");
  return argument.required ? `<${name}>` : `[${name}]`;
};
