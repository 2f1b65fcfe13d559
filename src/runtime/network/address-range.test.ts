import { expect, test } from "vitest";
import { addressIn, contains, parseRange } from "./address-range.ts";

test.each([
  ["172.31.0.0/16", "172.31.16.0/20", true],
  ["172.31.16.0/20", "172.31.0.0/16", false],
  ["10.0.0.0/8", "11.0.0.0/16", false],
  ["192.168.0.0/16", "192.168.0.0/16", true],
  ["0.0.0.0/0", "255.255.255.255/32", true],
])("%s contains %s: %s", (outer, inner, expected) => {
  expect(contains(parseRange(outer), parseRange(inner))).toBe(expected);
});

test("addresses are counted from the first", () => {
  expect(addressIn(parseRange("10.0.255.0/24"), 1)).toBe("10.0.255.1");
  expect(addressIn(parseRange("10.0.255.0/24"), 256)).toBe("10.1.0.0");
  expect(addressIn(parseRange("255.255.255.0/24"), 255)).toBe("255.255.255.255");
});

test.each(["10.0.0.0", "10.0.0.256/8", "10.0.0.0/33", "::/0", ""])("%j is no range", (text) => {
  expect(() => parseRange(text)).toThrow(RangeError);
});
