import { randomFillSync } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { timed } from "../measure/at-once.ts";
import { shareOfRaw } from "../measure/interleave.ts";
import { fromRepeats, type Measured } from "../results/result.ts";
import type { BenchHost } from "../services/start-host.ts";
import { avatar } from "./avatar.ts";

/** The client's upload, from the call to the answer, beside the SDK's plain PUT of the same bytes. */
export const measureUploadRate = async (
  host: BenchHost,
  { bytes, rounds }: { bytes: number; rounds: number },
): Promise<Measured[]> => {
  const body = randomFillSync(Buffer.alloc(bytes));
  const client = host.connect();
  const { client: sdk, bucket } = host.bucket;
  const shares = await shareOfRaw(
    {
      ours: () => rateOf(body, () => client.uploadTrainingData(body, { ...avatar, name: "large.bin" })),
      raw: () =>
        rateOf(body, () => sdk.send(new PutObjectCommand({ Bucket: bucket, Key: "raw.bin", Body: body }))),
    },
    rounds,
  );
  return [
    fromRepeats(shares, {
      name: `client upload of ${Math.round(bytes / 1024 ** 2)} MiB, share of a raw PUT's rate`,
      unit: "×",
      target: { atLeast: 0.8 },
    }),
  ];
};

const rateOf = async (body: Buffer, send: () => Promise<unknown>): Promise<number> =>
  body.length / (await timed(send));
