import { adapterKeys } from "@loraloom/store/keys";
import type { Facts } from "./read-facts.ts";
import type { AdapterRow, RunRow } from "./rows.ts";
import { scopeOf, sha256Of } from "./versions.ts";
import { eventsOf, literal, type Violation, violationsOf } from "./violation.ts";

const pointer = violationsOf("current.json and the plain copy equal the table");
const record = violationsOf("what an ended run leaves to read equals the table");

export const checkProjections = async (facts: Facts): Promise<Violation[]> => {
  const adapters = await Promise.all(facts.adapters.map((adapter) => faultsOfAdapter(facts, adapter)));
  const ended = facts.runs.filter(({ status }) => ["completed", "failed", "cancelled"].includes(status));
  const runs = await Promise.all(ended.map((run) => faultsOfRecord(facts, run)));
  return [...adapters, ...runs].flat();
};

const faultsOfAdapter = async (facts: Facts, adapter: AdapterRow): Promise<Violation[]> => {
  if (adapter.publish_seq === 0) return [];
  const keys = adapterKeys(scopeOf(adapter));
  const look = `select * from adapters where user_id = ${literal(adapter.user_id)}`;
  const found = JSON.parse((await facts.read(keys.current))?.body.toString("utf8") ?? "{}");
  const { current_version: version, publish_seq, generation, state } = adapter;
  const isSame =
    found.version === version &&
    found.publish_seq === publish_seq &&
    found.generation === generation &&
    found.state === state;
  const wrong = isSame ? [] : [keys.current];
  return [...wrong, ...(await wrongPlainCopies(facts, adapter))].map((key) =>
    pointer(key, `differs from the adapter of ${adapter.user_id}, at ${publish_seq}`, look),
  );
};

const wrongPlainCopies = async (facts: Facts, adapter: AdapterRow): Promise<string[]> => {
  const keys = adapterKeys(scopeOf(adapter));
  const current = facts.versions.find(({ id }) => id === adapter.current_version);
  const wrong = await Promise.all(
    (current?.files ?? []).map(async ({ name, sha256 }) => {
      const key = keys.plain(name);
      const copy = await facts.read(key);
      return sha256Of(copy) === sha256 && copy?.metadata.version === current?.id ? [] : [key];
    }),
  );
  return wrong.flat();
};

const faultsOfRecord = async (facts: Facts, run: RunRow): Promise<Violation[]> => {
  const keys = adapterKeys(scopeOf(run));
  const textOf = async (key: string) => (await facts.read(key))?.body.toString("utf8") ?? "";
  const lines = async (key: string) => (await textOf(key)).split("\n").length - 1;
  const told = JSON.parse((await textOf(keys.runRecord(run.id))) || "{}");
  const isSame =
    told.status === run.status &&
    told.attempt === run.attempt &&
    told.version === run.version_id &&
    told.error?.code === run.error?.code;
  const wrong = [
    ...(isSame ? [] : [keys.runRecord(run.id)]),
    ...((await lines(keys.runLog(run.id))) === run.event_seq ? [] : [keys.runLog(run.id)]),
    ...((await lines(keys.runMetrics(run.id))) === (facts.metrics.get(run.id) ?? 0)
      ? []
      : [keys.runMetrics(run.id)]),
  ];
  return wrong.map((key) => record(key, `differs from run ${run.id}`, eventsOf(run.id)));
};
