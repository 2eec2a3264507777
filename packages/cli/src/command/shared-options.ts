import { Option } from "@commander-js/extra-typings";
import type { OptionValues } from "commander";

/** What every command takes. */
export type SharedOptions = {
  url?: string;
  keyFile?: string;
  user?: string;
  avatar?: string;
  json?: true;
  debug?: true;
};

const groupTitle = "Service and output:";

/** Fresh ones for each command, since a command keeps its options' state. */
export const sharedOptions = (): Option[] =>
  [
    new Option("--url <url>", "address of the service"),
    new Option("--key-file <file>", "file that holds an API key"),
    new Option("-u, --user <id>", "whose avatars (a service key acts for any user)"),
    new Option("-a, --avatar <id>", "which avatar"),
    new Option("--json", "print JSON on stdout and nothing else there"),
    new Option("--debug", "print the stack of an error"),
  ].map((option) => option.helpGroup(groupTitle));

/** The shared options as given, before the command's name or after it; variables stand in for what is absent. */
export const readSharedOptions = (command: AnyCommand, environment: NodeJS.ProcessEnv): SharedOptions => {
  const given: SharedOptions = command.optsWithGlobals();
  const { LORALOOM_URL, LORALOOM_USER, LORALOOM_AVATAR } = environment;
  return {
    ...given,
    ...withoutEmpty({
      url: given.url ?? LORALOOM_URL,
      user: given.user ?? LORALOOM_USER,
      avatar: given.avatar ?? LORALOOM_AVATAR,
    }),
  };
};

/** An empty variable counts as left out. */
const withoutEmpty = (options: Pick<SharedOptions, "url" | "user" | "avatar">) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value));

/** A command of any options. */
export type AnyCommand = { optsWithGlobals: () => OptionValues };
