import { createSocket } from "node:dgram";
import { once } from "node:events";

export type Dns = AsyncDisposable & {
  /** As `host:port`. */
  server: string;
  /** What every name is from now on: an IPv4 address, or nothing. */
  answerWith: (address: string | undefined) => void;
};

const headerBytes = 12;
const typeA = 1;

/** A name server on loopback that has one IPv4 address for every name. */
export const startDns = async (): Promise<Dns> => {
  const socket = createSocket("udp4");
  let address: string | undefined;
  socket.on("message", (query, { port }) => socket.send(answerTo(query, address), port, "127.0.0.1"));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    answerWith: (next) => {
      address = next;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
};

/** RFC 1035, 4.1: the question, and after it one record that points at its name. */
const answerTo = (query: Buffer, address: string | undefined): Buffer => {
  const questionEnd = query.indexOf(0, headerBytes) + 5;
  const question = query.subarray(headerBytes, questionEnd);
  const isAnswered = address !== undefined && question.readUInt16BE(question.length - 4) === typeA;
  const header = Buffer.from(query.subarray(0, headerBytes));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isAnswered ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const record = isAnswered
    ? Buffer.from([0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)])
    : Buffer.alloc(0);
  return Buffer.concat([header, question, record]);
};
