import { expect, it } from "vitest";
import { detectTable } from "./detect-table.ts";

const wide = Array.from({ length: 10_000 }, (_, at) => `column_${at}`);

it.each([
  ["one record", "city,country\nBergen,Norway"],
  ["one record and blank lines", "city,country\r\nBergen,Norway\r\n\r\n\n"],
  ["two records between tabs", "city\tcountry\nBergen\tNorway\nOslo\tNorway\n"],
  ["three records with spaces after commas", "city, country\nBergen, Norway\nOslo, Norway\nKiel, Germany\n"],
  ["many columns and two records", `${wide.join(",")}\n${wide.join(",")}\n${wide.join(",")}\n`],
  ["many columns of which only the first ones are seen", wide.join(",").slice(0, 64 * 1024)],
])("refuses a table whose columns nobody knows: %s", (_, head) => {
  expect(() => detectTable(head)).toThrowError(
    expect.objectContaining({ code: "unknown_format", message: expect.stringContaining("has the columns") }),
  );
});

it.each([
  ["a line", "Hello, world"],
  ["a line without a space", "Hello,world"],
  ["two lines of verse", "Roses are red, violets are blue\nSugar is sweet, and so are you\n"],
  ["a letter", "Dear Ada,\nthe lamp is lit,\nyours"],
  ["amounts with a decimal comma", "1,5 litres of milk\n2,5 pounds of flour\n"],
  ["lines that part unevenly", "salt,sugar\nflour\n"],
  ["a long list in a sentence", `${wide.slice(0, 30).join(", ")}\n`],
])("takes no text for a table: %s", (_, head) => {
  expect(detectTable(head)).toBeUndefined();
});

it("knows a table by its header alone", () => {
  expect(detectTable("prompt,completion\n")).toEqual({ delimiter: ",", format: "csv" });
  expect(detectTable("question\tanswer\n")).toEqual({ delimiter: "\t", format: "tsv" });
});
