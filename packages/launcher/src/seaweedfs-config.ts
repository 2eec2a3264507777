import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type S3Keys = { accessKeyId: string; secretAccessKey: string };

/** Each signs one kind of internal request; without them the filer's port answers anybody. */
const jwtSections = ["jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read"];

/**
 * Writes `security.toml` and `s3.json`, both readable by their owner only.
 *
 * @param jwtKey a random secret of letters and digits, shared by the four internal signatures
 */
export const writeSeaweedfsConfig = async (folder: string, keys: S3Keys, jwtKey: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const security = jwtSections.map((section) => `[${section}]\nkey = "${jwtKey}"\n`).join("\n");
  await writeFile(join(folder, "security.toml"), security, { mode: 0o600 });
  await writeFile(join(folder, "s3.json"), JSON.stringify(s3Config(keys), null, 2), { mode: 0o600 });
};

const s3Config = ({ accessKeyId, secretAccessKey }: S3Keys) => ({
  identities: [
    {
      name: "loraloom",
      credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }],
      actions: ["Admin", "Read", "Write", "List", "Tagging"],
    },
  ],
});
