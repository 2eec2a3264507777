import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { downloadFile } from "../../download-file.ts";
import { bar, percent } from "../../screen/bar.ts";
import { formatBytes } from "../../screen/formats.ts";
import type { Run, Session } from "../../session.ts";

export const downloadCommand = (run: Run) =>
  createCommand("download")
    .description(
      "Download the files of a version into a folder, as PEFT reads them; their hashes are checked.",
    )
    .argument("[version]", "a version; the current one unless given")
    .option("--out <folder>", "where to; a folder named after the version unless given")
    .action((version, options, command) =>
      run(command, (session) => downloadVersion(session, { version, ...options })),
    );

type Download = Awaited<ReturnType<Client["adapter"]["download"]["query"]>>;

const downloadVersion = async (
  session: Session,
  { version: named, out }: { version: string | undefined; out?: string },
): Promise<undefined> => {
  const { client, screen, signal } = session;
  const { version, files } = await client.adapter.download.query(
    { ...session.avatar(), version: named },
    { signal },
  );
  const folder = out ?? version;
  await mkdir(folder, { recursive: true });
  const onBytes = progressOf(session, files);
  const paths: string[] = [];
  for (const file of files) {
    const path = join(folder, basename(file.name));
    await downloadFile(file, { path, signal, onBytes });
    screen.print(path);
    paths.push(path);
  }
  screen.json({ version, paths });
  return undefined;
};

const progressOf = ({ screen }: Session, files: Download["files"]): ((count: number) => void) => {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  return (count) => {
    loaded += count;
    const share = loaded / total;
    const words = `${formatBytes(loaded)} of ${formatBytes(total)}`;
    screen.live.draw(() => [`${bar(share, screen.noteColors)} ${percent(share)}  ${words}`]);
  };
};
