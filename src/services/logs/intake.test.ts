import { describe, expect, test } from "vitest";
import { day, hour } from "../../kernel/duration.ts";
import { takeIn } from "./intake.ts";

const now = Date.UTC(2026, 8, 16);
const at = (...offsets: readonly number[]) =>
  offsets.map((offset) => ({ timestamp: now + offset, message: "m" }));

describe("a PutLogEvents call", () => {
  test("is kept whole, each event counting 26 bytes more than its message", () => {
    const intake = takeIn([{ timestamp: now, message: "é" }], now, undefined);
    expect(intake).toEqual({ events: [[now, "é"]], bytes: 28 });
  });

  test.each([
    [
      "from the first that is too new",
      at(0, 2 * hour, 2 * hour + 1),
      undefined,
      { tooNewLogEventStartIndex: 2 },
      2,
    ],
    [
      "up to the last that is too old",
      at(-14 * day - 1, -14 * day),
      undefined,
      { tooOldLogEventEndIndex: 1 },
      1,
    ],
    ["up to the last that has expired", at(-3 * day - 1, -3 * day), 3, { expiredLogEventEndIndex: 1 }, 1],
    ["all, when all are too new", at(3 * hour), undefined, { tooNewLogEventStartIndex: 0 }, 0],
  ])("loses events %s", (_what, given, retention, rejected, kept) => {
    const intake = takeIn(given, now, retention);
    expect(intake.rejected).toEqual(rejected);
    expect(intake.events).toHaveLength(kept);
  });

  test.each([
    ["out of order", at(1, 0), "Log events in a single PutLogEvents request must be in chronological order."],
    [
      "more than a day apart",
      at(-day - 1, 0),
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    ],
    [
      "too large",
      [{ timestamp: now, message: "x".repeat(1_048_576 - 25) }],
      "Upload too large: 1048577 bytes exceeds limit of 1048576",
    ],
  ])("is refused when its events are %s", (_what, given, message) => {
    expect(() => takeIn(given, now, undefined)).toThrow(
      expect.objectContaining({ code: "InvalidParameterException", message }),
    );
  });
});
