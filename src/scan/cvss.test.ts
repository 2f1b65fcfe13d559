import { expect, test } from "vitest";
import { baseScore, severityOfScore } from "./cvss.ts";

/** Scores that the National Vulnerability Database and the specification's examples give these vectors. */
test.each([
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "CRITICAL"],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10, "CRITICAL"],
  ["CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "HIGH"],
  ["CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, "HIGH"],
  ["CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "MEDIUM"],
  ["CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4, "MEDIUM"],
  ["CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1, "LOW"],
  ["CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0, "INFORMATIONAL"],
])("%s is %d, %s", (vector, score, severity) => {
  expect(baseScore(vector)).toBe(score);
  expect(severityOfScore(score)).toBe(severity);
});

test.each([
  "",
  "CVSS:2.0/AV:N",
  "AV:N/AC:L/Au:N/C:P/I:P/A:P",
  "CVSS:3.1/AV:N/AC:L",
  "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
  "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
])("%j has no score", (vector) => {
  expect(baseScore(vector)).toBeUndefined();
});
