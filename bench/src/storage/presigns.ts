import { createHash } from "node:crypto";
import { timeEach } from "../measure/at-once.ts";
import { type Measured, p99Of } from "../results/result.ts";
import type { BenchHost } from "../services/start-host.ts";
import { avatar } from "./avatar.ts";

const atOnce = 16;
const sha256 = createHash("sha256").update("bench").digest("hex");

type Sizes = {
  times: number;
  /** Calls before, until a host that has just started has compiled what they pass. */
  warmUps: number;
};

/** Signed PUTs, by 16 callers of whom each asks for the next one when he has one. */
export const measurePresigns = async (host: BenchHost, { times, warmUps }: Sizes): Promise<Measured[]> => {
  // Each of its own: one client would send calls of the same moment as one request.
  const clients = Array.from({ length: atOnce }, () => host.connect());
  const sign = (index: number, lane: number) =>
    clients[lane]?.trainingData.createUpload.mutate({
      ...avatar,
      name: `presigned-${index}.jsonl`,
      size: 5,
      type: "application/jsonl",
      sha256,
    }) ?? Promise.reject(new RangeError(`There is no client ${lane}.`));
  await timeEach({ times: warmUps, atOnce }, sign);
  const milliseconds = await timeEach({ times, atOnce }, sign);
  return [
    p99Of(milliseconds, {
      name: `presigned PUT, ${atOnce} at once, p99`,
      unit: "ms",
      target: { atMost: 10 },
      needs: ["postgres-inserts", "json-parse"],
    }),
  ];
};
