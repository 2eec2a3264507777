import { type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { DocumentLimits } from "../document-limits.ts";
import { rowMessage } from "./parquet-row.ts";
import { beyondLimit, damaged, ReadFailure } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

/** Of encoded values; a group of one million rows is decoded in slices of about this size. */
const sliceBytes = 16 * 1024 * 1024;

type AsyncBuffer = Parameters<typeof parquetMetadataAsync>[0];
type Slice = { start: number; end: number };

/** The rows of a Parquet file as JSON messages. */
export async function* readParquetRows(spool: Spool, limits: DocumentLimits): AsyncGenerator<string> {
  refuseEncrypted(spool);
  const file = asyncBuffer(spool);
  const metadata = await readMetadata(file);
  if (countRows(metadata) > limits.rows) throw beyondLimit("parquet", limits, "rows");
  for (const slice of slicesOf(metadata)) {
    let index = slice.start;
    for (const row of await readSlice(file, metadata, slice)) {
      const message = rowMessage(row, index);
      if (Buffer.byteLength(message) > limits.rowBytes) throw beyondLimit("parquet", limits, "rowBytes");
      yield message;
      index += 1;
    }
  }
}

/** A file whose footer is encrypted has a magic of its own. */
const refuseEncrypted = (spool: Spool): void => {
  if (spool.read(0, 4).toString("latin1") !== "PARE") return;
  throw new ReadFailure("encrypted_document", "The Parquet file is encrypted.");
};

const asyncBuffer = (spool: Spool): AsyncBuffer => ({
  byteLength: spool.size,
  slice: (start, end = spool.size) => spool.read(start, end - start).buffer,
});

const readMetadata = (file: AsyncBuffer): Promise<FileMetaData> =>
  parquetMetadataAsync(file, { geoparquet: false }).catch((cause) => {
    throw damaged("parquet", cause);
  });

const countRows = (metadata: FileMetaData): number =>
  metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);

function* slicesOf(metadata: FileMetaData): Generator<Slice> {
  const isFlat = metadata.schema.every(({ num_children: children }, at) => at === 0 || !children);
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    // Pages of nested columns can't be skipped: each slice would decode the whole group again.
    const slices = isFlat ? Math.ceil(Number(group.total_byte_size) / sliceBytes) : 1;
    yield* slicesOfGroup({ start: groupStart, end: groupStart + rows }, slices);
    groupStart += rows;
  }
}

function* slicesOfGroup(group: Slice, slices: number): Generator<Slice> {
  const rows = Math.max(1, Math.ceil((group.end - group.start) / Math.max(1, slices)));
  for (let start = group.start; start < group.end; start += rows) {
    yield { start, end: Math.min(start + rows, group.end) };
  }
}

const readSlice = (
  file: AsyncBuffer,
  metadata: FileMetaData,
  slice: Slice,
): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({
    file,
    metadata,
    compressors,
    parsers,
    geoparquet: false,
    // Bytes that no schema calls text come as bytes, and are looked at one by one.
    utf8: false,
    rowStart: slice.start,
    rowEnd: slice.end,
  }).catch((cause) => {
    throw damaged("parquet", cause);
  });

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The library would put U+FFFD for bytes that are no UTF-8, and drop a byte order mark. */
const parsers = {
  stringFromBytes: (bytes: Uint8Array | undefined): string | undefined => {
    if (!bytes) return undefined;
    try {
      return strictUtf8.decode(bytes);
    } catch (cause) {
      throw new ReadFailure("not_utf8", "The Parquet file has a text that is no UTF-8.", { cause });
    }
  },
};
