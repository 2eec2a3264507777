import { expect, test } from "vitest";
import { remedyOf } from "./remedies.ts";

test.each(["backup_not_found", "upload_not_found", "upload_expired", "upload_ended", "upload_hash_mismatch"])(
  "the remedy of %s names a command or an option instead of a call of the API",
  (code) => {
    const remedy = remedyOf({ code, remedy: "Start again with trainingData.createUpload." });
    expect(remedy).toMatch(/loraloom|--/);
    expect(remedy).not.toMatch(/\b[a-z]+\.[a-z]+/);
  },
);

test("a code without words of its own keeps the service's remedy", () => {
  expect(remedyOf({ code: "no_text", remedy: "Give a file with text." })).toBe("Give a file with text.");
});
