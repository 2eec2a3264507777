import { Option } from "@commander-js/extra-typings";
import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { parseWhole } from "../../command/parse-values.ts";
import { formatDate } from "../../screen/formats.ts";
import type { Screen } from "../../screen/screen.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

const mostRows = 200;
const usualRows = 50;

export const deliveriesCommand = (run: Run) =>
  createCommand("deliveries")
    .description("Show what a webhook was sent and is to be sent, the newest first.")
    .argument("<id>", "id, as 'loraloom webhooks' lists it")
    .addOption(new Option("--state <state>", "only these").choices(["pending", "delivered", "dead"] as const))
    .option("--limit <n>", "how many at the most", parseWhole({ min: 1, max: mostRows }), usualRows)
    .action((id, options, command) => run(command, (session) => listDeliveries(session, id, options)));

export const redeliverCommand = (run: Run) =>
  createCommand("redeliver")
    .description("Send messages again, under the same ids, whatever became of them.")
    .argument("<deliveries...>", "ids, as 'loraloom webhooks deliveries' lists them")
    .action((ids, _options, command) => run(command, (session) => redeliver(session, ids)));

type Delivery = Awaited<ReturnType<Client["webhooks"]["deliveries"]["query"]>>["deliveries"][number];
type ListOptions = { state?: Delivery["state"]; limit: number };

const listDeliveries = async (
  { client, screen, signal, user }: Session,
  webhookId: string,
  { state, limit }: ListOptions,
): Promise<undefined> => {
  const wanted = { ...user, webhookId, state, limit };
  const page = await client.webhooks.deliveries.query(wanted, { signal });
  screen.print(...tableLines(page.deliveries, columns(screen), screen));
  if (page.deliveries.length === 0) screen.note("No deliveries.");
  if (page.nextCursor) screen.note(`These are the newest ${limit}; --limit shows up to ${mostRows}.`);
  screen.json(page);
  return undefined;
};

const columns = ({ colors }: Screen): Column<Delivery>[] => [
  { title: "ID", value: ({ id }) => id },
  { title: "MADE", value: ({ createdAt }) => formatDate(createdAt) },
  { title: "EVENT", value: ({ type }) => type },
  {
    title: "STATE",
    value: stateOf,
    style: (text, { state }) => (state === "dead" ? colors.red(text) : text),
  },
  { title: "LAST ANSWER", value: outcomeOf },
];

const stateOf = ({ state, tries, nextTryAt }: Delivery): string =>
  state === "pending" && nextTryAt && tries > 0 ? `again at ${formatDate(nextTryAt)}` : state;

/** `204 in 12 ms`, or why there was no answer. */
export const outcomeOf = ({ log }: Pick<Delivery, "log">): string => {
  const last = log.at(-1);
  if (!last) return "not tried yet";
  return last.status === null ? (last.error ?? "") : `${last.status} in ${last.milliseconds} ms`;
};

const redeliver = async ({ client, screen, signal, user }: Session, ids: string[]): Promise<undefined> => {
  const redelivered: Delivery[] = [];
  for (const deliveryId of ids)
    redelivered.push(await client.webhooks.redeliver.mutate({ ...user, deliveryId }, { signal }));
  screen.print(...redelivered.map(({ id }) => `again ${id}`));
  screen.json({ redelivered });
  return undefined;
};
