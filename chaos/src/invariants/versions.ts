import { createHash } from "node:crypto";
import { adapterKeys } from "@loraloom/store/keys";
import type { Facts, ReadObject } from "./read-facts.ts";
import type { RunRow, VersionRow } from "./rows.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("one visible version for each success");

export const scopeOf = ({ user_id, avatar_id }: { user_id: string; avatar_id: string }) => ({
  userId: user_id,
  avatarId: avatar_id,
});

/** Table, manifest and bytes of each version say the same; no version comes of a run that did not complete. */
export const checkVersions = async (facts: Facts): Promise<Violation[]> => {
  const ofRuns = Map.groupBy(facts.versions, ({ run_id }) => run_id);
  const counted = facts.runs.flatMap((run) => faultOfRun(run, ofRuns.get(run.id) ?? []));
  const stored = await Promise.all(facts.versions.map((version) => faultsOfFiles(facts, version)));
  return [...counted, ...faultsOfCurrent(facts), ...stored.flat()];
};

const lookAt = ({ id }: RunRow): string =>
  `select id, run_id, state, files from versions where run_id = ${literal(id)}`;

const faultOfRun = (run: RunRow, versions: VersionRow[]): Violation[] => {
  const ids = versions.map(({ id }) => id);
  const due = versionsDue(run);
  const isShown = run.status === "cancelled" && versions.some(({ state }) => state === "current");
  if (ids.length === due.length && ids[0] === due[0] && !isShown) return [];
  const states = versions.map(({ id, state }) => `${id} (${state})`);
  return [violation(`run ${run.id}`, `is '${run.status}' and has the versions [${states}]`, lookAt(run))];
};

/** Of a cancelled run only one that was to be kept; whether it was is the matter of the run's end. */
const versionsDue = ({ status, version_id, cancel_keeps }: RunRow): (string | null)[] => {
  if (status === "completed") return [version_id];
  return status === "cancelled" && cancel_keeps && version_id !== null ? [version_id] : [];
};

const faultsOfCurrent = ({ adapters, versions }: Facts): Violation[] =>
  adapters.flatMap(({ user_id, avatar_id, current_version }) => {
    const own = versions.filter((version) => version.user_id === user_id && version.avatar_id === avatar_id);
    const current = own.filter(({ state }) => state === "current").map(({ id }) => id);
    const due = current_version === null ? [] : [current_version];
    if (`${current}` === `${due}`) return [];
    const look = `select id, state from versions where user_id = ${literal(user_id)}`;
    return violation(`adapter of ${user_id}`, `has [${due}] as current, its versions say [${current}]`, look);
  });

const faultsOfFiles = async (facts: Facts, version: VersionRow): Promise<Violation[]> => {
  const keys = adapterKeys(scopeOf(version));
  const manifestKey = keys.versionManifest(version.id);
  const wrong = await Promise.all(
    version.files.map(async ({ name, sha256 }) => {
      const key = keys.versionFile(version.id, name);
      return sha256Of(await facts.read(key)) === sha256 ? [] : [key];
    }),
  );
  const isSame = await hasManifest(facts, manifestKey, version);
  return [...(isSame ? [] : [manifestKey]), ...wrong.flat()].map((key) =>
    violation(`version ${version.id}`, "differs from the table", key),
  );
};

const hasManifest = async ({ read }: Facts, key: string, version: VersionRow): Promise<boolean> => {
  const found = await read(key);
  if (!found) return false;
  const manifest = JSON.parse(found.body.toString("utf8"));
  return (
    manifest.version === version.id &&
    manifest.runId === version.run_id &&
    JSON.stringify(sorted(manifest.files)) === JSON.stringify(sorted(version.files))
  );
};

type File = VersionRow["files"][number];
const sorted = (files: File[]): File[] =>
  files
    .map(({ name, size, sha256 }) => ({ name, size, sha256 }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

/** `undefined` where there is nothing. */
export const sha256Of = (object: ReadObject | undefined): string | undefined =>
  object && createHash("sha256").update(object.body).digest("hex");
