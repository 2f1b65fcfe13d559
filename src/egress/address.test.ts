import { expect, test } from "vitest";
import { isPublicAddress } from "./address.ts";

test.each([
  ["8.8.8.8", true],
  ["172.15.255.255", true],
  ["172.16.0.1", false],
  ["172.31.255.255", false],
  ["172.32.0.1", true],
  ["10.1.2.3", false],
  ["127.0.0.1", false],
  ["127.255.255.254", false],
  ["0.0.0.0", false],
  ["169.254.169.254", false],
  ["169.254.170.2", false],
  ["192.168.1.1", false],
  ["100.64.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["2600:1f18::1", true],
  ["::1", false],
  ["::", false],
  ["::ffff:10.0.0.1", false],
  ["::ffff:8.8.8.8", false],
  ["fe80::1", false],
  ["fd00:ec2::254", false],
  ["ff02::1", false],
  ["2002:7f00:1::", false],
  ["2001:0:1::1", false],
  ["64:ff9b::a00:1", false],
  ["no address", false],
])("%s", (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
