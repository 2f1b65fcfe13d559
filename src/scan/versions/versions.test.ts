import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareApk } from "./apk.ts";
import { compareDpkg } from "./dpkg.ts";
import { compareRpm } from "./rpm.ts";

type Row = readonly [a: string, relation: "<" | "=" | ">", b: string];

const sign = { "<": -1, "=": 0, ">": 1 } as const;

/** deb-version(7), and what dpkg's users run into. */
const dpkg: readonly Row[] = [
  ["1.0", "=", "1.0"],
  ["1.0", "=", "0:1.0"],
  ["1.0", "=", "1.0-0"],
  ["1.0", "=", "1.00"],
  ["1:0.1", ">", "2.0"],
  ["1.9", "<", "1.10"],
  ["1.0~rc1", "<", "1.0"],
  ["1.0~~", "<", "1.0~~a"],
  ["1.0~~a", "<", "1.0~"],
  ["1.0~", "<", "1.0"],
  ["1.0", "<", "1.0a"],
  ["1.0a", "<", "1.0+"],
  ["1.0+b1", ">", "1.0"],
  ["1.0-1", "<", "1.0-1+deb12u1"],
  ["1.0-1+deb12u1", "<", "1.0-1+deb12u2"],
  ["1.0-1+deb12u2", "<", "1.0-1+deb12u10"],
  ["1.0-1", "<", "1.0-1ubuntu1"],
  ["1.0-1~bpo12+1", "<", "1.0-1"],
  ["2.36-9+deb12u4", "<", "2.36-9+deb12u7"],
  ["3.0.11-1~deb12u2", "<", "3.0.13-1~deb12u1"],
  ["1.2.3-4-5", ">", "1.2.3-4-4"],
  ["20230311", "<", "20230311ubuntu0.22.04.1"],
  ["99999999999999999999", "<", "100000000000000000000"],
];

/** Of the kinds in rpm's own tests of comparing versions. */
const rpm: readonly Row[] = [
  ["1.0", "=", "1.0"],
  ["1.0", "<", "2.0"],
  ["2.0.1", ">", "2.0"],
  ["2.0.1a", ">", "2.0.1"],
  ["5.5p1", "<", "5.5p2"],
  ["5.5p10", ">", "5.5p1"],
  ["10xyz", "<", "10.1xyz"],
  ["xyz10", "<", "xyz10.1"],
  ["xyz.4", "<", "8"],
  ["8", ">", "xyz.4"],
  ["5.5p2", "<", "5.6p1"],
  ["6.0.rc1", ">", "6.0"],
  ["10b2", ">", "10a1"],
  ["1.0aa", ">", "1.0a"],
  ["10.0001", "=", "10.1"],
  ["10.0001", "<", "10.0039"],
  ["4.999.9", "<", "5.0"],
  ["2_0", "=", "2.0"],
  ["a+", "=", "a_"],
  ["1.0~rc1", "<", "1.0"],
  ["1.0~rc1", "<", "1.0~rc2"],
  ["1.0~rc1~git123", "<", "1.0~rc1"],
  ["1.0^", ">", "1.0"],
  ["1.0^git1", "<", "1.0^git2"],
  ["1.0^git1", "<", "1.01"],
  ["1.0^20160101", "<", "1.0.1"],
  ["1.0~rc1^git1", ">", "1.0~rc1"],
  ["1.0^git1~pre", "<", "1.0^git1"],
  ["1:1.0-1", ">", "2.0-1"],
  ["1.0-1.el9", "<", "1.0-2.el9"],
  ["1.0-9.el9", "<", "1.0-10.el9"],
  ["1.0-1.el9_2", "<", "1.0-1.el9_2.1"],
  ["1.0", "=", "1.0-5"],
];

/** Of the kinds in apk-tools' own tests of comparing versions. */
const apk: readonly Row[] = [
  ["2.34", ">", "0.1.0_alpha"],
  ["0.1.0_alpha", "=", "0.1.0_alpha"],
  ["0.1.0_alpha", "<", "0.1.3_alpha"],
  ["0.1.0_alpha2", ">", "0.1.0_alpha"],
  ["0.1.0_alpha", "<", "0.1.0_beta"],
  ["1.0_pre2", "<", "1.0_rc1"],
  ["1.0_rc1", "<", "1.0"],
  ["1.0", "<", "1.0_p1"],
  ["1.0_p1", "<", "1.0_p2"],
  ["1.0_p9", "<", "1.0_p10"],
  ["1.0", "<", "1.0.1"],
  ["1.0.1", "<", "1.0.10"],
  ["1.0", "<", "1.0a"],
  ["1.0a", "<", "1.0b"],
  ["1.0a", "<", "1.0.1"],
  ["1.05", "<", "1.1"],
  ["1.2.3-r0", "<", "1.2.3-r1"],
  ["1.2.3-r9", "<", "1.2.3-r10"],
  ["1.2.3", "=", "1.2.3-r0"],
  ["3.1.4-r5", "<", "3.1.4_p1-r0"],
  ["1.36.1-r15", "<", "1.36.1-r16"],
  ["20230506-r0", "<", "20240226-r0"],
  ["6.4_p20231125-r0", ">", "6.4_p20230506-r0"],
];

describe.each([
  ["dpkg", compareDpkg, dpkg],
  ["rpm", compareRpm, rpm],
  ["apk", compareApk, apk],
] as const)("%s", (_name, compare, rows) => {
  test.each(rows.map((row) => [...row]))("%s %s %s", (a, relation, b) => {
    expect(Math.sign(compare(a, b))).toBe(sign[relation as Row[1]]);
    expect(Math.sign(compare(b, a))).toBe(0 - sign[relation as Row[1]] || 0);
  });

  test("is an order on whatever it is given", () => {
    const version = fc.oneof(
      fc.constantFrom(...rows.map(([a]) => a)),
      fc.stringMatching(/^[0-9a-z.~^+_:-]{0,8}$/),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compare(a, a))).toBe(0);
        expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
        if (compare(a, b) < 0 && compare(b, c) < 0 && isTransitive(compare)) {
          expect(compare(a, c)).toBeLessThan(0);
        }
      }),
      { seed: 10, numRuns: 300 },
    );
  });
});

/** rpm compares no release with a missing one, and apk reads 01 as a fraction beside one number only: not transitive. */
function isTransitive(compare: (a: string, b: string) => number): boolean {
  return compare === compareDpkg;
}
