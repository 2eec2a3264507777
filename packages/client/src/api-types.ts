import type { ApiProcedures } from "@loraloom/router";
import type { TRPCClient } from "@trpc/client";
import type {
  inferProcedureInput,
  inferProcedureOutput,
  TRPCBuiltRouter,
  TRPCDefaultErrorShape,
} from "@trpc/server";

/** The server's router as its callers see it; its context stays on the server. */
export type ApiRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: TRPCDefaultErrorShape; transformer: true },
  ApiProcedures
>;

export type Api = TRPCClient<ApiRouter>;

/** A file as the server keeps it. */
export type StoredFile = inferProcedureOutput<ApiProcedures["trainingData"]["completeUpload"]>;

export type UploadInput = inferProcedureInput<ApiProcedures["trainingData"]["createUpload"]>;

export type Run = inferProcedureOutput<ApiProcedures["train"]["get"]>;

/** Which run to watch. */
export type WatchTarget = inferProcedureInput<ApiProcedures["train"]["get"]>;

/** One event of a run; `seq` counts from 1 without gaps. */
export type RunEvent =
  inferProcedureOutput<ApiProcedures["train"]["watch"]> extends AsyncIterable<{ data: infer Event }>
    ? Event
    : never;
