import { type Folder, fileKey } from "../keys/index.ts";
import { presignGet, urlEnd } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { checkNames, findFiles } from "./find-files.ts";
import { type ListFilesInput, listFiles } from "./list-files.ts";
import type { StoredFile } from "./stored-file.ts";

export type FileDownload = Pick<StoredFile, "name" | "size" | "sha256" | "contentType"> & { url: string };
export type DownloadPage = { files: FileDownload[]; nextCursor: string | null; expiresAt: Date };
/** Files by their names, or a page of a listing. */
export type DownloadRequest = { names: string[] } | Omit<ListFilesInput, "kind">;

/** Long enough for a large file over a slow line to begin. */
const urlSeconds = 15 * 60;

/**
 * URLs that read files, each saved under its own name, by whoever holds them until they expire.
 *
 * @throws LoraloomError `file_not_found` naming the missing ones, `bad_file_name`, `bad_input`
 */
export const downloadFiles = async (
  store: Store,
  folder: Folder,
  request: DownloadRequest,
): Promise<DownloadPage> => {
  const expiresAt = urlEnd(store.objects, urlSeconds);
  const page = await pageOf(store, folder, request);
  const signed = await Promise.all(page.files.map((file) => sign(store, file)));
  return { files: signed, nextCursor: page.nextCursor, expiresAt };
};

const pageOf = async (
  store: Store,
  folder: Folder,
  request: DownloadRequest,
): Promise<{ files: StoredFile[]; nextCursor: string | null }> => {
  if (!("names" in request)) return listFiles(store, folder, { ...request, kind: folder.kind });
  return { files: await findFiles(store.db, folder, checkNames(request.names)), nextCursor: null };
};

const sign = async ({ objects }: Store, file: StoredFile): Promise<FileDownload> => {
  const { name, size, sha256, contentType } = file;
  const key = fileKey(file, file.kind, name);
  const url = await presignGet(objects, { key, expiresIn: urlSeconds, downloadName: name });
  return { name, size, sha256, contentType, url };
};
