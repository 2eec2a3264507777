import fc from "fast-check";
import { expect, it } from "vitest";
import { CsvRecords } from "./csv-records.ts";

const read = (text: string, { chunk = 3, delimiter = ",", rowBytes = 1000 } = {}) => {
  const records = new CsvRecords(delimiter, rowBytes);
  const found = [];
  for (let at = 0; at < text.length; at += chunk) found.push(...records.push(text.slice(at, at + chunk)));
  found.push(...records.end());
  return found.map((record) => [record.line, "cells" in record ? record.cells : record.problem]);
};

it("reads what RFC 4180 writes, however it is cut", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "é", "👍🏽", '"', ",", "\n", "\r\n", " ") });
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n"), fc.integer({ min: 1, max: 20 }), (rows, end, chunk) => {
      const text = rows.map((row) => row.map(quoted).join(",") + end).join("");
      expect(read(text, { chunk }).map(([, cells]) => cells)).toEqual(rows);
    }),
  );
});

it("counts lines as an editor does, those inside of cells too", () => {
  expect(read('a,b\r\n"x\r\ny",1\n\nz,"2"')).toEqual([
    [1, ["a", "b"]],
    [2, ["x\r\ny", "1"]],
    [4, [""]],
    [5, ["z", "2"]],
  ]);
});

it("takes quotes in the middle of a cell as they are", () => {
  expect(read('6" pipe;"a;b"', { delimiter: ";" })).toEqual([[1, ['6" pipe', "a;b"]]]);
});

it("names the line of a broken record and goes on after it", () => {
  expect(read('a,b\n"bad"x,1\nok,2\n"never\nclosed,3\nok,4\n')).toEqual([
    [1, ["a", "b"]],
    [2, expect.stringContaining("closing quote")],
    [3, ["ok", "2"]],
    [4, expect.stringContaining("never closed")],
    [5, ["closed", "3"]],
    [6, ["ok", "4"]],
  ]);
});

it("doesn't wait for the end of the file where a quote stays open", () => {
  const [, first] = read(`a,b\n"open\n${"row,1\n".repeat(1000)}`, { chunk: 64, rowBytes: 100 });
  expect(first).toEqual([2, expect.stringContaining("within 100 bytes")]);
});
