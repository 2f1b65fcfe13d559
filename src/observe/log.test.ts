import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createLog } from "./log.ts";

describe("lines of one turn of the event loop", () => {
  test.each([
    ["text", /^\S+ INFO {2}one a=1\n\S+ WARN {2}two b="x y"\n$/],
    ["json", /^\{"level":30,.*"msg":"one"\}\n\{"level":40,.*"msg":"two"\}\n$/],
  ] as const)("are written together, each whole (%s)", async (format, expected) => {
    const written: string[] = [];
    const log = createLog(format, "info", (lines) => written.push(lines));
    log.info({ a: 1 }, "one");
    log.warn({ b: "x y" }, "two");
    expect(written).toEqual([]);
    await turn();
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(expected);
  });

  test("do not wait for those of the next", async () => {
    const written: string[] = [];
    const log = createLog("text", "info", (lines) => written.push(lines));
    log.info("one");
    await turn();
    log.info("two");
    await turn();
    expect(written.map((line) => line.slice(13))).toEqual(["INFO  one\n", "INFO  two\n"]);
  });
});
