import { expect, test } from "vitest";
import { lastingWords } from "./lasting-words.ts";

test.each([
  [
    "You are not authorized to perform this operation. Encoded authorization failure message: aGVsbG8",
    "You are not authorized to perform this operation.",
  ],
  ["no subnet is left", "no subnet is left"],
])("%s", (refusal, lasting) => {
  expect(lastingWords(refusal)).toBe(lasting);
});
