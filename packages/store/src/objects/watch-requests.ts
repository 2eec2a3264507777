import type { S3Client } from "@aws-sdk/client-s3";
import { inChildSpan, type ObjectRequest, type ObjectRequestOutcome } from "@loraloom/telemetry";
import { answerOf } from "./failures.ts";

/** Told of each request to the store once its answer begins. */
export type ObjectRequestListener = (request: ObjectRequest) => void;

/** Has a client tell of its requests, as spans of the traced work that they belong to and as figures. */
export const watchRequests = (client: S3Client, told: ObjectRequestListener): void => {
  client.middlewareStack.add(
    (next, { commandName = "unknown" }) =>
      (args) => {
        const operation = commandName.replace(/Command$/, "");
        return inChildSpan(`S3 ${operation}`, { attributes: { "rpc.method": operation } }, () =>
          timed(operation, { send: () => next(args), told }),
        );
      },
    // Outside of the repeats, so that each request is told of once.
    { step: "initialize", name: "watch-requests", priority: "high" },
  );
};

type Answer = { output: { $metadata?: { attempts?: number | undefined } } };
type Request<A> = { send: () => Promise<A>; told: ObjectRequestListener };

const timed = async <A extends Answer>(operation: string, { send, told }: Request<A>): Promise<A> => {
  const begun = performance.now();
  const tell = (outcome: ObjectRequestOutcome, attempts = 1) =>
    told({ operation, outcome, retries: attempts - 1, seconds: (performance.now() - begun) / 1000 });
  try {
    const answer = await send();
    tell("ok", answer.output.$metadata?.attempts);
    return answer;
  } catch (error) {
    tell(outcomeOf(error), attemptsOf(error));
    throw error;
  }
};

const outcomeOf = (error: unknown): ObjectRequestOutcome => {
  const answer = answerOf(error);
  return answer === "other" ? "failed" : answer;
};

/** As the SDK notes it on what it throws. */
const attemptsOf = (error: unknown): number | undefined => {
  const { $metadata }: { $metadata?: { attempts?: number } } =
    typeof error === "object" && error !== null ? error : {};
  return $metadata?.attempts;
};
