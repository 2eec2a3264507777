import { errorEntry } from "@loraloom/errors";
import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { type ReadFile, roleOf } from "../lineage/file-digests.ts";
import { endRun } from "../runs/end-run.ts";
import { isTerminal, type Run, sweepSoon } from "../runs/run.ts";
import { runs } from "../tables/index.ts";
import type { StoredError } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";

/**
 * Takes from every run of an avatar that read a file, by its name or by its bytes, what it kept: its frozen rows and
 * its checkpoint. Their objects are then named by nothing and swept. A run that is going ends here, whoever has it:
 * its lease is gone, and nothing that its worker does afterwards counts.
 */
export const eraseFromRuns = async (
  tx: Transaction,
  scope: AvatarScope,
  file: ReadFile & { digests: string[] },
): Promise<Run[]> => {
  const erased: Run[] = [];
  for (;;) {
    const read = await lockReaders(tx, scope, file);
    if (read.length === 0) return erased;
    for (const run of read) erased.push(await eraseFromRun(tx, run, file.name));
  }
};

/** Asked again until there is none: a run that was just being made of another one's rows is seen once that is done. */
const lockReaders = (
  tx: Transaction,
  scope: AvatarScope,
  file: ReadFile & { digests: string[] },
): Promise<Run[]> =>
  tx
    .select()
    .from(runs)
    .where(and(ofAvatar(scope), isNull(runs.erasedAt), hasRead(file)))
    .orderBy(asc(runs.id))
    .for("update");

const ofAvatar = ({ userId, avatarId }: AvatarScope): SQL | undefined =>
  and(eq(runs.userId, userId), eq(runs.avatarId, avatarId));

const hasRead = ({ kind, name, digests }: ReadFile & { digests: string[] }): SQL => sql`exists (
  select from jsonb_array_elements(${runs.inputs}) input
  where input->>'sha256' = any(${sql.param(digests)})
    or (input->>'name' = ${name} and input->>'role' = ${roleOf(kind)})
)`;

const eraseFromRun = async (tx: Transaction, run: Run, name: string): Promise<Run> => {
  const ended = isTerminal(run.status)
    ? run
    : await endRun(tx, run, { status: "failed", error: datasetErased(name) });
  const [erased] = await tx
    .update(runs)
    .set({ frozen: null, checkpoint: null, erasedAt: sql`now()`, ...sweepSoon })
    .where(eq(runs.id, run.id))
    .returning();
  return erased ?? ended;
};

const datasetErased = (name: string): StoredError => ({
  code: "dataset_erased",
  message: `The file '${name}', which the run had read or was to read, was erased.`,
  remedy: errorEntry("dataset_erased").remedy,
  details: { name },
});
