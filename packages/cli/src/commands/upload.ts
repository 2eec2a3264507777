import type { StoredFile } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseWhole } from "../command/parse-values.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { UsageError } from "../failures/cli-error.ts";
import { describeFailure, exitCodeOf, fixLine } from "../failures/report-failure.ts";
import { faultLines, hasFaults, reportWords, warningLines } from "../file-report.ts";
import { evaluationOption, folderOption, openFolder } from "../folders/open-folder.ts";
import { formatBytes, formatCount, plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import type { Run, Session } from "../session.ts";
import { findFiles } from "../upload/find-files.ts";
import { resumeHint } from "../upload/resume-hint.ts";
import { type Outcome, uploadFiles } from "../upload/upload-files.ts";

/** Of each file; `--json` gives all that the service lists. */
const most = { faults: 5, warnings: 3 };

const faultFix =
  "Correct what is named and upload it again, or take the file out of training: loraloom flag NAME --off";

const examples = [
  ["loraloom upload chats.jsonl notes.pdf", "two files"],
  ["loraloom upload ./exports", "every file in a folder and below it"],
  ["loraloom upload held-out.jsonl --evaluation", "a file to measure with"],
  ["loraloom upload walk.mp4 --folder media/original/video", "a file that training doesn't read"],
  ["make-chats | loraloom upload - --name chats.jsonl", "what another program writes"],
] as const;

export const uploadCommand = (run: Run) =>
  createCommand("upload")
    .summary("Upload files, and say what is in them.")
    .description("Upload files, and say what is in them. A file of the same name is replaced.")
    .argument("<paths...>", "files and folders; - is stdin")
    .addOption(evaluationOption())
    .addOption(folderOption())
    .option("--use-for-training", "training uses them (a new file is used, a replaced one keeps its flag)")
    .option("--no-use-for-training", "training leaves them out")
    .option("--name <name>", "the name of the one file, or of stdin")
    .option("--parallel <n>", "files at once", parseWhole({ min: 1, max: 32 }), 4)
    .option(
      "--resume <id>",
      "take up the broken or interrupted upload of the one large file, within a day; its id was named then",
    )
    .option("--no-wait", "don't wait for the reports of large files")
    .addHelpText("after", examplesText(examples))
    .action((paths, options, command) => run(command, (session) => upload(session, paths, options)));

type CommandOptions = {
  evaluation?: true;
  folder?: string;
  resume?: string;
  useForTraining?: boolean;
  name?: string;
  parallel: number;
  wait: boolean;
};

const upload = async (session: Session, paths: string[], options: CommandOptions): Promise<ExitCode> => {
  const { screen } = session;
  const folder = openFolder(session, options);
  const files = await findFiles(paths, options.name);
  if (options.resume !== undefined && files.length > 1) throw new UsageError("--resume is for one file.");
  const outcomes = await uploadFiles(
    session,
    { folder, files },
    {
      ...options,
      onOutcome: (outcome) => screen.print(...outcomeLines(outcome, screen)),
    },
  );
  screen.note(summary(outcomes));
  if (outcomes.some((outcome) => "file" in outcome && hasFaults(outcome.file)))
    screen.note(fixLine(faultFix, screen));
  screen.json({ files: outcomes.map(toJson) });
  return outcomes.reduce<ExitCode>((worst, outcome) => worse(worst, exitCodeFor(outcome)), exitCodes.ok);
};

const outcomeLines = (outcome: Outcome, screen: Screen): string[] => {
  const { green, yellow, red, dim } = screen.colors;
  if ("error" in outcome) {
    const { code, message, remedy } = describeFailure(outcome.error);
    const name = printableLine(outcome.local.name);
    const fix = resumeHint(outcome) ?? remedy;
    const failure = `${red("✗")} ${name}: ${printableLine(message)} ${dim(`[${code}]`)}`;
    return fix ? [failure, fixLine(fix, screen)] : [failure];
  }
  const { file } = outcome;
  const mark = hasFaults(file) ? yellow("!") : green("✓");
  const words = `${printableLine(file.name)}  ${dim(`${formatBytes(file.size)}, ${reportWords(file)}`)}`;
  return [`${mark} ${words}`, ...foundLines(file, screen).map((line) => `  ${line}`)];
};

const foundLines = ({ report }: StoredFile, screen: Screen): string[] =>
  report ? [...faultLines(report, most.faults, screen), ...warningLines(report, most.warnings, screen)] : [];

const summary = (outcomes: Outcome[]): string => {
  const stored = outcomes.flatMap((outcome) => ("file" in outcome ? [outcome.file] : []));
  const faulty = stored.filter(hasFaults).length;
  const warned = stored.filter(({ report }) => report && report.warningCount > 0).length;
  const failed = outcomes.length - stored.length;
  const bytes = stored.reduce((sum, { size }) => sum + size, 0);
  const parts = [
    `Uploaded ${plural(stored.length, "file")} (${formatBytes(bytes)})`,
    ...(faulty > 0 ? [`${formatCount(faulty)} with faults`] : []),
    ...(warned > 0 ? [`${formatCount(warned)} with warnings`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} not uploaded`] : []),
  ];
  return `${parts.join(", ")}.`;
};

const toJson = (outcome: Outcome) =>
  "error" in outcome
    ? { path: outcome.local.path, uploadId: outcome.uploadId, error: describeFailure(outcome.error) }
    : { path: outcome.local.path, file: outcome.file };

const exitCodeFor = (outcome: Outcome): ExitCode => {
  if ("error" in outcome) return exitCodeOf(outcome.error);
  return hasFaults(outcome.file) ? exitCodes.refused : exitCodes.ok;
};

/** What can succeed later is said before what must be corrected. */
const worse = (left: ExitCode, right: ExitCode): ExitCode => (left > right ? left : right);
