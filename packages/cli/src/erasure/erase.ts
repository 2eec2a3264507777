import type { Client } from "@loraloom/client";
import { UsageError } from "../failures/cli-error.ts";
import { askToType, canAsk } from "../screen/ask.ts";
import { whileBusy } from "../screen/busy.ts";
import { fieldLines } from "../screen/fields.ts";
import { formatBytes, formatCount, plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Session } from "../session.ts";

export type EraseOptions = { dryRun?: true; confirm?: string };
type Erased = Awaited<ReturnType<Client["avatars"]["erase"]["mutate"]>>;
/** The id of what is to be erased, and the call that does it. */
export type Erasing = {
  id: string;
  call: (asked: { dryRun?: boolean; confirm?: string }) => Promise<Erased>;
};

/** Shows what there is, has the id typed once more, and erases it. */
export const eraseWith = async (
  session: Session,
  { id, call }: Erasing,
  options: EraseOptions,
): Promise<undefined> => {
  const { screen } = session;
  const found = await call({ dryRun: true });
  if (options.dryRun) return show(session, found);
  const confirm = options.confirm ?? (await askForId(session, found, id));
  return show(session, await whileBusy(screen, "erasing", call({ confirm })));
};

const askForId = (session: Session, found: Erased, id: string): Promise<string> => {
  if (!canAsk()) throw new UsageError("Nobody can be asked here.", { remedy: `Give --confirm ${id}.` });
  session.screen.note(...fieldLines(fieldsOf(found), session.screen));
  return askToType(`This can't be undone. Type '${printableLine(id)}' to erase it:`, session);
};

const show = ({ screen }: Session, erased: Erased): undefined => {
  screen.print(...fieldLines(fieldsOf(erased), screen));
  screen.print(
    ...erased.leftVersions.map(
      ({ version, avatarId, how }) => `left\t${version} of ${printableLine(avatarId)} (${how})`,
    ),
  );
  screen.note(...notesOf(erased));
  screen.json(erased);
  return undefined;
};

const fieldsOf = ({ rows, objects, bytes }: Erased): [string, string][] => [
  ...Object.entries(rows).map(([kind, count]): [string, string] => [wordsOf(kind), formatCount(count)]),
  ["objects", `${formatCount(objects)} (${formatBytes(bytes)})`],
];

/** `auditEntries` as two words. */
const wordsOf = (kind: string): string => kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const notesOf = ({ dryRun, objectsRemoved, leftVersions }: Erased): string[] => [
  ...(dryRun ? ["Nothing was erased."] : []),
  ...(dryRun || objectsRemoved ? [] : ["The object store did not answer; the service goes on by itself."]),
  ...(leftVersions.length > 0
    ? [
        `${plural(leftVersions.length, "version")} of other avatars came out of it and stay until they are deleted.`,
      ]
    : []),
];
