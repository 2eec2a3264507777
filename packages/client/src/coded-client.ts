import { TRPCUntypedClient } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { addressOf, type Connection } from "./connection.ts";
import { toClientError } from "./errors.ts";
import { createLinks } from "./links.ts";
import { repeatingLost } from "./repeat-lost.ts";

type Call = TRPCUntypedClient<AnyTRPCRouter>["query"];
type Subscribe = TRPCUntypedClient<AnyTRPCRouter>["subscription"];

/** tRPC's client, whose every failure is an error of ours; an aborted call gives its signal's reason. */
export class CodedClient extends TRPCUntypedClient<AnyTRPCRouter> {
  private readonly address: string;

  constructor(connection: Connection) {
    super({ links: createLinks(connection) });
    this.address = addressOf(connection);
  }

  override query(...[path, input, options]: Parameters<Call>): ReturnType<Call> {
    return this.coded(super.query(path, input, withOwnSignal(options)), options?.signal);
  }

  override async mutation(...[path, input, options]: Parameters<Call>): ReturnType<Call> {
    const signal = options?.signal;
    const result = await repeatingLost({ path, input, signal }, (keyed) =>
      this.coded(super.mutation(path, keyed, withOwnSignal(options)), signal),
    );
    return isAsyncIterable(result) ? this.codedIterable(result, signal) : result;
  }

  override subscription(...[path, input, options]: Parameters<Subscribe>): ReturnType<Subscribe> {
    return super.subscription(path, input, {
      ...options,
      onError: (error) => options.onError?.(toClientError(error, this.address)),
    });
  }

  private async coded<Result>(result: Promise<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      return await result;
    } catch (error) {
      throw this.failure(error, signal);
    }
  }

  private async *codedIterable(items: AsyncIterable<unknown>, signal?: AbortSignal): AsyncGenerator<unknown> {
    try {
      yield* items;
    } catch (error) {
      throw this.failure(error, signal);
    }
  }

  private failure(error: unknown, signal: AbortSignal | undefined): unknown {
    return signal?.aborted ? signal.reason : toClientError(error, this.address);
  }
}

/** tRPC never stops listening to a call's signal: the caller's, of many calls, would collect a listener of each. */
const withOwnSignal = (options: Parameters<Call>[2]): Parameters<Call>[2] =>
  options?.signal ? { ...options, signal: AbortSignal.any([options.signal]) } : options;

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;
