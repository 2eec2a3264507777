import { adapterKeys, checkFolder, fileKey, flagsKey, uploadsPrefix } from "@loraloom/store/keys";
import type { Facts } from "./read-facts.ts";
import type { AdapterRow, FileRow, RunRow, StoredObject, VersionRow } from "./rows.ts";
import { scopeOf, sha256Of } from "./versions.ts";
import { type Violation, violationsOf } from "./violation.ts";

const orphan = violationsOf("every object is named by a row, or is going to be swept");
const missing = violationsOf("every object that a row names is there");

/** An object that has to be there; `sha256` undefined: whatever its bytes are. */
type Named = { key: string; sha256?: string | undefined };

export const checkObjects = async (facts: Facts): Promise<Violation[]> => {
  const named = new Map(namedObjects(facts).map((object) => [object.key, object]));
  const due = prefixesDue(facts);
  const isDue = (key: string) => due.some((prefix) => key.startsWith(prefix));
  const orphans = [...facts.keys, ...facts.unfinished].filter((key) => !named.has(key) && !isDue(key));
  const absent = await Promise.all([...named.values()].map((object) => faultOf(facts, object)));
  return [...orphans.map((key) => orphan(key, "belongs to nothing", key)), ...absent.flat()];
};

const faultOf = async (facts: Facts, { key, sha256 }: Named): Promise<Violation[]> => {
  if (!facts.keys.has(key)) return [missing(key, "is not there", key)];
  if (sha256 === undefined || sha256Of(await facts.read(key)) === sha256) return [];
  return [missing(key, "has other bytes than its row says", key)];
};

const namedObjects = (facts: Facts): Named[] => [
  ...facts.files.flatMap(ofFile),
  ...facts.runs.flatMap(ofRun),
  ...facts.versions.flatMap(ofVersion),
  ...facts.adapters.flatMap(ofAdapter),
  ...facts.flags.map(({ kind, ...row }) => ({ key: flagsKey({ ...scopeOf(row), kind }) })),
];

const ofFile = ({ user_id, avatar_id, kind, name, sha256 }: FileRow): Named[] => {
  const scope = { userId: user_id, avatarId: avatar_id };
  return [{ key: fileKey(scope, checkFolder(avatar_id, kind), name), ...(sha256 !== null && { sha256 }) }];
};

const isOver = ({ status }: RunRow): boolean => ["completed", "failed", "cancelled"].includes(status);

const ofRun = (run: RunRow): Named[] => {
  const keys = adapterKeys(scopeOf(run));
  const left = [keys.runRecord(run.id), keys.runLog(run.id), ...metricsOf(run)];
  return [
    ...(isOver(run) ? left.map((key) => ({ key })) : []),
    ...frozenOf(run),
    ...(run.checkpoint?.files ?? []).map(({ key, sha256 }: StoredObject) => ({ key, sha256 })),
  ];
};

/** One that no worker ever had leaves none. */
const metricsOf = (run: RunRow): string[] =>
  run.attempt > 0 ? [adapterKeys(scopeOf(run)).runMetrics(run.id)] : [];

const frozenOf = ({ frozen }: RunRow): Named[] => {
  if (!frozen) return [];
  const { datasetKey, datasetSha256, rowsKey, rowsSha256, evaluationKey, evaluationSha256 } = frozen;
  return [
    { key: datasetKey, sha256: datasetSha256 },
    { key: rowsKey, sha256: rowsSha256 },
    ...(evaluationKey && evaluationSha256 ? [{ key: evaluationKey, sha256: evaluationSha256 }] : []),
  ];
};

const ofVersion = (version: VersionRow): Named[] => {
  const keys = adapterKeys(scopeOf(version));
  return [
    { key: keys.versionManifest(version.id) },
    ...version.files.map(({ name, sha256 }) => ({ key: keys.versionFile(version.id, name), sha256 })),
  ];
};

const ofAdapter = (adapter: AdapterRow): Named[] => {
  const keys = adapterKeys(scopeOf(adapter));
  const plain = ["adapter_config.json", "adapter_model.safetensors"].map((name) => ({
    key: keys.plain(name),
  }));
  if (adapter.publish_seq === 0) return [];
  return [{ key: keys.current }, ...(adapter.current_version === null ? [] : plain)];
};

/** What is on its way, or is going to be swept once more. */
const prefixesDue = ({ runs, uploads, stagedPrefixes }: Facts): string[] => [
  ...stagedPrefixes,
  ...uploads.filter(({ is_swept }) => !is_swept).map(({ id }) => `${uploadsPrefix}${id}`),
  ...runs.flatMap((run) => {
    const keys = adapterKeys(scopeOf(run));
    if (!run.is_leased && !run.is_sweep_due) return [];
    const versions = [...run.abandoned_versions, ...(run.version_id ? [run.version_id] : [])];
    return [keys.attemptsPrefix(run.id), ...versions.map((id) => keys.versionPrefix(id))];
  }),
];
