import { expect, it } from "vitest";
import { byteSize } from "./byte-size.ts";

it.each([
  [0, "0 bytes"],
  [1_000, "1,000 bytes"],
  [1_024, "1 KiB"],
  [1_048_576, "1 MiB"],
  [536_870_912, "512 MiB"],
  [536_870_913, "512.1 MiB"],
  [3_000_000_000, "2.8 GiB"],
  [2 ** 52, "4,096 TiB"],
])("%d bytes are %s", (bytes, words) => expect(byteSize(bytes)).toBe(words));
