import { createHash } from "node:crypto";
import type { ObjectStore } from "./client.ts";
import { copyObject } from "./copy.ts";
import { deleteObject } from "./delete.ts";
import { getObject, headObject } from "./get.ts";
import { listObjects } from "./list.ts";
import { presignPut } from "./presign.ts";
import { takesPresignedParts } from "./probe-parts.ts";
import { putObject, putObjectIf } from "./put.ts";
import { putFromOutside } from "./put-from-outside.ts";

export type Check = {
  name: string;
  /** Without it nothing here can be relied on. */
  needed: boolean;
  /** What the store does when the check fails, after "The store …". */
  fault: string;
  /** @param prefix a place of its own */
  passes: (objects: ObjectStore, prefix: string) => Promise<boolean>;
};

const etagOfNothing = createHash("md5").update("never stored").digest("hex");

const readsBack: Check["passes"] = async (objects, prefix) => {
  const key = `${prefix}ü +%41`;
  const { etag } = await putObject(objects, { key, body: "probe", metadata: { rev: "1" } });
  const object = await getObject(objects, { key, ifMatch: etag });
  if (!object) return false;
  return Buffer.from(await object.bytes()).toString() === "probe" && object.metadata.rev === "1";
};

const copiesOnCondition: Check["passes"] = async (objects, prefix) => {
  const [from, to] = [`${prefix}from`, `${prefix}to`];
  const { etag } = await putObject(objects, { key: from, body: "probe" });
  const copy = (ifMatch: string) => copyObject(objects, { from, to, size: "probe".length, ifMatch });
  return (await copy(etagOfNothing)) === "conflict" && typeof (await copy(etag)) === "object";
};

const deletes: Check["passes"] = async (objects, prefix) => {
  await putObject(objects, { key: `${prefix}a`, body: "probe" });
  await deleteObject(objects, { key: `${prefix}a` });
  return (await headObject(objects, `${prefix}a`)) === undefined;
};

const refusesStalePut: Check["passes"] = async (objects, prefix) => {
  const key = `${prefix}a`;
  if ((await putObjectIf(objects, { key, body: "1" }, { ifNoneMatch: "*" })) === "conflict") return false;
  const second = await putObjectIf(objects, { key, body: "2" }, { ifNoneMatch: "*" });
  const stale = await putObjectIf(objects, { key, body: "3" }, { ifMatch: etagOfNothing });
  return second === "conflict" && stale === "conflict";
};

const refusesStaleDelete: Check["passes"] = async (objects, prefix) => {
  await putObject(objects, { key: `${prefix}a`, body: "probe" });
  return (await deleteObject(objects, { key: `${prefix}a`, ifMatch: etagOfNothing })) === "conflict";
};

const listsInOrder: Check["passes"] = async (objects, prefix) => {
  const names = ["A", "a", "a/b", "b", "ü"];
  for (const name of [...names].reverse())
    await putObject(objects, { key: `${prefix}${name}`, body: "probe" });
  const listed = await Array.fromAsync(listObjects(objects, prefix), ({ key }) => key.slice(prefix.length));
  return listed.join() === names.join();
};

const putAnnounced = async (
  objects: ObjectStore,
  key: string,
  body: string,
): Promise<Response | undefined> => {
  const announced = "probe";
  const signed = await presignPut(objects, {
    key,
    contentType: "text/plain",
    size: announced.length,
    sha256Hex: createHash("sha256").update(announced).digest("hex"),
    expiresIn: 60,
  });
  return putFromOutside(signed, body);
};

const takesPresignedPut: Check["passes"] = async (objects, prefix) => {
  const answer = await putAnnounced(objects, `${prefix}a`, "probe");
  return answer === undefined || answer.ok;
};

const isReachedFromHere: Check["passes"] = async (objects, prefix) =>
  (await putAnnounced(objects, `${prefix}a`, "probe")) !== undefined;

const refusesOtherBytes: Check["passes"] = async (objects, prefix) => {
  const answer = await putAnnounced(objects, `${prefix}a`, "other");
  return answer === undefined || !answer.ok;
};

/** Where it fails, what is written over has to be read first. */
export const stalePut: Check = {
  name: "stale-put",
  needed: false,
  fault: "does not refuse a stale If-Match",
  passes: refusesStalePut,
};

export const checks: Check[] = [
  { name: "read-back", needed: true, fault: "does not give back what was put", passes: readsBack },
  { name: "copy", needed: true, fault: "does not copy on a condition", passes: copiesOnCondition },
  { name: "delete", needed: true, fault: "does not delete", passes: deletes },
  {
    name: "presigned-put",
    needed: true,
    fault: "refuses a presigned PUT with signed headers",
    passes: takesPresignedPut,
  },
  {
    name: "presigned-parts",
    needed: false,
    fault: "refuses presigned parts, so that no file above 64 MiB can be uploaded",
    passes: takesPresignedParts,
  },
  {
    name: "reach",
    needed: false,
    fault: "is not reached at its public address from here",
    passes: isReachedFromHere,
  },
  {
    name: "signed-bytes",
    needed: false,
    fault: "takes other bytes than those signed",
    passes: refusesOtherBytes,
  },
  stalePut,
  {
    name: "stale-delete",
    needed: false,
    fault: "does not refuse a stale If-Match of a DELETE",
    passes: refusesStaleDelete,
  },
  { name: "list-order", needed: false, fault: "does not list in the order of bytes", passes: listsInOrder },
];
