import type { Demo } from "../demo.ts";

/** What a service that the demo starts is told unless the user says otherwise. */
export const float32Base = { LORALOOM_BASE_DTYPE: "float32" };

/** @throws Error where the service that runs has its base in another number type: bounds of equality are float32's */
export const requireFloat32 = async ({ client, signal }: Demo): Promise<void> => {
  const { workers } = await client.health.query(undefined, { signal });
  const other = workers.find(({ engineKey }) => !engineKey.includes("/float32/"));
  if (!other) return;
  throw new Error(
    `The service has its base as '${other.engineKey}', and adapters are compared in float32. Stop it, or start it with LORALOOM_BASE_DTYPE=float32.`,
  );
};
