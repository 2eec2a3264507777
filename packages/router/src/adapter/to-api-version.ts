import { type Version, versionKind } from "@loraloom/store/adapters";
import type { VersionKind } from "@loraloom/store/tables";

/** A version as the API shows it. */
export const toApiVersion = <Shown extends Version>(version: Shown): Shown & { kind: VersionKind } => ({
  ...version,
  kind: versionKind(version),
});
