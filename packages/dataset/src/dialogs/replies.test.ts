import fc from "fast-check";
import { expect, it } from "vitest";
import { repliesOf } from "./replies.ts";

const turn = (speaker: string, content: string) => ({ speaker, content, line: 1 });
const messagesOf = (turns: ReturnType<typeof turn>[], speaker: string) =>
  [...repliesOf(turns, speaker)].map(({ content }) =>
    content.messages?.map(({ role, content: text, weight }) => [role, text, weight ?? 1]),
  );

it("makes one row of each run of a speaker's turns, with all turns before it as context", () => {
  const turns = [turn("Ben", "1"), turn("Ada", "2"), turn("Ada", "3"), turn("Ben", "4"), turn("Ada", "5")];
  expect(messagesOf(turns, "Ada")).toEqual([
    [
      ["user", "1", 1],
      ["assistant", "2\n3", 1],
    ],
    [
      ["user", "1", 1],
      ["assistant", "2\n3", 0],
      ["user", "4", 1],
      ["assistant", "5", 1],
    ],
  ]);
});

it("gives the first reply of who speaks first an empty context", () => {
  const [first] = [...repliesOf([turn("Ada", "Hands up!"), turn("Ben", "Aye.")], "Ada")];
  expect(first?.content).toEqual({ messages: [{ role: "assistant", content: "Hands up!" }] });
});

it("names the others only where they are several, and joins what they say in a row", () => {
  const two = [turn("Ben", "a"), turn("Cy", "b"), turn("Ada", "c")];
  expect(messagesOf(two, "Ada")).toEqual([
    [
      ["user", "Ben: a\nCy: b", 1],
      ["assistant", "c", 1],
    ],
  ]);
});

it("says how much of the context may be dropped", () => {
  const turns = [turn("Ben", "1"), turn("Ada", "2"), turn("Ben", "3"), turn("Ada", "4")];
  expect([...repliesOf(turns, "Ada")].map(({ content }) => content.trimmable)).toEqual([1, 3]);
});

it("keeps the most recent 64 KiB of context, of one long turn its end, never half a character", () => {
  const long = turn("Ben", "🐙".repeat(20_000));
  const [first] = messagesOf([turn("Ben", "early"), long, turn("Ada", "Aye.")], "Ada");
  expect(first?.[0]?.[1]).toBe("🐙".repeat(16_384));
  const short = Array.from({ length: 200 }, (_, at) => turn("Ben", `${at} ${"x".repeat(1_000)}`));
  const [row] = messagesOf([...short, turn("Ada", "Aye.")], "Ada");
  const context = String(row?.[0]?.[1]);
  expect(Buffer.byteLength(context)).toBeLessThanOrEqual(65 * 1024);
  expect(context.startsWith("137 ")).toBe(true);
});

it("learns every turn of a speaker once, as it is, and nobody else's", () => {
  const said = fc.record({
    speaker: fc.constantFrom("Ada", "Ben", "Cy"),
    content: fc.string({ unit: "grapheme", minLength: 1 }),
    line: fc.constant(1),
  });
  fc.assert(
    fc.property(fc.array(said), (turns) => {
      const learnt = [...repliesOf(turns, "Ada")].map(({ content }) => content.messages?.at(-1)?.content);
      const own = turns.filter(({ speaker }) => speaker === "Ada").map(({ content }) => content);
      expect(learnt.join("\n")).toBe(own.join("\n"));
    }),
  );
});
