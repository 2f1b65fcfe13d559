import { compareApk } from "./versions/apk.ts";
import { compareDpkg } from "./versions/dpkg.ts";
import { compareRpm } from "./versions/rpm.ts";

/** How versions of a package compare. */
export type VersionScheme = "dpkg" | "apk" | "rpm";

/** Versions from `introduced` (all older ones too when left out) up to `fixed`, without it, or `last`, with it. */
export interface VersionRange {
  readonly introduced?: string | undefined;
  readonly fixed?: string | undefined;
  readonly last?: string | undefined;
}

/** How versions of a scheme compare. */
export const comparers: Readonly<Record<VersionScheme, (a: string, b: string) => number>> = {
  dpkg: compareDpkg,
  apk: compareApk,
  rpm: compareRpm,
};

/** Whether a version lies within a range. */
export function isAffected(scheme: VersionScheme, version: string, range: VersionRange): boolean {
  const compare = comparers[scheme];
  if (range.introduced !== undefined && compare(version, range.introduced) < 0) return false;
  if (range.fixed !== undefined) return compare(version, range.fixed) < 0;
  return range.last === undefined || compare(version, range.last) <= 0;
}
