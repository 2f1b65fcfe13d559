import type { IncomingMessage } from "node:http";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { bodyBudget } from "./body.ts";

/** A request of which the budget sees its headers and its bytes. */
function request(source: Readable, headers: Record<string, string> = {}): IncomingMessage {
  return Object.assign(source, { headers }) as unknown as IncomingMessage;
}

/** Gives the body to the test. */
const whole = async (body: Buffer) => body;

const bytes = (...parts: string[]) => Readable.from(parts.map((part) => Buffer.from(part)));

describe("bodies within the limit", () => {
  test.each([
    [[], ""],
    [["one"], "one"],
    [["one", "two", "three"], "onetwothree"],
  ])("%j", async (parts, expected) => {
    expect((await bodyBudget(100).read(request(bytes(...parts)), 11, whole)).toString()).toBe(expected);
  });
});

describe("bodies over the limit", () => {
  test("are refused before they are read when they say so", async () => {
    const body = bytes("never read");
    await expect(
      bodyBudget(100).read(request(body, { "content-length": "11" }), 10, whole),
    ).rejects.toMatchObject({
      code: "RequestEntityTooLarge",
      status: 413,
    });
    expect(body.readableDidRead).toBe(false);
  });

  test("are refused as they grow when they do not", async () => {
    await expect(
      bodyBudget(100).read(request(bytes("12345", "67890", "1")), 10, whole),
    ).rejects.toMatchObject({
      code: "RequestEntityTooLarge",
    });
  });
});

describe("the budget over all bodies", () => {
  test("is shared by those that are being read, and given back by each in the end", async () => {
    const budget = bodyBudget(10);
    const slow = new PassThrough();
    const first = budget.read(request(slow), 10, whole);
    slow.write("12345678");
    await new Promise((resolve) => setImmediate(resolve));
    await expect(budget.read(request(bytes("abc")), 10, whole)).rejects.toMatchObject({
      code: "ServiceUnavailable",
      status: 503,
    });
    slow.end();
    expect((await first).length).toBe(8);
    expect((await budget.read(request(bytes("1234567890")), 10, whole)).length).toBe(10);
  });

  test("counts a body until the call that it belongs to is answered", async () => {
    const budget = bodyBudget(10);
    let answer: () => void = () => undefined;
    const call = budget.read(
      request(bytes("12345678")),
      10,
      () => new Promise<void>((done) => (answer = done)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    await expect(budget.read(request(bytes("abc")), 10, whole)).rejects.toMatchObject({
      code: "ServiceUnavailable",
    });
    answer();
    await call;
    expect((await budget.read(request(bytes("abc")), 10, whole)).toString()).toBe("abc");
  });

  test("is given back by a body that breaks off, or is too large", async () => {
    const budget = bodyBudget(10);
    for (let round = 0; round < 3; round++) {
      const broken = new PassThrough();
      const read = budget.read(request(broken), 10, whole);
      broken.write("12345678");
      await new Promise((resolve) => setImmediate(resolve));
      broken.destroy(new Error("gone"));
      await expect(read).rejects.toThrow("gone");
      await expect(budget.read(request(bytes("123456789")), 5, whole)).rejects.toMatchObject({
        code: "RequestEntityTooLarge",
      });
    }
    expect((await budget.read(request(bytes("1234567890")), 10, whole)).toString()).toBe("1234567890");
  });
});
