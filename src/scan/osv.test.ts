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

describe("entries as the databases publish them", () => {
  const modified = "2026-05-01T00:00:00Z";
  const vector = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";
  const dated = { schema_version: "1.7.0", modified, published: modified };
  const spans = (type: string, ...events: readonly object[]) => [{ type, events }];
  const rows: readonly (readonly [string, object, object | string])[] = [
    [
      "Debian: an urgency beside each package, all its versions listed",
      {
        ...dated,
        id: "DEBIAN-CVE-2023-4911",
        upstream: ["CVE-2023-4911"],
        details: "A buffer overflow.",
        affected: [
          {
            package: { ecosystem: "Debian:12", name: "glibc", purl: "pkg:deb/debian/glibc?arch=source" },
            ranges: spans("ECOSYSTEM", { introduced: "0" }, { fixed: "2.36-9+deb12u3" }),
            versions: ["2.36-9", "2.36-9+deb12u1"],
            ecosystem_specific: { urgency: "high" },
          },
          {
            package: { ecosystem: "Debian:13", name: "glibc" },
            ranges: spans("ECOSYSTEM", { introduced: "0" }),
            ecosystem_specific: { urgency: "not yet assigned" },
          },
        ],
      },
      {
        names: ["CVE-2023-4911"],
        severity: "HIGH",
        affected: [
          { release: "Debian:12", package: "glibc", fixed: "2.36-9+deb12u3" },
          { release: "Debian:13", package: "glibc" },
        ],
      },
    ],
    [
      "Ubuntu: its own word after a vector, its long-term releases",
      {
        ...dated,
        id: "UBUNTU-CVE-2023-4911",
        upstream: ["CVE-2023-4911"],
        severity: [
          { type: "CVSS_V3", score: vector },
          { type: "Ubuntu", score: "low" },
        ],
        affected: [
          {
            package: { ecosystem: "Ubuntu:22.04:LTS", name: "glibc" },
            ranges: spans("ECOSYSTEM", { introduced: "0" }, { fixed: "2.35-0ubuntu3.4" }),
          },
          {
            package: { ecosystem: "Ubuntu:Pro:18.04:LTS", name: "glibc" },
            ranges: spans("ECOSYSTEM", { introduced: "0" }),
          },
        ],
      },
      {
        severity: "HIGH",
        vector,
        affected: [{ release: "Ubuntu:22.04", package: "glibc", fixed: "2.35-0ubuntu3.4" }],
      },
    ],
    [
      "Alpine: fixed in several releases, beside ranges of upstream's source",
      {
        ...dated,
        id: "ALPINE-CVE-2025-26519",
        upstream: ["CVE-2025-26519"],
        affected: [
          {
            package: { ecosystem: "Alpine:v3.19", name: "musl" },
            ranges: [
              ...spans("GIT", { introduced: "0" }, { fixed: "c47ad25ea3b484e10326f933e927c0bc8cded3da" }),
              ...spans("ECOSYSTEM", { introduced: "0.9.13-r0" }, { fixed: "1.2.4_git20230717-r5" }),
            ],
          },
        ],
      },
      {
        severity: "UNDEFINED",
        affected: [
          {
            release: "Alpine:v3.19",
            package: "musl",
            introduced: "0.9.13-r0",
            fixed: "1.2.4_git20230717-r5",
          },
        ],
      },
    ],
    [
      "Rocky Linux: an advisory for several numbers, the last version that is affected",
      {
        ...dated,
        id: "RLSA-2023:5453",
        upstream: ["CVE-2023-4527", "CVE-2023-4911"],
        aliases: [],
        summary: "Important: glibc security update",
        affected: [
          {
            package: { ecosystem: "Rocky Linux:9", name: "glibc" },
            ranges: spans("ECOSYSTEM", { introduced: "0" }, { last_affected: "0:2.34-60.el9_2.6" }),
            database_specific: { severity: "Important" },
          },
        ],
        references: [{ type: "ADVISORY", url: "https://advisories.test/RLSA-2023:5453" }],
        credits: [{ name: "Somebody" }],
      },
      {
        names: ["CVE-2023-4527", "CVE-2023-4911"],
        description: "Important: glibc security update",
        uri: "https://advisories.test/RLSA-2023:5453",
        severity: "HIGH",
        affected: [{ release: "Rocky Linux:9", package: "glibc", last: "0:2.34-60.el9_2.6" }],
      },
    ],
    [
      "of a language's packages, with semantic versions",
      {
        ...dated,
        id: "GHSA-29mw-wpgm-hmr9",
        aliases: ["CVE-2020-28500"],
        severity: [
          { type: "CVSS_V4", score: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N" },
        ],
        affected: [
          {
            package: { ecosystem: "npm", name: "lodash" },
            ranges: spans("SEMVER", { introduced: "4.0.0" }, { fixed: "4.17.21" }),
          },
        ],
      },
      "elsewhere",
    ],
  ];
  test.each(rows)("%s", (_name, entry, expected) => {
    const found = readOsvEntry(JSON.stringify(entry));
    if (typeof expected === "string") expect(found).toBe(expected);
    else expect(found).toMatchObject(expected);
  });
});
