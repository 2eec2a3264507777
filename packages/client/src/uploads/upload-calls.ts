import type { Api, StoredFile } from "../api-types.ts";
import type { SignedPut } from "./put.ts";

/** Where files lie that training reads or measures with. */
type DatasetTarget = { kind: "training_data" | "evaluation_data"; avatarId: string; userId?: string };
/** Any other folder of an avatar, or without one of the user. */
type FolderTarget = { folder: string; avatarId?: string; userId?: string };
export type UploadTarget = DatasetTarget | FolderTarget;

export type Described = {
  name: string;
  /** Bytes. */
  size: number;
  type: string;
  /** Of a file that is sent in one piece. */
  sha256?: string;
  useForTraining?: boolean;
};

type CreatedUpload = Awaited<ReturnType<Api["files"]["createUpload"]["mutate"]>>;
export type PartsPlan = { uploadId: string; partSize: number; parts: number };
export type OpenUpload = Awaited<ReturnType<Api["files"]["getUpload"]["query"]>>;
export type PartHash = { number: number; sha256: string };
type Call = { signal: AbortSignal };

/** The server's calls about uploads into one folder. @throws what the server says, `network`, the signal's reason */
export type UploadCalls = {
  create: (described: Described, call?: Call) => Promise<CreatedUpload>;
  get: (uploadId: string, call?: Call) => Promise<OpenUpload>;
  sign: (uploadId: string, part: PartHash, call?: Call) => Promise<SignedPut>;
  /** Of each part that came its hash. */
  received: (uploadId: string, call?: Call) => Promise<Map<number, string>>;
  complete: (uploadId: string, call?: Call) => Promise<StoredFile>;
  abort: (uploadId: string, call?: Call) => Promise<unknown>;
};

export const uploadCalls = (api: Api, target: UploadTarget): UploadCalls =>
  "kind" in target ? callsOf(api.trainingData, target) : callsOf(api.files, target);

/** What both sets of procedures have in common. */
type Procedures<Target> = {
  createUpload: { mutate: (input: Target & Described, call?: Call) => Promise<CreatedUpload> };
  getUpload: { query: (input: Target & { uploadId: string }, call?: Call) => Promise<OpenUpload> };
  presignParts: {
    mutate: (
      input: Target & { uploadId: string; parts: PartHash[] },
      call?: Call,
    ) => Promise<{ parts: SignedPut[] }>;
  };
  listParts: {
    query: (input: Target & { uploadId: string }, call?: Call) => Promise<{ parts: PartHash[] }>;
  };
  completeUpload: { mutate: (input: Target & { uploadId: string }, call?: Call) => Promise<StoredFile> };
  abortUpload: { mutate: (input: Target & { uploadId: string }, call?: Call) => Promise<unknown> };
};

const callsOf = <Target extends UploadTarget>(
  procedures: Procedures<Target>,
  target: Target,
): UploadCalls => ({
  create: (described, call) => procedures.createUpload.mutate({ ...target, ...described }, call),
  get: (uploadId, call) => procedures.getUpload.query({ ...target, uploadId }, call),
  async sign(uploadId, part, call) {
    const { parts } = await procedures.presignParts.mutate({ ...target, uploadId, parts: [part] }, call);
    const [signed] = parts;
    if (!signed) throw new Error("The server signed no part where one was asked for.");
    return signed;
  },
  async received(uploadId, call) {
    const { parts } = await procedures.listParts.query({ ...target, uploadId }, call);
    return new Map(parts.map(({ number, sha256 }) => [number, sha256]));
  },
  complete: (uploadId, call) => procedures.completeUpload.mutate({ ...target, uploadId }, call),
  abort: (uploadId, call) => procedures.abortUpload.mutate({ ...target, uploadId }, call),
});
