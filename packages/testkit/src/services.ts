import { inject } from "vitest";

/** What the global set-up started once for the whole test run. */
export type TestServices = {
  /** A superuser's URL of a Postgres with pgvector. */
  databaseUrl: string;
  /** For what tests share; it goes with the run. */
  folder: string;
  s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };
};

declare module "vitest" {
  interface ProvidedContext {
    services: TestServices;
  }
}

export const testServices = (): TestServices => inject("services");
