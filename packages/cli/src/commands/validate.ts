import { createCommand, examplesText } from "../command/create-command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { fixLine } from "../failures/report-failure.ts";
import { faultLines, warningLines } from "../file-report.ts";
import { whileBusy } from "../screen/busy.ts";
import { fieldLines } from "../screen/fields.ts";
import { plural } from "../screen/formats.ts";
import type { Run, Session } from "../session.ts";
import {
  evaluationOf,
  type MeasureOptions,
  type Method,
  measureOption,
  methodOption,
  speakerOption,
  splitOption,
  splitSeedOption,
} from "../train/run-options.ts";
import { type Choice, choiceOf } from "../validate/choice.ts";
import { explainMissing } from "../validate/local-file.ts";
import { type Validation, validationFields } from "../validate/validation-fields.ts";

/** As many as the service lists. */
const most = 100;

const examples = [
  ["loraloom validate", "every file that training uses, and the evaluation files"],
  ["loraloom validate drafts.jsonl", "one file, used or not"],
  ["loraloom validate --speaker Ada", "dialogs, as a run reads them that learns what Ada says"],
  ["loraloom validate && loraloom train", "train only where nothing is wrong"],
] as const;

export const validateCommand = (run: Run) =>
  createCommand("validate")
    .summary("Check stored files together, before a GPU is used.")
    .description(
      "Read stored files as a run would and say what is wrong with them, before a GPU is used: every fault with its line, repeated rows, rows that are held out as well, what looks like a secret, tokens and what is too long. Ends with 1 where there are faults, or where the method can learn from no row.",
    )
    .argument("[names...]", "training files; those that are used unless given")
    .option("--all", "every training file, used or not")
    .addOption(speakerOption())
    .addOption(methodOption())
    .addOption(measureOption())
    .addOption(splitOption())
    .addOption(splitSeedOption())
    .addHelpText("after", examplesText(examples))
    .action((names, options, command) => run(command, (session) => validate(session, names, options)));

type ValidateOptions = MeasureOptions & { all?: true; speaker?: string; method?: Method };

const validate = async (session: Session, names: string[], options: ValidateOptions): Promise<ExitCode> => {
  const { screen } = session;
  const choice = choiceOf(names, options);
  const found = await whileBusy(screen, "reading the files", readFiles(session, choice, options));
  screen.print(...faultLines(found, most, screen), ...warningLines(found, most, screen));
  if (found.files > 0) screen.print(...fieldLines(validationFields(found), screen));
  screen.note(summary(found));
  if (isUseless(found)) screen.note(fixLine(uselessFix, screen));
  screen.json(found);
  return found.faultCount > 0 || isUseless(found) ? exitCodes.refused : exitCodes.ok;
};

const uselessFix = "Choose another method (--method), or upload a file with rows that this one learns from.";

/** Files without a row that the method learns from; a run would be refused. */
const isUseless = ({ files, usableRows, unusedRows }: Validation): boolean =>
  files > 0 && usableRows === unusedRows;

const readFiles = async (session: Session, choice: Choice, options: ValidateOptions): Promise<Validation> => {
  const { client, signal } = session;
  const { speaker, method } = options;
  const input = { ...session.avatar(), ...choice, speaker, method, evaluation: evaluationOf(options) };
  try {
    return await client.trainingData.validate.query(input, { signal });
  } catch (error) {
    throw explainMissing(error, choice.names ?? []);
  }
};

const summary = (found: Validation): string => {
  const { files, faultCount, warningCount, method } = found;
  if (files === 0)
    return "Training uses no file. Upload some, or see those that it leaves out: loraloom ls --unused";
  const faults = faultCount === 0 ? "No faults" : plural(faultCount, "fault");
  const use = isUseless(found) ? `; '${method}' can learn from no row` : "";
  return `${faults}, ${plural(warningCount, "warning")}${use}.`;
};
