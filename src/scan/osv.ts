import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import { comparers, type VersionRange, type VersionScheme } from "./affected.ts";
import { baseScore, type Severity, severityOfScore, severityOfWord } from "./cvss.ts";
import { releaseOf } from "./packages/os-release.ts";

/** A vulnerability as it is kept: what a finding says of it, and whom it affects. */
export interface Advisory {
  /** `DEBIAN-CVE-2023-4911`. */
  readonly id: string;
  /** What findings are named: the CVE numbers it stands for, or else its own id. */
  readonly names: readonly string[];
  readonly description: string;
  readonly uri?: string | undefined;
  /** A CVSS v3 vector. */
  readonly vector?: string | undefined;
  readonly severity: Severity;
  /** Epoch ms. */
  readonly modified: number;
  readonly affected: readonly AffectedPackage[];
}

export interface AffectedPackage extends VersionRange {
  /** `Debian:12`. */
  readonly release: string;
  readonly package: string;
}

/** Bytes of a description; ECR's own are a few sentences. */
const longestDescription = 1000;
/** Ranges of one package in one release: more than any real entry has. */
const mostRanges = 2000;

type Members = { readonly [name: string]: Json };

/**
 * Reads an entry of the OSV schema (ossf.github.io/osv-schema).
 * @returns the advisory, `withdrawn`, or `elsewhere` when it speaks of no operating system release.
 * @throws Error saying what is wrong with it.
 */
export function readOsvEntry(text: string): Advisory | "withdrawn" | "elsewhere" {
  const entry = parseJson(text);
  if (!isJsonObject(entry)) throw new Error("not a JSON object");
  const { id, modified, affected } = entry;
  if (typeof id !== "string" || !/^[\w.:-]{3,100}$/.test(id)) throw new Error("id is missing or malformed");
  const modifiedAt = typeof modified === "string" ? Date.parse(modified) : Number.NaN;
  if (Number.isNaN(modifiedAt)) throw new Error("modified is missing or no date");
  if (entry.withdrawn !== undefined && entry.withdrawn !== null) return "withdrawn";
  if (affected !== undefined && !Array.isArray(affected)) throw new Error("affected is not a list");
  const packages = objects(affected);
  const ranges = packages.flatMap(affectedBy);
  if (ranges.length === 0) return "elsewhere";
  return {
    id,
    names: namesOf(id, entry),
    description: description(entry),
    uri: uriOf(entry.references),
    ...severityOf(entry, packages),
    modified: modifiedAt,
    affected: ranges,
  };
}

function affectedBy(affected: Members): readonly AffectedPackage[] {
  const { package: named, ranges, versions } = affected;
  if (!isJsonObject(named)) return [];
  const { ecosystem, name } = named;
  if (typeof ecosystem !== "string" || typeof name !== "string") return [];
  const release = releaseOf(ecosystem);
  if (release === undefined) return [];
  const spans = objects(ranges)
    .filter(({ type }) => type === "ECOSYSTEM")
    .flatMap(({ events }) => spansOf(objects(events), release.scheme));
  // The versions enumerate what the ranges say; they count where there are no ranges.
  const single = spans.length > 0 ? [] : texts(versions).map((v) => ({ introduced: v, last: v }));
  const all = [...spans, ...single];
  if (all.length > mostRanges) throw new Error(`affected: more than ${mostRanges} ranges of ${name}`);
  return all.map((span) => ({ release: release.name, package: name, ...span }));
}

/** Ranges out of events, which may be in any order (OSV schema, "Evaluation"). */
function spansOf(events: readonly Members[], scheme: VersionScheme): readonly VersionRange[] {
  const marks = events.flatMap((event) =>
    (["introduced", "fixed", "last_affected"] as const).flatMap((kind) => {
      const at = event[kind];
      return typeof at === "string" ? [{ kind, at }] : [];
    }),
  );
  const compare = comparers[scheme];
  marks.sort((a, b) => Number(b.at === "0") - Number(a.at === "0") || compare(a.at, b.at));
  const spans: VersionRange[] = [];
  let open: string | undefined;
  for (const { kind, at } of marks) {
    if (kind === "introduced") {
      open ??= at;
      continue;
    }
    if (open === undefined) continue;
    const introduced = open === "0" ? undefined : open;
    spans.push(kind === "fixed" ? { introduced, fixed: at } : { introduced, last: at });
    open = undefined;
  }
  if (open !== undefined) spans.push({ introduced: open === "0" ? undefined : open });
  return spans;
}

function namesOf(id: string, entry: Members): readonly string[] {
  const own = cve(id);
  if (own !== undefined) return [own];
  const others = [...texts(entry.aliases), ...texts(entry.upstream)].flatMap((text) => cve(text) ?? []);
  return others.length === 0 ? [id] : [...new Set(others)].slice(0, 100);
}

function cve(text: string): string | undefined {
  return /CVE-\d{4}-\d{4,19}$/.exec(text)?.[0];
}

function description({ details, summary }: Members): string {
  const text = [details, summary].find((each) => typeof each === "string" && each !== "");
  return typeof text === "string" ? text.slice(0, longestDescription) : "";
}

/** The advisory's page, or the first that is one of the web. */
function uriOf(references: Json | undefined): string | undefined {
  const pages = objects(references).flatMap(({ type, url }) =>
    typeof url === "string" && /^https?:\/\//.test(url) && url.length <= 1000 ? [{ type, url }] : [],
  );
  return (pages.find(({ type }) => type === "ADVISORY") ?? pages[0])?.url;
}

/** By the CVSS v3 vector of the entry or of a package in it, else by the distribution's word, else UNDEFINED. */
function severityOf(
  entry: Members,
  packages: readonly Members[],
): { readonly severity: Severity; readonly vector?: string } {
  const rated = [entry, ...packages].flatMap(({ severity }) => objects(severity));
  for (const { type, score: vector } of rated) {
    if (type !== "CVSS_V3" || typeof vector !== "string") continue;
    const score = baseScore(vector);
    if (score !== undefined) return { severity: severityOfScore(score), vector };
  }
  const said = [
    ...rated.map(({ score }) => score),
    ...[entry, ...packages].flatMap(({ database_specific: database, ecosystem_specific: ecosystem }) =>
      [database, ecosystem].flatMap((members) =>
        isJsonObject(members) ? [members.severity, members.urgency] : [],
      ),
    ),
  ];
  for (const word of said) {
    const severity = typeof word === "string" ? severityOfWord(word) : undefined;
    if (severity !== undefined) return { severity };
  }
  return { severity: "UNDEFINED" };
}

function objects(value: Json | undefined): readonly Members[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
