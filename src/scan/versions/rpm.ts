import { compareDigits } from "./dpkg.ts";

/**
 * Compares two versions as rpm does: `[epoch:]version[-release]`; a release that either lacks is not compared
 * (rpm manual, "rpm-version(7)").
 * @returns less than, equal to or greater than 0.
 */
export function compareRpm(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  return (
    left.epoch - right.epoch ||
    compareSegments(left.version, right.version) ||
    (left.release === "" || right.release === "" ? 0 : compareSegments(left.release, right.release))
  );
}

function parse(evr: string) {
  const colon = evr.indexOf(":");
  const rest = evr.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: Number(evr.slice(0, Math.max(colon, 0))) || 0,
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/**
 * Compares alphanumeric segments, separators only separate: a number is newer than letters, more segments are newer
 * than fewer, `~` is older than the end and `^` newer than the end but older than anything else.
 */
function compareSegments(a: string, b: string): number {
  const left = a.match(segment) ?? [];
  const right = b.match(segment) ?? [];
  for (let i = 0; ; i++) {
    const one = left[i];
    const two = right[i];
    if (one === two) {
      if (one === undefined) return 0;
      continue;
    }
    if (one === "~" || two === "~") return one === "~" ? -1 : 1;
    if (one === undefined || two === undefined) return one === undefined ? -1 : 1;
    if (one === "^" || two === "^") return one === "^" ? -1 : 1;
    const difference = compareSegment(one, two);
    if (difference !== 0) return difference;
  }
}

const segment = /[0-9]+|[A-Za-z]+|~|\^/g;

function compareSegment(one: string, two: string): number {
  const numeric = /^[0-9]/.test(one);
  if (numeric !== /^[0-9]/.test(two)) return numeric ? 1 : -1;
  if (numeric) return compareDigits(one, two);
  return one < two ? -1 : Number(one > two);
}
