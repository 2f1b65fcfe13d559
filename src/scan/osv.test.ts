import { describe, expect, test } from "vitest";
import { osvEntry } from "./osv.testing.ts";
import { readOsvEntry } from "./osv.ts";

const zero = { introduced: "0" };

describe("which versions an entry names", () => {
  test.each([
    ["all before the fix", [zero, { fixed: "2" }], [{ fixed: "2" }]],
    ["all there are", [zero], [{}]],
    ["from one on", [{ introduced: "1.5" }, { fixed: "2" }], [{ introduced: "1.5", fixed: "2" }]],
    ["up to the last", [zero, { last_affected: "2" }], [{ last: "2" }]],
    [
      "twice, in any order",
      [{ fixed: "4" }, { introduced: "3" }, zero, { fixed: "2" }],
      [{ fixed: "2" }, { introduced: "3", fixed: "4" }],
    ],
    ["a fix of what was never introduced", [{ fixed: "2" }], []],
  ])("%s", (_name, events, expected) => {
    const entry = readOsvEntry(
      osvEntry("DEBIAN-CVE-2026-0001", "Debian:12", "glibc", [zero, { fixed: "9" }], {
        affected: [
          { package: { ecosystem: "Debian:12", name: "glibc" }, ranges: [{ type: "ECOSYSTEM", events }] },
          { package: { ecosystem: "Debian:11", name: "glibc" }, versions: ["1-1"] },
        ],
      }),
    );
    if (typeof entry === "string") throw new Error(entry);
    expect(entry.affected.filter(({ release }) => release === "Debian:12")).toEqual(
      expected.map((range) => ({ release: "Debian:12", package: "glibc", ...range })),
    );
    expect(entry.affected.find(({ release }) => release === "Debian:11")).toEqual({
      release: "Debian:11",
      package: "glibc",
      introduced: "1-1",
      last: "1-1",
    });
  });
});

test.each([
  ["Debian:12", "Debian:12"],
  ["Ubuntu:22.04:LTS", "Ubuntu:22.04"],
  ["Ubuntu:23.10", "Ubuntu:23.10"],
  ["Ubuntu:Pro:18.04:LTS", undefined],
  ["Alpine:v3.19", "Alpine:v3.19"],
  ["Wolfi", "Wolfi"],
  ["Rocky Linux:9", "Rocky Linux:9"],
  ["AlmaLinux:8", "AlmaLinux:8"],
  ["Red Hat:enterprise_linux:9::baseos", "Red Hat:9"],
  ["Red Hat:openshift:4.12::el8", undefined],
  ["Debian", undefined],
  ["npm", undefined],
])("the ecosystem %s is release %s", (ecosystem, release) => {
  const entry = readOsvEntry(osvEntry("X-1", ecosystem, "a", [zero]));
  expect(typeof entry === "string" ? undefined : entry.affected[0]?.release).toBe(release);
});

describe("what a finding says", () => {
  const vector = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";
  test.each([
    ["by its vector", { severity: [{ type: "CVSS_V3", score: vector }] }, { severity: "HIGH", vector }],
    ["by its database's word", { database_specific: { severity: "MODERATE" } }, { severity: "MEDIUM" }],
    [
      "by Ubuntu's word",
      { severity: [{ type: "Ubuntu", score: "negligible" }] },
      { severity: "INFORMATIONAL" },
    ],
    [
      "by a word that says nothing",
      { database_specific: { severity: "unknown" } },
      { severity: "UNDEFINED" },
    ],
    ["by no CVSS v4", { severity: [{ type: "CVSS_V4", score: "CVSS:4.0/AV:N" }] }, { severity: "UNDEFINED" }],
    ["how it is named", { aliases: ["GHSA-x", "CVE-2026-1111"] }, { names: ["CVE-2026-1111"] }],
    [
      "where it is told",
      {
        references: [
          { type: "WEB", url: "javascript:x" },
          { type: "ADVISORY", url: "https://a.test" },
        ],
      },
      { uri: "https://a.test" },
    ],
  ])("%s", (_name, more, expected) => {
    expect(readOsvEntry(osvEntry("DSA-1-1", "Debian:12", "glibc", [zero], more))).toMatchObject(expected);
  });
});

test.each([
  ["not json", "not a JSON object"],
  ["[]", "not a JSON object"],
  ['{"modified":"2026-05-01T00:00:00Z"}', "id is missing"],
  ['{"id":"A B","modified":"2026-05-01T00:00:00Z"}', "id is missing or malformed"],
  ['{"id":"CVE-1","modified":"soon"}', "modified is missing"],
  ['{"id":"CVE-1","modified":"2026-05-01T00:00:00Z","affected":{}}', "affected is not a list"],
])("%s is refused: %s", (text, words) => {
  expect(() => readOsvEntry(text)).toThrow(words);
});

test("what was withdrawn, and what is of no release, counts as such", () => {
  expect(readOsvEntry(osvEntry("A-1", "Debian:12", "a", [zero], { withdrawn: "2026-01-01T00:00:00Z" }))).toBe(
    "withdrawn",
  );
  expect(readOsvEntry(osvEntry("A-1", "PyPI", "a", [zero]))).toBe("elsewhere");
  expect(
    readOsvEntry(osvEntry("A-1", "Debian:12", "a", [], { affected: [null, 1, {}, { package: 7 }] })),
  ).toBe("elsewhere");
});
