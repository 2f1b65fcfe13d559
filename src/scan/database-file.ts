import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { Severity } from "./cvss.ts";
import type { Advisory, AffectedPackage } from "./osv.ts";

/**
 * Vulnerability data: one SQLite file in the data folder, whatever database keeps the state. It is made from public
 * data, is never changed in place, and an import puts a new one in its place in one step, also under a running server.
 */
export function databasePath(dataDir: string): string {
  return join(dataDir, "vulnerabilities.sqlite");
}

/** Another layout is another number: a file of another one is as good as none, and is imported again. */
const layout = 1;

const schema = `
  create table advisory (
    id integer primary key, name text not null, names text not null, description text not null,
    uri text, vector text, severity text not null, modified integer not null
  );
  create table affected (
    release text not null, package text not null, advisory integer not null,
    introduced text, fixed text, last text
  );
  create table import (at integer not null, newest integer not null, advisories integer not null, releases text not null);
`;

/** What was imported, and when. Times are epoch ms. */
export interface ImportFacts {
  readonly at: number;
  /** The newest change of an advisory. */
  readonly newest: number;
  readonly advisories: number;
  /** Ranges by release: `Debian:12`. */
  readonly releases: Readonly<Record<string, number>>;
}

/** Writes a new file beside the one in use. */
export interface DatabaseWriter {
  add(advisory: Advisory): void;
  /** Puts the new file in place of the one in use. @param at epoch ms. */
  finish(at: number): ImportFacts;
  /** Forgets the new file. */
  discard(): void;
}

/** Advisories written in one transaction. */
const batch = 2000;

export function writeDatabase(path: string): DatabaseWriter {
  const draft = `${path}.${process.pid}.new`;
  rmSync(draft, { force: true });
  const database = new Database(draft);
  // A draft that is not finished is thrown away, so nothing needs a journal.
  database.pragma("journal_mode = off");
  database.pragma("synchronous = off");
  database.pragma(`user_version = ${layout}`);
  database.exec(schema);
  const insertAdvisory = database.prepare(
    "insert into advisory (name, names, description, uri, vector, severity, modified) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertAffected = database.prepare("insert into affected values (?, ?, ?, ?, ?, ?)");
  const releases = new Map<string, number>();
  let advisories = 0;
  let newest = 0;
  database.exec("begin");
  return {
    add(advisory) {
      const { id, names, description, uri, vector, severity, modified, affected } = advisory;
      const key = insertAdvisory.run(
        id,
        JSON.stringify(names),
        description,
        uri ?? null,
        vector ?? null,
        severity,
        modified,
      ).lastInsertRowid;
      for (const { release, package: name, introduced, fixed, last } of affected) {
        insertAffected.run(release, name, key, introduced ?? null, fixed ?? null, last ?? null);
        releases.set(release, (releases.get(release) ?? 0) + 1);
      }
      newest = Math.max(newest, modified);
      if (++advisories % batch === 0) database.exec("commit; begin");
    },
    finish(at) {
      const counts = Object.fromEntries([...releases].sort(([a], [b]) => (a < b ? -1 : 1)));
      database
        .prepare("insert into import values (?, ?, ?, ?)")
        .run(at, newest, advisories, JSON.stringify(counts));
      database.exec("commit; create index affected_by_package on affected (release, package); analyze");
      database.close();
      sync(draft);
      renameSync(draft, path);
      sync(dirname(path));
      return { at, newest, advisories, releases: counts };
    },
    discard() {
      database.close();
      rmSync(draft, { force: true });
    },
  };
}

function sync(path: string): void {
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}

/** A range with what a finding says. */
export interface KnownVulnerability extends Omit<AffectedPackage, "release" | "package"> {
  readonly id: string;
  readonly names: readonly string[];
  readonly description: string;
  readonly uri?: string | undefined;
  readonly vector?: string | undefined;
  readonly severity: Severity;
}

/** The data in use, as it was when it was opened. */
export interface VulnerabilityDatabase {
  readonly facts: ImportFacts;
  /** What is known of a package in a release, whatever its version. */
  of(release: string, packageName: string): readonly KnownVulnerability[];
  close(): void;
}

/** Opens the data in use; `undefined` when none is installed, or it is of another version of Roadstead. */
export function openDatabase(path: string): VulnerabilityDatabase | undefined {
  if (!existsSync(path)) return undefined;
  const database = new Database(path, { readonly: true, fileMustExist: true });
  const found = database.pragma("user_version", { simple: true }) === layout;
  const row = found ? database.prepare("select * from import").get() : undefined;
  if (row === undefined) {
    database.close();
    return undefined;
  }
  const { at, newest, advisories, releases } = row as Omit<ImportFacts, "releases"> & {
    readonly releases: string;
  };
  const select = database.prepare(
    `select name as id, names, description, uri, vector, severity, introduced, fixed, last
     from affected join advisory on advisory.id = affected.advisory
     where release = ? and package = ? order by advisory.name`,
  );
  return {
    facts: { at, newest, advisories, releases: JSON.parse(releases) as ImportFacts["releases"] },
    of: (release, packageName) => (select.all(release, packageName) as StoredRange[]).map(vulnerability),
    close: () => database.close(),
  };
}

interface StoredRange {
  readonly id: string;
  readonly names: string;
  readonly description: string;
  readonly uri: string | null;
  readonly vector: string | null;
  readonly severity: string;
  readonly introduced: string | null;
  readonly fixed: string | null;
  readonly last: string | null;
}

function vulnerability(row: StoredRange): KnownVulnerability {
  return {
    id: row.id,
    names: JSON.parse(row.names) as readonly string[],
    description: row.description,
    severity: row.severity as Severity,
    uri: row.uri ?? undefined,
    vector: row.vector ?? undefined,
    introduced: row.introduced ?? undefined,
    fixed: row.fixed ?? undefined,
    last: row.last ?? undefined,
  };
}
