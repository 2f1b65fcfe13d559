import { expect, test } from "vitest";
import { createPace } from "./pace.ts";

test("a sender is answered a thousand times in a second, and again in the next", () => {
  let now = 0;
  const pace = createPace(() => now);
  const admitted = (): number => Array.from({ length: 1_500 }, () => pace.admits("a")).filter(Boolean).length;
  expect(admitted()).toBe(1_000);
  expect(pace.admits("b")).toBe(true);
  now = 999;
  expect(pace.admits("a")).toBe(false);
  now = 1_000;
  expect(admitted()).toBe(1_000);
});

test("of more senders than can be told apart, those that came first go on", () => {
  const pace = createPace(() => 0);
  for (let sender = 0; sender < 10_000; sender += 1) expect(pace.admits(String(sender))).toBe(true);
  expect(pace.admits("one more")).toBe(false);
  expect(pace.admits("7")).toBe(true);
});
