import type { Readable } from "node:stream";
import type { Digest } from "../kernel/brand.ts";
import { openDatabase } from "./database-file.ts";
import { type ImageFiles, type Layer, readImageFiles, wantedFiles } from "./layers.ts";
import { defaultLimits, type ScanLimits } from "./limits.ts";
import { type Finding, findVulnerabilities } from "./match.ts";
import { readApkInstalled } from "./packages/apk.ts";
import { readDpkgStatus } from "./packages/dpkg.ts";
import type { InstalledPackage } from "./packages/installed.ts";
import { type Release, readOsRelease } from "./packages/os-release.ts";
import { readRpmDatabase } from "./packages/rpm.ts";
import { UnreadableImage } from "./unreadable.ts";

/** How a scan ended. */
export type ScanReport =
  /** `sourceUpdatedAt`: the newest advisory of the data, epoch ms. */
  | {
      readonly status: "COMPLETE";
      readonly findings: readonly Finding[];
      readonly sourceUpdatedAt: number;
    }
  | { readonly status: "FAILED" | "FINDINGS_UNAVAILABLE"; readonly description: string };

/** Reads what an image has installed and holds it against the vulnerability data in use at the moment. */
export interface ImageScanner {
  /** @param open the bytes of a layer. Throws what `open` throws. */
  scan(layers: readonly Layer[], open: (digest: Digest) => Promise<Readable>): Promise<ScanReport>;
}

/** AWS's words for an image whose packages cannot be read. */
const unsupported = "UnsupportedImageError: The operating system and/or package manager are not supported.";

/** @param path of the file that `roadstead scan-db import` makes. */
export function createImageScanner(path: string, limits: ScanLimits = defaultLimits): ImageScanner {
  return {
    async scan(layers, open) {
      try {
        const { release, packages } = inventoryOf(await readImageFiles(layers, open, wanted, limits));
        return matched(path, release, packages);
      } catch (error) {
        if (error instanceof UnreadableImage) return { status: "FAILED", description: error.message };
        throw error;
      }
    },
  };
}

/** Holds packages against the data in use. Throws `UnreadableImage`. */
function matched(path: string, release: Release, packages: readonly InstalledPackage[]): ScanReport {
  const database = openDatabase(path);
  if (database === undefined) {
    return unavailable("No vulnerability data is installed; install some with roadstead scan-db import.");
  }
  try {
    const { newest, releases } = database.facts;
    if (!Object.hasOwn(releases, release.name)) {
      return unavailable(`The installed vulnerability data does not speak of ${release.name}.`);
    }
    const findings = findVulnerabilities(release, packages, database);
    return { status: "COMPLETE", findings, sourceUpdatedAt: newest };
  } finally {
    database.close();
  }
}

function unavailable(description: string): ScanReport {
  return { status: "FINDINGS_UNAVAILABLE", description };
}

const osRelease = ["etc/os-release", "usr/lib/os-release"];
const dpkgStatus = "var/lib/dpkg/status";
const dpkgFolder = "var/lib/dpkg/status.d";
const apkInstalled = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const rpmFolders = ["var/lib/rpm/", "usr/lib/sysimage/rpm/"];
/** From the newest format to the oldest: one that was converted may have left its old file behind. */
const rpmDatabases = ["rpmdb.sqlite", "Packages.db", "Packages"].flatMap((name) =>
  rpmFolders.map((folder) => `${folder}${name}`),
);

const wanted = wantedFiles([...osRelease, dpkgStatus, ...apkInstalled, ...rpmDatabases], [dpkgFolder]);

interface Inventory {
  readonly release: Release;
  readonly packages: readonly InstalledPackage[];
}

/** What is installed, and in which release. Throws `UnreadableImage`. */
function inventoryOf(files: ImageFiles): Inventory {
  const text = (path: string): string | undefined => files.get(path)?.toString("utf8");
  const release = osRelease
    .map(text)
    .flatMap((each) => (each === undefined ? [] : (readOsRelease(each) ?? [])))[0];
  if (release === undefined) throw new UnreadableImage(unsupported);
  const databases = databasesOf[release.scheme](new Set(files.keys()));
  if (databases.length === 0) throw new UnreadableImage(unsupported);
  const packages = databases.flatMap((path) => {
    const bytes = files.get(path) ?? Buffer.alloc(0);
    if (release.scheme === "rpm") return readRpmDatabase(bytes);
    return release.scheme === "apk" ? readApkInstalled(bytes.toString()) : readDpkgStatus(bytes.toString());
  });
  return { release, packages };
}

/** Beside each package of status.d there may be a list of checksums. */
function isStatusPart(path: string): boolean {
  return path.startsWith(`${dpkgFolder}/`) && !path.endsWith(".md5sums");
}

/** The package databases among an image's files. */
const databasesOf: Readonly<Record<Release["scheme"], (files: ReadonlySet<string>) => readonly string[]>> = {
  dpkg: (files) => [...files].filter((path) => path === dpkgStatus || isStatusPart(path)),
  apk: (files) => apkInstalled.filter((path) => files.has(path)),
  rpm: (files) => rpmDatabases.filter((path) => files.has(path)).slice(0, 1),
};
