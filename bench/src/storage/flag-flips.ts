import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@loraloom/client";
import { startFaultProxy } from "@loraloom/testkit/fault-proxy";
import { timed } from "../measure/at-once.ts";
import { fromRepeats, type Measured, mostOf } from "../results/result.ts";
import { type BenchHost, startHost } from "../services/start-host.ts";
import type { Services } from "../services/start-services.ts";
import { avatar } from "./avatar.ts";
import { fillAvatar } from "./fill-avatar.ts";
import { readDictionary } from "./read-dictionary.ts";

const pollMilliseconds = 100;
const projectionTimeoutMilliseconds = 30_000;

type Flips = { milliseconds: number; writes: number };

/** Every file's flag is changed at once, each by a call of its own; and how often the dictionary was written for it. */
export const measureFlagFlips = async (
  services: Services,
  { files, rounds }: { files: number; rounds: number },
): Promise<Measured[]> => {
  await using proxy = await startFaultProxy({ target: services.s3.endpoint });
  await using host = await startHost(services, { storeUrl: proxy.url });
  const client = host.connect();
  const names = await fillAvatar(client, files);
  await untilWritten(host, { names, used: true });
  const measured: Flips[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // The proxy counts what it delays, and delays by nothing.
    proxy.setFault({ kind: "slow", delayMs: 0, matches: isDictionaryWrite });
    const used = round % 2 === 1;
    const milliseconds = await flipAll(client, { names, used });
    await untilWritten(host, { names, used });
    measured.push({ milliseconds, writes: proxy.hits() });
  }
  return [
    fromRepeats(
      measured.map(({ milliseconds }) => milliseconds / 1000),
      {
        name: `${files} concurrent flips of one avatar`,
        unit: "s",
        target: { atMost: 1 },
        needs: ["postgres-inserts", "json-parse"],
      },
    ),
    mostOf(
      measured.map(({ writes }) => writes),
      { name: `writes of the dictionary for ${files} flips`, unit: "writes", target: { atMost: 10 } },
    ),
  ];
};

type Wanted = { names: string[]; used: boolean };

/** @returns milliseconds until the last one is answered */
const flipAll = (client: Client, { names, used }: Wanted): Promise<number> =>
  timed(() =>
    Promise.all(
      names.map((name) => client.trainingData.setFlag.mutate({ ...avatar, name, useForTraining: used })),
    ),
  );

const isDictionaryWrite = ({ method, path }: { method: string; path: string }): boolean =>
  method === "PUT" && new URL(path, "http://store").pathname.endsWith("/metadata/metadata.json");

/** Waits until the dictionary says so of every file: only then all of its writes are counted. */
const untilWritten = async (host: BenchHost, { names, used }: Wanted): Promise<void> => {
  const end = performance.now() + projectionTimeoutMilliseconds;
  while (performance.now() < end) {
    const dictionary = await readDictionary(host.bucket);
    if (names.every((name) => dictionary[name] === used)) return;
    await sleep(pollMilliseconds);
  }
  throw new Error(`The dictionary was not as the flags are within ${projectionTimeoutMilliseconds} ms.`);
};
