import { flagsKey } from "@loraloom/store/keys";
import type { WrittenDiary } from "../users/diary.ts";
import type { FileState } from "../users/folder-belief.ts";
import type { Facts } from "./read-facts.ts";
import { scopeOf } from "./versions.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const lost = violationsOf("no file and no flag that was acknowledged is lost");
const differs = violationsOf("metadata.json equals the table");

/** Each name as its user last saw it answered; where no answer came, as it would be either way. */
export const checkFiles = ({ files }: Facts, diaries: WrittenDiary[]): Violation[] =>
  diaries.flatMap(({ userId, files: told }) => {
    const own = files.filter(({ user_id, state }) => user_id === userId && state !== "deleting");
    return told.flatMap(([name, expected]) => {
      const found = own.find((file) => file.name === name);
      const state = found ? { sha256: found.sha256 ?? "", used: found.used } : null;
      if (expected?.some((possible) => isSame(possible, state)) ?? true) return [];
      const message = `is ${JSON.stringify(state)}, and ${JSON.stringify(expected)} was acknowledged`;
      return lost(`file '${name}' of ${userId}`, message, lookAt(userId, name));
    });
  });

const lookAt = (userId: string, name: string): string =>
  `select * from files where user_id = ${literal(userId)} and name = ${literal(name)}`;

const isSame = (one: FileState | null, other: FileState | null): boolean =>
  one === null || other === null ? one === other : one.sha256 === other.sha256 && one.used === other.used;

export const checkDictionaries = async (facts: Facts): Promise<Violation[]> => {
  const found = await Promise.all(
    facts.flags.map(async ({ kind, ...row }) => {
      const scope = scopeOf(row);
      const key = flagsKey({ ...scope, kind });
      const own = facts.files.filter((file) => file.user_id === scope.userId && file.kind === kind);
      const due = own.map(({ name, used }) => [name, used] as const);
      const body = (await facts.read(key))?.body.toString("utf8") ?? "nothing";
      const flags = Object.entries(parse(body));
      if (sortedText(flags) === sortedText(due)) return [];
      const message = `says ${sortedText(flags)}, the table ${sortedText(due)}`;
      return [differs(key, message, `select name, used from files where user_id = ${literal(scope.userId)}`)];
    }),
  );
  return found.flat();
};

const parse = (body: string): object => {
  try {
    return JSON.parse(body);
  } catch {
    return { "not JSON": body };
  }
};

const sortedText = (flags: (readonly [string, unknown])[]): string =>
  JSON.stringify(flags.toSorted(([one], [other]) => (one < other ? -1 : 1)));
