import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { createCommand } from "../../command/create-command.ts";
import { downloadFile, type RemoteFile } from "../../download-file.ts";
import { DownloadError } from "../../failures/cli-error.ts";
import { bar, percent } from "../../screen/bar.ts";
import { formatBytes } from "../../screen/formats.ts";
import type { Run, Session } from "../../session.ts";

export const downloadCommand = (run: Run) =>
  createCommand("download")
    .description(
      "Download the files of a version, as PEFT or transformers reads them. Their hashes are checked.",
    )
    .argument("[version]", "a version; the current one unless given")
    .option(
      "--out <folder>",
      "where to; a folder named after the version, or this one for an archive, unless given",
    )
    .option("--archive", "one zip archive instead")
    .action((version, options, command) =>
      run(command, (session) => download(session, { version, ...options })),
    );

type DownloadOptions = { version: string | undefined; out?: string; archive?: boolean };

const download = async (
  session: Session,
  { version: named, out, archive = false }: DownloadOptions,
): Promise<undefined> => {
  const { client, screen, signal } = session;
  const ask = (version: string | undefined) =>
    client.adapter.download.query({ ...session.avatar(), version, archive }, { signal });
  const asked = await ask(named);
  const { version } = asked;
  const folder = out ?? (archive ? "." : version);
  await mkdir(folder, { recursive: true });
  const link = async (name: string) => linkOf(await ask(version), name);
  const paths = await downloadInto(session, folder, { files: linkedFiles(asked), link });
  screen.json({ version, paths });
  return undefined;
};

type Answer = Awaited<ReturnType<Session["client"]["adapter"]["download"]["query"]>>;

const linkedFiles = ({ files, archive }: Answer): Answer["files"] => (archive ? [archive] : files);

const linkOf = (answer: Answer, name: string): string => {
  const file = linkedFiles(answer).find((file) => file.name === name);
  if (file) return file.url;
  throw new DownloadError(`Version '${answer.version}' has no '${name}' any more.`);
};

type Wanted = { files: RemoteFile[]; link: (name: string) => Promise<string> };

const downloadInto = async (
  { screen, signal }: Session,
  folder: string,
  { files, link }: Wanted,
): Promise<string[]> => {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  const onBytes = (count: number) => {
    loaded += count;
    const words = `${formatBytes(loaded)} of ${formatBytes(total)}`;
    screen.live.draw(() => [
      `${bar(loaded / total, screen.noteColors)} ${percent(loaded / total)}  ${words}`,
    ]);
  };
  const paths: string[] = [];
  for (const file of files) {
    // A name says nothing about where on this machine it lies.
    const path = join(folder, basename(file.name));
    await downloadFile(file, { path, signal, onBytes, link: () => link(file.name) });
    screen.print(path);
    paths.push(path);
  }
  return paths;
};
