import { crc32, deflateRawSync } from "node:zlib";

/** A file of an archive; `declaredSize` and `isEncrypted` are what its header says, true or not. */
export type ZipPart = {
  name: string;
  content: string | Uint8Array;
  declaredSize?: number;
  isEncrypted?: boolean;
};

/** A ZIP archive of deflated files. */
export const writeZip = (parts: ZipPart[]): Buffer => {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { local, entry } = writePart(part, offset);
    locals.push(local);
    central.push(entry);
    offset += local.length;
  }
  return Buffer.concat([
    ...locals,
    ...central,
    endOfCentral(parts.length, Buffer.concat(central).length, offset),
  ]);
};

const writePart = (part: ZipPart, offset: number): { local: Buffer; entry: Buffer } => {
  const content = Buffer.from(part.content);
  const packed = deflateRawSync(content);
  const name = Buffer.from(part.name);
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(part.isEncrypted ? 1 : 0, 2);
  header.writeUInt16LE(8, 4);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(packed.length, 14);
  header.writeUInt32LE(part.declaredSize ?? content.length, 18);
  header.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), header, name, packed]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  const entry = Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), header, rest, name]);
  return { local, entry };
};

const endOfCentral = (count: number, size: number, offset: number): Buffer => {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([Buffer.from("PK\x05\x06"), end]);
};
