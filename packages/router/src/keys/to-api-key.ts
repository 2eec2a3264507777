import type { ApiKeyRecord } from "@loraloom/store/access";
import type { z } from "zod";
import type { keySchema } from "./key-schemas.ts";

/** A key as the API shows it. */
export const toApiKey = (record: ApiKeyRecord): z.input<typeof keySchema> => ({
  ...record,
  state: stateOf(record),
  previousUntil: record.previousEnded ? null : record.previousUntil,
});

const stateOf = ({ revokedAt, expired }: ApiKeyRecord): "valid" | "expired" | "revoked" => {
  if (revokedAt) return "revoked";
  return expired ? "expired" : "valid";
};
