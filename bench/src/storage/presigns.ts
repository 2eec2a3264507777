import { createHash } from "node:crypto";
import { timeEach } from "../measure/at-once.ts";
import { type About, type Measured, p99Of } from "../results/result.ts";
import type { BenchHost } from "../services/start-host.ts";
import { avatar } from "./avatar.ts";
import { openBareCaller } from "./bare-caller.ts";

const atOnce = 16;
const sha256 = createHash("sha256").update("bench").digest("hex");

type Sizes = {
  times: number;
  /** Calls before, until a host that has just started has compiled what they pass. */
  warmUps: number;
};

/**
 * Signed PUTs, by 16 callers of whom each asks for the next one when he has one: over bare connections, which leave the
 * machine to the host, and by clients, whose own work on the host's two cores counts as a wait for it.
 */
export const measurePresigns = async (host: BenchHost, sizes: Sizes): Promise<Measured[]> => {
  return [
    p99Of(await timeCalls(bareCalls(host), "bare", sizes), about(`${atOnce} at once`)),
    p99Of(await timeCalls(clientCalls(host), "client", sizes), about(`${atOnce} clients of one process`)),
  ];
};

const about = (callers: string): About => ({
  name: `presigned PUT, ${callers}, p99`,
  unit: "ms",
  target: { atMost: 10 },
  needs: ["postgres-inserts", "json-parse"],
});

type Call = (upload: ReturnType<typeof uploadOf>) => Promise<unknown>;

const timeCalls = async (calls: Call[], who: string, { times, warmUps }: Sizes): Promise<number[]> => {
  const sign = (prefix: string) => async (index: number, lane: number) =>
    calls[lane]?.(uploadOf(`${who}-${prefix}-${index}.jsonl`));
  await timeEach({ times: warmUps, atOnce }, sign("warm-up"));
  return timeEach({ times, atOnce }, sign("timed"));
};

const uploadOf = (name: string) => ({ ...avatar, name, size: 5, type: "application/jsonl", sha256 });

const bareCalls = (host: BenchHost): Call[] =>
  Array.from({ length: atOnce }, () => openBareCaller(host, "trainingData.createUpload"));

/** Each of its own: one client would send calls of the same moment as one request. */
const clientCalls = (host: BenchHost): Call[] =>
  Array.from({ length: atOnce }, () => host.connect().trainingData.createUpload.mutate);
