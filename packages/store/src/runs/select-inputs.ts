import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, inArray, ne, or } from "drizzle-orm";
import { ofScope } from "../files/in-folder.ts";
import type { AvatarScope } from "../keys/index.ts";
import { files } from "../tables/index.ts";
import type { RunConfig, RunInput } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { kindsOf, requireSettledFiles } from "./await-settled-files.ts";

type File = typeof files.$inferSelect;

/** As many faults as a person reads at once. */
const maxFaults = 20;

/**
 * The files that a run starting now reads. Their rows can't change or go until the transaction ends.
 *
 * @throws LoraloomError `invalid_training_file`, `no_usable_rows`; FilesUnsettled while one is on its way
 */
export const selectInputs = async (
  tx: Transaction,
  scope: AvatarScope,
  config: RunConfig,
): Promise<RunInput[]> => {
  await requireSettledFiles(tx, scope, config);
  const selected = await shareFiles(tx, scope, config);
  // Again: while a row's lock was waited for its file may have been replaced.
  await requireSettledFiles(tx, scope, config);
  if (!config.skipInvalidRows) refuseFaults(selected);
  refuseEmpty(selected, scope, config);
  return selected.map(inputOf);
};

const inputOf = ({ id, name, etag, sha256, kind }: File): RunInput => {
  if (sha256 === null) throw vanished(name);
  return { fileId: id, name, etag, sha256, role: kind === "training_data" ? "train" : "evaluation" };
};

/** An inspection computes the hash of every file whose bytes it finds. */
const vanished = (name: string): LoraloomError =>
  new LoraloomError("dataset_changed", `The object of '${name}' was changed or removed by another tool.`, {
    details: { name },
  });

const shareFiles = (tx: Transaction, scope: AvatarScope, config: RunConfig): Promise<File[]> =>
  tx
    .select()
    .from(files)
    .where(
      and(
        ofScope(files, scope),
        inArray(files.kind, kindsOf(config)),
        or(eq(files.kind, "evaluation_data"), eq(files.used, true)),
        ne(files.state, "deleting"),
      ),
    )
    // One order for all, so that two never wait for each other.
    .orderBy(asc(files.id))
    .for("share");

const refuseFaults = (selected: File[]): void => {
  const faulty = selected.filter((file) => (file.report?.faultCount ?? 0) > 0);
  if (faulty.length === 0) return;
  const faults = faulty.flatMap((file) => file.report?.faults ?? []).slice(0, maxFaults);
  const names = faulty.map((file) => `'${file.name}'`).join(", ");
  const [first] = faults;
  const line = first?.line ? ` line ${first.line}` : "";
  throw new LoraloomError(
    "invalid_training_file",
    `Faults in ${names}${first ? `; the first in '${first.name}'${line}: ${first.message}` : ""}`,
    { details: { faults } },
  );
};

const refuseEmpty = (selected: File[], { avatarId }: AvatarScope, { evaluation }: RunConfig): void => {
  const isUsable = (kind: File["kind"]) =>
    selected.some((file) => file.kind === kind && file.report?.usableRows !== 0);
  if (!isUsable("training_data")) {
    throw new LoraloomError(
      "no_usable_rows",
      `No file of avatar '${avatarId}' that is flagged for training has a usable row.`,
    );
  }
  if (evaluation.kind === "files" && !isUsable("evaluation_data")) {
    throw new LoraloomError("no_usable_rows", `No evaluation file of avatar '${avatarId}' has a usable row.`);
  }
};
