import { LoraloomError } from "@loraloom/errors";
import { hasRowsFor, usableRowsOf } from "../files/usable-rows.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { FileReport } from "../tables/files.ts";
import type { files } from "../tables/index.ts";
import type { RunConfig } from "../tables/runs.ts";
import { refuseSpeakers } from "./check-speakers.ts";

export type InputFile = typeof files.$inferSelect;

/** As many faults as a person reads at once. */
const maxFaults = 20;

/**
 * Refuses files that a run could not learn from; what each can be learnt from its report is found here and not
 * by a worker.
 *
 * @throws LoraloomError `invalid_training_file`, `speaker_not_found`, `no_usable_rows`, `dataset_changed`
 */
export const checkInputs = (
  selected: InputFile[],
  { scope, config }: { scope: AvatarScope; config: RunConfig },
): void => {
  if (!config.skipInvalidRows) refuseFaults(selected, config);
  refuseSpeakers(selected, config);
  refuseEmpty(selected, scope, config);
  refuseUnusable(selected, scope, config);
  refuseVanished(selected);
};

const refuseFaults = (selected: InputFile[], config: RunConfig): void => {
  const faulty = selected.flatMap(({ name, report }) => {
    const left = report && faultsLeft(report, config);
    return left && left.count > 0 ? [{ name, faults: left.faults }] : [];
  });
  if (faulty.length === 0) return;
  const faults = faulty.flatMap((file) => file.faults).slice(0, maxFaults);
  const names = faulty.map((file) => `'${file.name}'`).join(", ");
  const [first] = faults;
  const line = first?.line ? ` line ${first.line}` : "";
  throw new LoraloomError(
    "invalid_training_file",
    `Faults in ${names}${first ? `; the first in '${first.name}'${line}: ${first.message}` : ""}`,
    { details: { faults } },
  );
};

type FaultsLeft = Pick<FileReport, "faults"> & { count: number };

/** That a dialog names a speaker of its own who isn't in it matters no more where the run names one. */
const faultsLeft = ({ faults, faultCount }: FileReport, { speaker }: RunConfig): FaultsLeft => {
  if (!speaker) return { faults, count: faultCount };
  const left = faults.filter(({ code }) => code !== "speaker_not_found");
  return { faults: left, count: faultCount - (faults.length - left.length) };
};

const refuseEmpty = (
  selected: InputFile[],
  { avatarId }: AvatarScope,
  { evaluation, speaker }: RunConfig,
): void => {
  const isUsable = (kind: InputFile["kind"]) =>
    selected.some((file) => file.kind === kind && (!file.report || usableRowsOf(file.report, speaker) > 0));
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

const neededBy: Record<RunConfig["method"], string> = {
  sft: "conversations and texts",
  dpo: "pairs of answers",
  orpo: "pairs of answers",
  kto: "pairs of answers or answers marked good or bad",
  grpo: "conversations with an answer",
};

/** With SFT as well only a worker sees that each answer of a file is marked as bad. */
const refuseUnusable = (selected: InputFile[], { avatarId }: AvatarScope, { method }: RunConfig): void => {
  const training = selected.filter(({ kind }) => kind === "training_data");
  if (training.some(({ report }) => !report || hasRowsFor(report, method))) return;
  throw new LoraloomError(
    "no_usable_rows",
    `'${method}' learns from ${neededBy[method]}; no file of avatar '${avatarId}' that is flagged for training has any.`,
    { details: { method } },
  );
};

/** An inspection computes the hash of every file whose bytes it finds. */
const refuseVanished = (selected: InputFile[]): void => {
  const vanished = selected.find(({ sha256 }) => sha256 === null);
  if (!vanished) return;
  const { name } = vanished;
  throw new LoraloomError(
    "dataset_changed",
    `The object of '${name}' was changed or removed by another tool.`,
    {
      details: { name },
    },
  );
};
