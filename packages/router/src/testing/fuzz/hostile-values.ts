import fc from "fast-check";

/** No database and no UTF-8 holds them. */
const unstorable = ["\0", "a\0b", "\ud800", "a\udc00b"];

/** Texts that programs trip over. */
export const hostileTexts: readonly string[] = [
  "",
  " ",
  ...unstorable,
  "\ufeff",
  "\u202eevil\u202c",
  "שלום عربي",
  "🏴‍☠️é",
  "__proto__",
  "constructor",
  "toString",
  "' or 1=1; drop table runs; --",
  "%' escape '",
  "$1",
  "{}",
  "null",
  "../../etc/passwd",
  "..",
  ".",
  "/",
  "a\\b",
  "%2e%2e%2f",
  "a\r\nset-cookie: b=c",
  "<script>alert(1)</script>",
  "NaN",
  "-0",
  "1e999",
  "x".repeat(128),
  "x".repeat(129),
  "ü".repeat(1_000),
  "x".repeat(100_000),
];

const hostileNumbers: readonly number[] = [
  0,
  -0,
  -1,
  0.5,
  1e-320,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 63),
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

const hostileDates: readonly Date[] = [
  new Date(0),
  new Date(-8.64e15),
  new Date(8.64e15),
  new Date(Number.NaN),
  new Date("-000001-01-01T00:00:00Z"),
];

/** Of no type that anybody asked for. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...unstorable),
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(...hostileNumbers),
  fc.constantFrom(...hostileDates),
  fc.constantFrom(
    undefined,
    null,
    true,
    [],
    {},
    [[]],
    JSON.parse('{"__proto__": {"admin": true}}'),
    10n ** 30n,
  ),
  fc.string({ unit: "binary" }),
  fc.jsonValue(),
);
