import { randomBytes } from "node:crypto";
import { readPrivateJson, writePrivateJson } from "./private-json.ts";
import type { S3Keys } from "./seaweedfs-config.ts";

/** Generated once for a data folder; they never leave this machine. */
export type Secrets = { postgresPassword: string; s3: S3Keys; jwtKey: string; gatewayToken: string };

/** Reads the secrets, or makes them where there are none yet. */
export const loadSecrets = (path: string): Secrets => {
  const known = readPrivateJson<Secrets>(path);
  if (known) return known;
  const made = generateSecrets();
  writePrivateJson(path, made);
  return made;
};

const generateSecrets = (): Secrets => ({
  postgresPassword: randomSecret(),
  s3: { accessKeyId: "loraloom", secretAccessKey: randomSecret() },
  jwtKey: randomSecret(),
  gatewayToken: randomSecret(),
});

const randomSecret = (): string => randomBytes(32).toString("hex");
