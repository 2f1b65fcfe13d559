import { isAffected } from "./affected.ts";
import { baseScore, type Severity, severities } from "./cvss.ts";
import type { KnownVulnerability, VulnerabilityDatabase } from "./database-file.ts";
import type { InstalledPackage } from "./packages/installed.ts";
import type { Release } from "./packages/os-release.ts";
import { UnreadableImage } from "./unreadable.ts";

/** One vulnerability of one package of an image. */
export interface Finding {
  /** `CVE-2023-4911`, or the advisory's own id. */
  readonly name: string;
  readonly severity: Severity;
  readonly description: string;
  readonly uri?: string | undefined;
  readonly packageName: string;
  readonly packageVersion: string;
  /** A CVSS v3 vector, and its base score. */
  readonly cvss?: { readonly vector: string; readonly score: number } | undefined;
}

/** Findings of one image: several times what the oldest and largest images have. */
const mostFindings = 20_000;

/**
 * The vulnerabilities of what is installed, the gravest first, then by name and package. Throws `UnreadableImage` when
 * there are more than any real image has.
 */
export function findVulnerabilities(
  release: Release,
  packages: readonly InstalledPackage[],
  database: Pick<VulnerabilityDatabase, "of">,
): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const [name, version] of namesAndVersions(release, packages)) {
    for (const known of database.of(release.name, name)) {
      if (!isAffected(release.scheme, version, known)) continue;
      for (const finding of findings(known, name, version)) {
        const key = `${finding.name} ${name} ${version}`;
        const other = found.get(key);
        // Two advisories may speak of one vulnerability: the one that knows how grave it is says more.
        if (other === undefined || rank(finding.severity) < rank(other.severity)) found.set(key, finding);
        if (found.size > mostFindings)
          throw new UnreadableImage(`There are more than ${mostFindings} findings.`);
      }
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      rank(a.severity) - rank(b.severity) ||
      compareText(a.name, b.name) ||
      compareText(a.packageName, b.packageName) ||
      compareText(a.packageVersion, b.packageVersion),
  );
}

/** What the data is asked about: source packages where it speaks of these, each once. */
function namesAndVersions(
  { namedBy }: Release,
  packages: readonly InstalledPackage[],
): Iterable<readonly [name: string, version: string]> {
  const pairs = packages.map(({ name, version, source, sourceVersion }) =>
    namedBy === "source" ? ([source, sourceVersion] as const) : ([name, version] as const),
  );
  return new Map(pairs.map((pair) => [pair.join(" "), pair])).values();
}

function findings(
  known: KnownVulnerability,
  packageName: string,
  packageVersion: string,
): readonly Finding[] {
  const { description, uri, vector, severity } = known;
  const score = vector === undefined ? undefined : baseScore(vector);
  const cvss = vector === undefined || score === undefined ? undefined : { vector, score };
  return known.names.map((name) => ({
    name,
    severity,
    description,
    uri,
    packageName,
    packageVersion,
    cvss,
  }));
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
