import { abortMultiparts, type ObjectStore, putObject, putStream } from "../objects/index.ts";

type Text = {
  key: string;
  contentType: string;
  /** The same each time. */
  pages: () => AsyncIterable<string>;
};

/**
 * Puts a text that is made page by page. One of several is made twice, as the object store is told its size first.
 *
 * @throws LoraloomError `storage_unavailable`, and what the making of a page throws
 */
export const putPages = async (objects: ObjectStore, { key, contentType, pages }: Text): Promise<void> => {
  const { only, size } = await measure(pages());
  if (only !== undefined) {
    await putObject(objects, { key, contentType, body: only });
    return;
  }
  // Parts of a long one whose writer was killed are shown by no list of objects.
  await abortMultiparts(objects, key);
  await putStream(objects, { key, contentType, size, body: bytesOf(pages()) });
};

/** `only`: the text, where it has no second page. */
const measure = async (pages: AsyncIterable<string>): Promise<{ only: string | undefined; size: number }> => {
  let only: string | undefined;
  let size = 0;
  let count = 0;
  for await (const page of pages) {
    count += 1;
    size += Buffer.byteLength(page);
    only = count === 1 ? page : undefined;
  }
  return { only: count === 0 ? "" : only, size };
};

async function* bytesOf(pages: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const page of pages) yield Buffer.from(page);
}
