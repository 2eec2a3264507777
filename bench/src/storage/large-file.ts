import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@loraloom/client";
import { timed } from "../measure/at-once.ts";
import { watchMemory } from "../measure/memory.ts";
import { median, p99, quantile } from "../measure/statistics.ts";
import { fromRepeats, type Measured, mostOf } from "../results/result.ts";
import { type BenchHost, startHost } from "../services/start-host.ts";
import type { Services } from "../services/start-services.ts";
import { avatar } from "./avatar.ts";
import { fillAvatar } from "./fill-avatar.ts";
import { putTrainingFile, writeChatFile } from "./put-chat-file.ts";

/** Between two calls of the one who watches the latency. */
const pauseMilliseconds = 5;
const megabyte = 1_000_000;

type Sizes = { bytes: number; rounds: number; idleCalls: number };
type Round = { memory: number; latency: number };

/** What the inspection of a large file costs: memory of the host, and the time of others who call it meanwhile. */
export const measureLargeFile = async (services: Services, sizes: Sizes): Promise<Measured[]> => {
  await using host = await startHost(services);
  const client = host.connect();
  const [smallFile = ""] = await fillAvatar(client, 1);
  const path = join(services.folder, "large.jsonl");
  await writeChatFile(path, sizes.bytes);
  const rounds: Round[] = [];
  for (let round = 0; round < sizes.rounds; round += 1) {
    const name = `large-${round}.jsonl`;
    await putTrainingFile(host.bucket, { path, name, size: (await stat(path)).size });
    const idle = await observe(host, countedCalls(client, { name: smallFile, calls: sizes.idleCalls }));
    await client.trainingData.sync.mutate(avatar);
    rounds.push(compare(idle, await observe(host, callsUntilReady(client, name))));
  }
  return toMeasured(sizes, rounds);
};

/** Calls one after the other; each answers with the milliseconds that it took. */
type Calls = AsyncIterable<number>;

async function* countedCalls(
  client: Client,
  { name, calls }: { name: string; calls: number },
): AsyncGenerator<number> {
  for (let call = 0; call < calls; call += 1) {
    yield await timed(() => client.trainingData.get.query({ ...avatar, name }));
  }
}

async function* callsUntilReady(client: Client, name: string): AsyncGenerator<number> {
  for (let isReady = false; !isReady; ) {
    yield await timed(async () => {
      isReady = (await client.trainingData.get.query({ ...avatar, name })).state === "ready";
    });
  }
}

type Observed = { milliseconds: number[]; bytes: number[] };

const observe = async ({ pid }: BenchHost, calls: Calls): Promise<Observed> => {
  const memory = watchMemory(pid);
  const milliseconds: number[] = [];
  for await (const took of calls) {
    milliseconds.push(took);
    await sleep(pauseMilliseconds);
  }
  return { milliseconds, bytes: await memory.stop() };
};

const compare = (idle: Observed, busy: Observed): Round => ({
  memory: (quantile(busy.bytes, 1) - median(idle.bytes)) / megabyte,
  latency: p99(busy.milliseconds) / p99(idle.milliseconds),
});

const toMeasured = ({ bytes }: Sizes, rounds: Round[]): Measured[] => {
  const during = `inspection of a file of ${Math.round(bytes / megabyte)} MB`;
  return [
    mostOf(
      rounds.map(({ memory }) => memory),
      { name: `peak memory above idle, ${during}`, unit: "MB", target: { atMost: 200 } },
    ),
    fromRepeats(
      rounds.map(({ latency }) => latency),
      {
        name: `host latency p99, ${during}, of idle`,
        unit: "×",
        target: { atMost: 2 },
        needs: ["json-parse"],
      },
    ),
  ];
};
