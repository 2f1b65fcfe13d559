import { compareDigits } from "./dpkg.ts";

/**
 * Compares two versions as apk does: `1.2.3a_rc1-r4` (apk-package(5), "Package version").
 * @returns less than, equal to or greater than 0.
 */
export function compareApk(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  return (
    compareNumbers(left.numbers, right.numbers) ||
    compareText(left.letter, right.letter) ||
    compareSuffixes(left.suffixes, right.suffixes) ||
    compareDigits(left.revision, right.revision)
  );
}

const syntax = /^([0-9]+(?:\.[0-9]+)*)?([a-z])?((?:_[a-z]+[0-9]*)*)(?:~[0-9a-f]+)?(?:-r([0-9]+))?/;

/** Suffixes from oldest to newest; one that is not there stands at `none`. */
const suffixOrder = ["alpha", "beta", "pre", "rc", "none", "cvs", "svn", "git", "hg", "p"];

interface Suffix {
  readonly rank: number;
  readonly number: string;
}

const noSuffix: Suffix = { rank: suffixOrder.indexOf("none"), number: "" };

function parse(version: string) {
  const [, numbers = "", letter = "", suffixes = "", revision = ""] = syntax.exec(version) ?? [];
  return {
    numbers: numbers.split("."),
    letter,
    suffixes: [...suffixes.matchAll(/_([a-z]+)([0-9]*)/g)].map(
      ([, name = "", number = ""]): Suffix => ({ rank: suffixOrder.indexOf(name), number }),
    ),
    revision,
  };
}

/** A number after the first that begins with 0 is a fraction: 1.05 is older than 1.1. */
function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const one = a[i];
    const two = b[i];
    if (one === undefined || two === undefined) return one === undefined ? -1 : 1;
    const fraction = i > 0 && (one.startsWith("0") || two.startsWith("0"));
    const difference = fraction ? compareText(one, two) : compareDigits(one, two);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareSuffixes(a: readonly Suffix[], b: readonly Suffix[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const one = a[i] ?? noSuffix;
    const two = b[i] ?? noSuffix;
    const difference = one.rank - two.rank || compareDigits(one.number, two.number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareText(one: string, two: string): number {
  return one < two ? -1 : Number(one > two);
}
