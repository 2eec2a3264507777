import { stat } from "node:fs/promises";
import { join } from "node:path";
import { defaultHyperparameters } from "@loraloom/dataset";
import { timed } from "../measure/at-once.ts";
import { shareOfRaw } from "../measure/interleave.ts";
import { fromRepeats, type Measured } from "../results/result.ts";
import type { Services } from "../services/start-services.ts";
import { putTrainingFile, trainingKey, writeChatFile } from "../storage/put-chat-file.ts";
import { startTokenizer } from "./start-tokenizer.ts";
import type { Trainer } from "./start-trainer.ts";

const name = "counted.jsonl";
const { maxLength, overLength } = defaultHyperparameters;
/** As the reports of uploaded files are counted. */
const reading = { method: "sft", maxLength, overLength, speaker: null, skipInvalidRows: true } as const;

/** A stored file's rows read, checked, rendered and counted by a worker, beside the tokenizer alone on the same chats. */
export const measureCountRate = async (
  services: Services,
  { host, worker, base }: Trainer,
  { bytes, rounds }: { bytes: number; rounds: number },
): Promise<Measured[]> => {
  const path = join(services.folder, name);
  await writeChatFile(path, bytes);
  const { size } = await stat(path);
  const etag = await putTrainingFile(host.bucket, { path, name, size });
  await using tokenizer = await startTokenizer(base.path, path);
  const request = { file: { name, key: trainingKey(name), etag }, reading };
  const shares = await shareOfRaw(
    {
      ours: async () => size / (await timed(() => worker.ask("/count-tokens", request))),
      raw: async () => size / ((await tokenizer.encodeAll()).seconds * 1000),
    },
    rounds,
  );
  return [
    fromRepeats(shares, {
      name: "validation with token counts, share of the tokenizer's own rate",
      unit: "×",
      target: { atLeast: 0.8 },
    }),
  ];
};
