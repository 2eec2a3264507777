/**
 * An engine without a model: it obeys the engine protocol, JSON lines on stdin and stdout, and each step takes as long
 * as it is told. It freezes rows, trains, writes checkpoints, goes on from them, and writes adapters that are whole.
 *
 * Run: node main.ts <milliseconds a step>
 */
import { createInterface } from "node:readline";
import { verifyAdapter } from "./adapter.ts";
import { tokenize } from "./tokenize.ts";
import { cancelRun, startRun } from "./train.ts";
import type { Answer, Request } from "./wire.ts";

const stepMilliseconds = Number(process.argv[2]);
let seq = 0;

const answerTo =
  ({ id }: Request): Answer =>
  (type, fields = {}) => {
    seq += 1;
    const at = performance.now() / 1000;
    process.stdout.write(`${JSON.stringify({ type, seq, at, id, ...fields })}\n`);
  };

const work = async (request: Request, answer: Answer): Promise<void> => {
  switch (request.type) {
    case "hello":
      return answer("ready", ready);
    case "load_base":
      return answer("base_loaded", { ...baseFacts, ...namesOf(request) });
    case "tokenize":
      return answer("result", await tokenize(request));
    case "start_run":
      return startRun(request, { answer, stepMilliseconds });
    case "cancel_run":
      cancelRun(request);
      return answer("result");
    case "verify_adapter":
      return answer("result", await verifyAdapter(request.path));
    default:
      return answer("error", { code: "bad_input", message: `No model does '${request.type}'.`, details: {} });
  }
};

const ready = {
  protocol: 1,
  engine_version: "fixture",
  device: "cpu",
  device_name: "fixture",
  torch_version: "none",
  threads: 1,
  total_memory_bytes: 0,
  free_memory_bytes: 0,
};
const baseFacts = {
  vocab_size: 256,
  parameters: 1,
  context_length: 2048,
  pass_tokens: 2048,
  linear_modules: ["q_proj"],
  seconds: 0,
};
const namesOf = ({ model_id, revision, dtype, quantization }: Request & { type: "load_base" }) => ({
  model_id,
  revision,
  dtype,
  quantization,
});

for await (const line of createInterface({ input: process.stdin })) {
  const request: Request = JSON.parse(line);
  const answer = answerTo(request);
  work(request, answer).catch((error: unknown) =>
    answer("error", { code: "internal", message: String(error), details: {} }),
  );
}
// The worker has hung up.
process.exit(0);
