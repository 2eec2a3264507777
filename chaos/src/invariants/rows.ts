/** What the invariants need of each table, under its columns' own names. */

export type StoredObject = { key: string; sha256: string };
export type RunRow = {
  id: string;
  user_id: string;
  avatar_id: string;
  status: string;
  attempt: number;
  version_id: string | null;
  abandoned_versions: string[];
  frozen:
    | (Record<"datasetKey" | "rowsKey" | "datasetSha256" | "rowsSha256", string> &
        Record<"evaluationKey" | "evaluationSha256", string | null>)
    | null;
  checkpoint: { files: StoredObject[] } | null;
  rerun_of: string | null;
  cancel_keeps: boolean;
  error: { code: string } | null;
  event_seq: number;
  billed_step: number;
  billed_tokens: number;
  billed_seconds: number;
  /** From its first claim to its end; 0 where one of them never was. */
  lived_seconds: number;
  is_leased: boolean;
  is_sweep_due: boolean;
};
export type EventRow = {
  run_id: string;
  seq: number;
  attempt: number;
  /** Seconds, by the database's clock. */
  at: number;
  type: string;
  data: Record<string, unknown>;
};
export type VersionRow = {
  id: string;
  user_id: string;
  avatar_id: string;
  run_id: string;
  state: string;
  restored_from: string | null;
  files: { name: string; size: number; sha256: string }[];
};
export type AdapterRow = {
  user_id: string;
  avatar_id: string;
  state: string;
  current_version: string | null;
  publish_seq: number;
  projected_seq: number;
  generation: number;
};
export type FileRow = {
  id: string;
  user_id: string;
  avatar_id: string | null;
  kind: string;
  name: string;
  used: boolean;
  state: string;
  sha256: string | null;
  size: number;
};
export type ShareRow = { owner_id: string; avatar_id: string; user_id: string; role: string };
/** What a webhook is sent. */
export type DeliveryRow = {
  id: string;
  webhook_id: string;
  run_id: string | null;
  event_seq: number | null;
  type: string;
  state: string;
};
/** Sums of all hours. */
export type LedgerRow = { user_id: string; tokens: number; gpu_seconds: number };
export type UploadRow = { id: string; state: string; is_swept: boolean };
export type FlagsRow = {
  user_id: string;
  avatar_id: string;
  kind: "training_data" | "vectorstore_data";
  rev: number;
  written_rev: number;
};
