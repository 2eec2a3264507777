import { LoraloomError } from "@loraloom/errors";
import { and, eq, type SQL } from "drizzle-orm";
import { versions } from "../tables/index.ts";
import type { Adapter } from "./lock-adapter.ts";

/** A version as it is stored. */
export type Version = typeof versions.$inferSelect;

/** The versions that an adapter has had since it was last made. */
export const ofGeneration = ({ userId, avatarId, generation }: Adapter): SQL | undefined =>
  and(eq(versions.userId, userId), eq(versions.avatarId, avatarId), eq(versions.generation, generation));

export const versionNotFound = (versionId: string): LoraloomError =>
  new LoraloomError("version_not_found", `There is no version '${versionId}'.`, { details: { versionId } });
