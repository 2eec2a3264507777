import { type ErrorCode, LoraloomError } from "@loraloom/errors";
import { createApiKey } from "@loraloom/store/access";
import { watchRunEvents } from "@loraloom/store/events";
import type { KeyScope } from "@loraloom/store/tables";
import { openTestStore, type TestStore } from "@loraloom/store/testing";
import { parseNetwork } from "@loraloom/store/webhooks";
import { callTRPCProcedure, TRPCError } from "@trpc/server";
import { createOpenStreams } from "../access/open-streams.ts";
import { unlimitedRates } from "../access/rates.ts";
import type { Services } from "../context.ts";
import { createContext } from "../create-context.ts";
import { createRouter } from "../create-router.ts";
import { codedError } from "../errors/coded-error.ts";
import type { Inference } from "../inference.ts";
import { t } from "../trpc.ts";

export const testBase = { modelId: "tiny", revision: "main", dtype: "float32", quantization: "none" };

/** A test's webhooks go nowhere else. */
const loopback = parseNetwork("127.0.0.0/8");

/** No engine: what a call is refused for before one is needed. */
const noWorker = (): LoraloomError => new LoraloomError("model_not_loaded", "This test has no worker.");
export const noInference: Inference = {
  sample: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(noWorker()) }) }),
  countTokens: () => Promise.reject(noWorker()),
  estimate: () => Promise.reject(noWorker()),
};

export type NamedCall = {
  path: string;
  type: "query" | "mutation" | "subscription";
  input: unknown;
  signal?: AbortSignal;
};

/** A store that is given is not closed. */
export type OpenTestApi = Partial<Omit<Services, "store">> & { store?: TestStore } & Pick<
    TestStore["config"],
    "price"
  >;

/** The procedures over a real database and object store, called without HTTP. */
export const openTestApi = async ({ store: given, price, ...changes }: OpenTestApi = {}) => {
  await using opened = new AsyncDisposableStack();
  const store = given ?? opened.use(await openTestStore({ price }));
  const watcher = opened.use(await watchRunEvents(store));
  const services: Services = {
    store,
    watcher,
    inference: noInference,
    deployment: { defaultBase: testBase, allowedModels: [], webhookPolicy: { networks: [loopback] } },
    streams: createOpenStreams({ mostOfOne: 0 }),
    rates: unlimitedRates,
    ...changes,
  };
  const router = createRouter();
  const createCaller = t.createCallerFactory(router);
  const contextOf = (key: string | undefined) =>
    createContext({
      requestId: "test",
      log: store.log,
      authorization: key === undefined ? undefined : `Bearer ${key}`,
      services: () => services,
    });
  const resources = opened.move();
  return {
    store,
    /** Calls a procedure by its name, with any input. */
    call: (key: string | undefined, { path, type, input, signal }: NamedCall): Promise<unknown> =>
      callTRPCProcedure({
        ...{ router, path, type, signal },
        ctx: contextOf(key),
        getRawInput: async () => input,
        batchIndex: 0,
      }),
    /** A caller that shows this key, or none; each of its calls is a request of its own. */
    as: (key: string | undefined) => createCaller(() => contextOf(key)),
    /** A key of one user, or without a user one of a service. */
    makeKey: async (userId?: string, scopes: KeyScope[] = ["read", "write", "train", "admin"]) => {
      const kind = userId === undefined ? "service" : "user";
      return createApiKey(store, { kind, name: `${kind} key`, scopes, userId });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

export type TestApi = Awaited<ReturnType<typeof openTestApi>>;
export type TestCaller = ReturnType<TestApi["as"]>;

/** How a call ended: with what, or with which error of the table. */
export type Outcome = { answer: unknown; code: "answered" } | { code: ErrorCode; message: string };

/** Makes a call, and reads the first item of an answer that is a stream. */
export const outcomeOf = async (call: () => Promise<unknown>): Promise<Outcome> => {
  try {
    const answer = await call();
    return { code: "answered", answer: isStream(answer) ? await firstOf(answer) : answer };
  } catch (error) {
    if (!(error instanceof TRPCError) && !(error instanceof LoraloomError)) throw error;
    const { code, message } = error instanceof TRPCError ? codedError(error) : error;
    return { code, message };
  }
};

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

const firstOf = async (stream: AsyncIterable<unknown>): Promise<unknown> => {
  for await (const item of stream) return item;
  return undefined;
};
