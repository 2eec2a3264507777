import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { fieldLines } from "../../screen/fields.ts";
import { formatBytes, formatCount, formatDate, formatLoss, plural } from "../../screen/formats.ts";
import type { Run, Session } from "../../session.ts";

type Info = Awaited<ReturnType<Client["adapter"]["info"]["query"]>>;

export const infoCommand = (run: Run) =>
  createCommand("info")
    .description("Show the avatar's adapter, its current version, and how much of everything there is.")
    .action((_options, command) => run(command, showInfo));

const showInfo = async (session: Session): Promise<undefined> => {
  const { client, screen, signal } = session;
  const info = await client.adapter.info.query(session.avatar(), { signal });
  screen.print(...fieldLines([...adapterFields(info), ...currentFields(info)], screen));
  screen.json(info);
  return undefined;
};

const adapterFields = ({ adapter, counts, bytes }: Info): [string, string][] => [
  ["avatar", adapter.avatarId],
  ["base model", adapter.baseModel],
  ["made", formatDate(adapter.createdAt)],
  ["versions", `${formatCount(counts.versions)} (${formatBytes(bytes.versions)})`],
  ["candidates", formatCount(counts.candidates)],
  ["backups", `${formatCount(counts.backups)} (${formatBytes(bytes.backups)})`],
  ["runs", formatCount(counts.runs)],
];

const currentFields = ({ current }: Info): [string, string][] => {
  if (!current) return [["current version", "none: nothing was trained yet"]];
  const { metrics, lineage } = current;
  const { heldOutBefore: before, heldOutAfter: after } = metrics;
  return [
    [
      "current version",
      `${current.id} (${formatBytes(current.bytes)}), made ${formatDate(current.createdAt)}`,
    ],
    ["learned from", `${plural(lineage.trainingFiles, "file")} in ${stepsWords(metrics)}`],
    ["loss", `${formatLoss(metrics.finalLoss)} at the end`],
    ...(before !== null && after !== null
      ? [
          ["held-out loss", `${formatLoss(before)} before, ${formatLoss(after)} after`] satisfies [
            string,
            string,
          ],
        ]
      : []),
    ...lineage.parents.map(({ version, how }): [string, string] => [how, version]),
  ];
};

/** With early stopping the version is that of its best step. */
const stepsWords = ({ steps, bestStep }: NonNullable<Info["current"]>["metrics"]): string =>
  bestStep === null
    ? plural(steps, "step")
    : `${plural(steps, "step")}, best at step ${formatCount(bestStep)}`;
