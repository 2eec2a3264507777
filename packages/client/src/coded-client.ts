import { TRPCUntypedClient } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { toClientError } from "./errors.ts";

type Call = TRPCUntypedClient<AnyTRPCRouter>["query"];
type Subscribe = TRPCUntypedClient<AnyTRPCRouter>["subscription"];

/** tRPC's client, whose every failure is an error of ours; an aborted call gives its signal's reason. */
export class CodedClient extends TRPCUntypedClient<AnyTRPCRouter> {
  override query(...args: Parameters<Call>): ReturnType<Call> {
    return coded(super.query(...args), args[2]?.signal);
  }

  override async mutation(...args: Parameters<Call>): ReturnType<Call> {
    const signal = args[2]?.signal;
    const result = await coded(super.mutation(...args), signal);
    return isAsyncIterable(result) ? codedIterable(result, signal) : result;
  }

  override subscription(...[path, input, options]: Parameters<Subscribe>): ReturnType<Subscribe> {
    return super.subscription(path, input, {
      ...options,
      onError: (error) => options.onError?.(toClientError(error)),
    });
  }
}

const coded = <Result>(result: Promise<Result>, signal?: AbortSignal): Promise<Result> =>
  result.catch((error: unknown) => {
    signal?.throwIfAborted();
    throw toClientError(error);
  });

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

async function* codedIterable(items: AsyncIterable<unknown>, signal?: AbortSignal): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    signal?.throwIfAborted();
    throw toClientError(error);
  }
}
