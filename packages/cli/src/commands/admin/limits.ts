import { InvalidArgumentError } from "commander";
import { createCommand, examplesText } from "../../command/create-command.ts";
import { UsageError } from "../../failures/cli-error.ts";
import { readAllPages } from "../../read-all-pages.ts";
import { fieldLines } from "../../screen/fields.ts";
import { printableLine } from "../../screen/printable.ts";
import type { Run, Session } from "../../session.ts";
import {
  type LimitName,
  type Limits,
  limitNames,
  limitsByName,
  limitWords,
} from "../../usage/limit-words.ts";

const examples = [
  ["loraloom admin limits", "everybody's limits, and who has others"],
  ["loraloom admin limits set --everybody --concurrent-runs 2 --tokens-per-day 5000000", "for everybody"],
  ["loraloom admin limits set --user ada --storage-bytes none --queued-runs default", "for one user"],
  ["loraloom admin limits get --user ada", "what holds for one user"],
] as const;

export const limitsCommand = (run: Run) =>
  createCommand("limits")
    .description("Show and set what users may use at most, each alone or everybody.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(getCommand(run))
    .addCommand(setCommand(run))
    .addHelpText("after", examplesText(examples));

const listCommand = (run: Run) =>
  createCommand("list")
    .description("List everybody's limits, and the users who have others.")
    .action((_options, command) => run(command, listLimits));

const getCommand = (run: Run) =>
  createCommand("get")
    .description("Show the limits that hold for the user, or with --everybody for all who have no others.")
    .option("--everybody", everybodyWords)
    .action((options, command) => run(command, (session) => getLimits(session, options)));

const setCommand = (run: Run) => {
  const command = createCommand("set")
    .description(
      "Set limits of the user, or with --everybody of all who have no others: a number, 'none' for no limit, or 'default' for as everybody has it.",
    )
    .option("--everybody", everybodyWords);
  for (const name of limitNames) {
    const { option, words } = limitsByName[name];
    command.option(`--${option} <limit>`, `most ${words}`, parseLimit);
  }
  return command.action((options, self) => run(self, (session) => setLimits(session, options)));
};

/** An environment variable may name a user too. */
const everybodyWords = "all who have no others, whatever --user says";

type Everybody = { everybody?: true };
/** As given: commander knows no option whose value is null. */
type Given = { [Name in LimitName]?: number | "none" | "default" };

const parseLimit = (text: string): number | "none" | "default" => {
  if (text === "default" || text === "none") return text;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("It must be a number from 0, 'none' or 'default'.");
};

const setLimits = async (session: Session, options: Given & Everybody): Promise<undefined> => {
  const { client, screen, signal } = session;
  const limits = wantedOf(options);
  if (Object.keys(limits).length === 0) throw new UsageError("Say which limit: see the options.");
  const answer = await client.admin.limits.set.mutate({ ...whose(session, options), limits }, { signal });
  screen.print(...fieldLines(fieldsOf(answer.limits), screen));
  screen.json(answer);
  return undefined;
};

const wantedOf = (given: Given): { [Name in LimitName]?: number | null | "default" } =>
  Object.fromEntries(
    limitNames.flatMap((name) => {
      const value = given[name];
      return value === undefined ? [] : [[name, value === "none" ? null : value]];
    }),
  );

const getLimits = async (session: Session, options: Everybody): Promise<undefined> => {
  const { client, screen, signal } = session;
  const answer = await client.admin.limits.get.query(whose(session, options), { signal });
  screen.print(...fieldLines(fieldsOf(answer.limits), screen));
  screen.json(answer);
  return undefined;
};

const whose = ({ user }: Session, { everybody }: Everybody) => {
  if (everybody) return {};
  if (user.userId !== undefined) return user;
  throw new UsageError("Say whose: --user for one user, or --everybody.");
};

const listLimits = async ({ client, screen, signal }: Session): Promise<undefined> => {
  const { everybody } = await client.admin.limits.list.query({ limit: 1 }, { signal });
  const users = await readAllPages(async (page) => {
    const answer = await client.admin.limits.list.query(page, { signal });
    return { rows: answer.users, nextCursor: answer.nextCursor };
  });
  screen.print(...fieldLines(fieldsOf(everybody), screen));
  screen.print(...users.map(({ userId, limits }) => printableLine(`${userId}: ${changesOf(limits)}`)));
  screen.json({ everybody, users });
  return undefined;
};

const fieldsOf = (limits: Limits): [string, string][] =>
  limitNames.map((name) => [limitsByName[name].option, limitWords(name, limits[name])]);

const changesOf = (limits: Partial<Limits>): string =>
  limitNames
    .flatMap((name) => {
      const value = limits[name];
      return value === undefined ? [] : [`${limitsByName[name].option} ${limitWords(name, value)}`];
    })
    .join(", ");
