import { checkInvariants } from "../invariants/check-invariants.ts";
import { type Example, exampleKeys, healthyExample, messageOf } from "./healthy-example.ts";

/** The invariants that are then violated, each once. */
export const violated = async (spoil: (example: Example) => void): Promise<string[]> => {
  const example = healthyExample();
  spoil(example);
  const found = await checkInvariants(example.facts, [example.diary], example.observed);
  return [...new Set(found.map(({ invariant }) => invariant))];
};

export const put = ({ facts }: Example, key: string, text: string) =>
  facts.objects.set(key, { body: Buffer.from(text), metadata: { version: "version" } });

export const ofRun =
  (changes: object) =>
  ({ facts }: Example) =>
    Object.assign(facts.runs[0] ?? {}, changes);
export const ofToldRun =
  (changes: object) =>
  ({ diary }: Example) =>
    Object.assign(diary.runs[0] ?? {}, changes);

export const pointerTo = (version: string | null, publishSeq = 1): string =>
  JSON.stringify({ version, publish_seq: publishSeq, generation: 1, state: "active" });

/** A run that was cancelled and was to keep what it had learnt. */
export const cancelledAndKept = (example: Example) => {
  const { facts } = example;
  const end = { ...facts.events.at(-1), type: "run-cancelled" };
  facts.events.splice(-1, 1, end as never);
  const seen = facts.events.map(({ seq, type }) => ({ seq, type }));
  ofToldRun({ wasCancelAsked: true, wasKeepAsked: true, seen })(example);
  ofRun({ status: "cancelled", cancel_keeps: true })(example);
  Object.assign(facts.versions[0] ?? {}, { state: "candidate" });
  Object.assign(facts.adapters[0] ?? {}, { current_version: null });
  put(example, exampleKeys.current, pointerTo(null));
  for (const name of ["adapter_config.json", "adapter_model.safetensors"])
    facts.objects.delete(exampleKeys.plain(name));
  example.observed.received.splice(-1, 1, messageOf("run", { seq: 6, type: "run-cancelled" }));
  put(
    example,
    exampleKeys.runRecord("run"),
    '{"status": "cancelled", "attempt": 1, "version": "version", "error": null}',
  );
};
export const nothingKept = (example: Example) => {
  cancelledAndKept(example);
  ofRun({ version_id: null, error: { code: "nothing_to_keep" } })(example);
  example.facts.versions.splice(0, 1);
};
