import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databasePath } from "./database-file.ts";
import {
  debian,
  dpkgPackage,
  layer,
  layerOf,
  rpmNdb,
  rpmSqlite,
  type TestEntry,
  tar,
} from "./image.testing.ts";
import { createImageScanner, type ScanReport } from "./image-scanner.ts";
import { importOsv } from "./import.ts";
import { defaultLimits, type ScanLimits } from "./limits.ts";
import { osvEntry } from "./osv.testing.ts";

type Stored = ReturnType<typeof layerOf>;

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scan-"));
  const entries = [
    osvEntry(
      "DEBIAN-CVE-2023-4911",
      "Debian:12",
      "glibc",
      [{ introduced: "0" }, { fixed: "2.36-9+deb12u3" }],
      {
        severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H" }],
        references: [{ type: "ADVISORY", url: "https://security.test/CVE-2023-4911" }],
      },
    ),
    osvEntry("DSA-5514-1", "Debian:12", "glibc", [{ introduced: "0" }, { fixed: "2.36-9+deb12u3" }], {
      upstream: ["CVE-2023-4911"],
    }),
    osvEntry("DEBIAN-CVE-2026-0002", "Debian:12", "zlib", [{ introduced: "0" }], {
      ecosystem_specific: { urgency: "unimportant" },
    }),
    osvEntry("ALPINE-CVE-2025-26519", "Alpine:v3.19", "musl", [{ introduced: "0" }, { fixed: "1.2.4-r5" }]),
    osvEntry(
      "ALSA-2026:0001",
      "AlmaLinux:9",
      "openssl-libs",
      [{ introduced: "0" }, { fixed: "1:3.0.7-25.el9" }],
      {
        related: ["CVE-2026-9999"],
        aliases: ["CVE-2026-9999"],
        database_specific: { severity: "IMPORTANT" },
      },
    ),
  ];
  const source = join(folder, "osv");
  mkdirSync(source);
  for (const [i, entry] of entries.entries()) writeFileSync(join(source, `${i}.json`), entry);
  await importOsv(databasePath(folder), [source], 1, () => undefined);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function scan(
  layers: readonly Stored[],
  limits?: ScanLimits,
  path = databasePath(folder),
): Promise<ScanReport> {
  const bytes = new Map(layers.map((each) => [each.digest, each.bytes]));
  const open = async (digest: Stored["digest"]) => Readable.from(pieces(bytes.get(digest)));
  return createImageScanner(path, limits).scan(layers, open);
}

/** As a store would hand them over: not all at once. */
function* pieces(bytes: Buffer = Buffer.alloc(0), size = 1000): Iterable<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** `CVE-… package version SEVERITY` of each finding, or how else the scan ended. */
async function found(...layers: readonly Stored[]): Promise<readonly string[] | string> {
  const report = await scan(layers);
  if (report.status !== "COMPLETE") return report.description;
  return report.findings.map(
    (each) => `${each.name} ${each.packageName} ${each.packageVersion} ${each.severity}`,
  );
}

const status = (...packages: readonly string[]): TestEntry => ({
  path: "./var/lib/dpkg/status",
  content: packages.join(""),
});
const oldGlibc = dpkgPackage("libc6", "2.36-9+deb12u1", "glibc");
const newGlibc = dpkgPackage("libc6", "2.36-9+deb12u3", "glibc");
/** A pax archive of an os-release and a dpkg status, made with tar and zstd. */
const zstdLayer = Buffer.from(
  "KLUv/QRobQcAwosoH3B5A/zf//+/WAuHFZoZh8uhJsEKJNQksmH9V0efsANWl1tjrwWJcBDDvgoYcn18y25X+Wwsw8pq34XX8zjZQe4qlT0yjPOu8hvvMj5tpNDE1r0kOdnx1okaxjgPj9wEtgauSIIqyrEsyDnstaWB8q0GUmyiKI7v/L0fhR7ijPxq0XQhwf++MLubqDnXkZO9rOetSN5ZF7mOr/F/Tj4xeMBDGiDgSogU6QHKhx7kbYPU8bCo/VEFCmBsNetGZ9LoP4DVZgje/asSJRDAqhDSbrs3wCbFLatYvT8/dcClW9Vw4z4EFMAumUod5kyHBA==",
  "base64",
);
const glibcFinding = "CVE-2023-4911 glibc 2.36-9+deb12u1 HIGH";

describe("what is found", () => {
  const alpine: TestEntry = { path: "etc/os-release", content: "ID=alpine\nVERSION_ID=3.19.1\n" };
  const alma: TestEntry = { path: "etc/os-release", content: 'ID="almalinux"\nVERSION_ID="9.3"\n' };
  const apk = "P:musl-utils\nV:1.2.4-r4\no:musl\n\nP:busybox\nV:1.36.1-r15\no:busybox\n\n";
  const openssl = { name: "openssl-libs", version: "3.0.7", release: "24.el9", epoch: 1 };
  const rows: readonly (readonly [string, readonly Stored[], readonly string[]])[] = [
    [
      "dpkg: by source package, once",
      [layer(debian, status(oldGlibc, dpkgPackage("libc-bin", "2.36-9+deb12u1", "glibc")))],
      [glibcFinding],
    ],
    ["dpkg: nothing in the fixed version", [layer(debian, status(newGlibc))], []],
    [
      "dpkg: the source's own version",
      [layer(debian, status(dpkgPackage("libc6", "9:1", "glibc (2.36-9+deb12u1)")))],
      [glibcFinding],
    ],
    [
      "dpkg: the gravest first",
      [layer(debian, status(dpkgPackage("zlib1g", "1:1.2", "zlib"), oldGlibc))],
      [glibcFinding, "CVE-2026-0002 zlib 1:1.2 INFORMATIONAL"],
    ],
    [
      "dpkg: nothing that was removed",
      [layer(debian, status(oldGlibc.replace("install ok installed", "deinstall ok config-files")))],
      [],
    ],
    [
      "distroless: status.d",
      [
        layer(
          { ...debian, path: "usr/lib/os-release" },
          { path: "./var/lib/dpkg/status.d/libc6", content: oldGlibc.replace(/Status.*\n/, "") },
          { path: "./var/lib/dpkg/status.d/libc6.md5sums", content: "x" },
        ),
      ],
      [glibcFinding],
    ],
    [
      "apk: by origin",
      [layer(alpine, { path: "lib/apk/db/installed", content: apk })],
      ["CVE-2025-26519 musl 1.2.4-r4 UNDEFINED"],
    ],
    [
      "rpm: with its epoch",
      [layer(alma, { path: "var/lib/rpm/rpmdb.sqlite", content: rpmSqlite(openssl) })],
      ["CVE-2026-9999 openssl-libs 1:3.0.7-24.el9 HIGH"],
    ],
    [
      "rpm: of rpm's own format, which is newer than what else is there",
      [
        layer(
          alma,
          { path: "usr/lib/sysimage/rpm/Packages.db", content: rpmNdb(openssl) },
          { path: "var/lib/rpm/Packages", content: "left behind" },
        ),
      ],
      ["CVE-2026-9999 openssl-libs 1:3.0.7-24.el9 HIGH"],
    ],
    [
      "rpm: nothing in the fixed release",
      [
        layer(alma, {
          path: "usr/lib/sysimage/rpm/rpmdb.sqlite",
          content: rpmSqlite({ ...openssl, release: "25.el9" }),
        }),
      ],
      [],
    ],
    ["an upper layer's database", [layer(debian, status(oldGlibc)), layer(status(newGlibc))], []],
    [
      "a lower layer's, when the upper has others",
      [layer(debian, status(oldGlibc)), layer({ path: "app", content: "x" })],
      [glibcFinding],
    ],
    [
      "what the same layer removes below stays its own",
      [layer(debian, status(newGlibc)), layer({ path: "var/lib/dpkg/.wh..wh..opq" }, status(oldGlibc))],
      [glibcFinding],
    ],
    ["a zstd layer with extended headers", [layerOf(zstdLayer)], [glibcFinding]],
    ["a layer that is not compressed", [layerOf(tar(debian, status(oldGlibc)))], [glibcFinding]],
    [
      "a file of which the layer has two",
      [layer(debian, status(newGlibc), status(oldGlibc))],
      [glibcFinding],
    ],
  ];
  test.each(rows)("%s", async (_name, layers, findings) => {
    expect(await found(...layers)).toEqual(findings);
  });

  test("a finding says what the data says", async () => {
    expect(await scan([layer(debian, status(oldGlibc))])).toEqual({
      status: "COMPLETE",
      sourceUpdatedAt: Date.parse("2026-05-01T00:00:00Z"),
      findings: [
        {
          name: "CVE-2023-4911",
          severity: "HIGH",
          description: "What DEBIAN-CVE-2023-4911 is about.",
          uri: "https://security.test/CVE-2023-4911",
          packageName: "glibc",
          packageVersion: "2.36-9+deb12u1",
          cvss: { vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", score: 7.8 },
        },
      ],
    });
  });
});

describe("what cannot be scanned says why", () => {
  const unsupported = "UnsupportedImageError: The operating system and/or package manager are not supported.";
  const rhel: TestEntry = { path: "etc/os-release", content: 'ID="rhel"\nVERSION_ID="8.4"\n' };
  test.each([
    ["no layer", [], unsupported],
    ["no operating system", [layer({ path: "app", content: "x" })], unsupported],
    ["one that no data speaks of", [layer({ path: "etc/os-release", content: "ID=gentoo\n" })], unsupported],
    ["no packages", [layer(debian)], unsupported],
    [
      "a whiteout over the packages",
      [layer(debian, status(oldGlibc)), layer({ path: "var/lib/dpkg/.wh.status" })],
      unsupported,
    ],
    [
      "a whiteout over a folder above",
      [layer(debian, status(oldGlibc)), layer({ path: "var/.wh.lib" })],
      unsupported,
    ],
    [
      "an opaque folder",
      [layer(debian, status(oldGlibc)), layer({ path: "var/lib/.wh..wh..opq" })],
      unsupported,
    ],
    [
      "a link in the place of a folder",
      [layer(debian, status(oldGlibc)), layer({ path: "var/lib", type: "2", link: "/elsewhere" })],
      unsupported,
    ],
    [
      "an rpm database of no known format",
      [layer(rhel, { path: "var/lib/rpm/Packages", content: "x" })],
      "The rpm database cannot be read: its format is not known.",
    ],
    [
      "an rpm database that is none",
      [layer(rhel, { path: "var/lib/rpm/rpmdb.sqlite", content: "SQLite format 3\0 no" })],
      "The rpm database cannot be read",
    ],
  ])("%s", async (_name, layers, words) => {
    const report = await scan(layers);
    expect(report).toMatchObject({ status: "FAILED", description: expect.stringContaining(words) });
  });

  test.each([
    [
      "no data is installed",
      layer(debian, status(oldGlibc)),
      "/nowhere/at/all.sqlite",
      "No vulnerability data is installed",
    ],
    [
      "the data does not speak of the release",
      layer({ ...debian, content: "ID=debian\nVERSION_ID=11\n" }, status(oldGlibc)),
      undefined,
      "does not speak of Debian:11",
    ],
  ])("%s", async (_name, stored, path, words) => {
    const report = await scan([stored], undefined, path);
    expect(report).toMatchObject({
      status: "FINDINGS_UNAVAILABLE",
      description: expect.stringContaining(words),
    });
  });
});

describe("hostile layers end a scan, and nothing else", () => {
  const image = tar(debian, status(oldGlibc));
  const small: ScanLimits = {
    ...defaultLimits,
    expanded: 1e7,
    freely: 1e6,
    ratio: 50,
    entries: 1000,
    file: 1e5,
    kept: 3e5,
  };
  const zeros = (size: number) => Buffer.alloc(size);
  const rawHeader = (change: (header: Buffer) => void): Buffer => {
    const header = Buffer.from(image.subarray(0, 512));
    change(header);
    return header;
  };
  const pax = (text: string): Buffer => tar({ path: "pax", type: "x", content: text }, debian);
  test.each([
    [
      "a gzip bomb",
      gzipSync(Buffer.concat([tar({ path: "zeros", content: zeros(2e6) })])),
      "unpack to more than",
    ],
    [
      "a file as large as it can say",
      tar({ path: "huge", size: 0o77777777777 }),
      "ends in the middle of an entry",
    ],
    [
      "a package database that is too large",
      tar(debian, { path: "var/lib/dpkg/status", content: zeros(2e5) }),
      "larger than 100000 bytes",
    ],
    [
      "too many package databases",
      tar(debian, ...Array.from({ length: 400 }, (_, i) => ({ path: `var/lib/dpkg/status.d/${i}` }))),
      "larger than 100000 bytes",
    ],
    [
      "too many entries",
      tar(...Array.from({ length: 1001 }, (_, i) => ({ path: `${i}` }))),
      "more than 1000 entries",
    ],
    ["a truncated gzip", gzipSync(image).subarray(0, -20), "not whole gzip data"],
    ["a truncated tar", image.subarray(0, 700), "ends in the middle of an entry"],
    [
      "a gzip that is spoilt",
      Buffer.concat([gzipSync(image).subarray(0, 60), Buffer.from("spoilt spoilt spoilt")]),
      "not whole gzip data",
    ],
    ["zstd that is none", Buffer.from("28b52ffdffffffffffffffffffffffffff", "hex"), "not whole zstd data"],
    ["a wrong checksum", rawHeader((header) => header.write("XX", 0)), "checksum is wrong"],
    ["random bytes", Buffer.from("no tar, no gzip, nothing. ".repeat(50)), "checksum is wrong"],
    ["a zip", Buffer.from("PK\u0003\u0004".padEnd(600, "x")), "checksum is wrong"],
    ["a gzip in a gzip", gzipSync(gzipSync(image)), "no whole tar archive"],
    [
      "a path too long to be one",
      tar({ path: "name", type: "L", size: 2_000_000 }),
      "description of an entry is too long",
    ],
    ["extended headers without end", pax("999999 path=x\n"), "extended header cannot be read"],
    ["an extended header of no length", pax("0 path=x\n"), "extended header cannot be read"],
    ["a size that is no number", pax("12 size=-99\n"), "size cannot be"],
  ])("%s", async (_name, bytes, words) => {
    const report = await scan([layerOf(bytes)], small);
    expect(report).toMatchObject({ status: "FAILED", description: expect.stringContaining(words) });
  });

  test.each([
    ["paths that leave the image", { path: "../../var/lib/dpkg/status", content: newGlibc }],
    ["absolute paths with dots", { path: "/var/lib/dpkg/x/../status", content: newGlibc }],
    ["a link to the database's place", { path: "etc/passwd", type: "2", link: "/var/lib/dpkg/status" }],
    ["a hard link out of the image", { path: "app", type: "1", link: "../../../etc/passwd" }],
    ["a device", { path: "dev/sda", type: "4" }],
  ])("%s change nothing", async (_name, entry) => {
    expect(await found(layer(debian, status(oldGlibc)), layer(entry))).toEqual([glibcFinding]);
  });

  test("an endless layer is given up, and closed", async () => {
    let closed = false;
    const endless = new Readable({
      read() {
        this.push(Buffer.concat([tar({ path: "more", content: Buffer.alloc(51_200) }).subarray(0, -1024)]));
      },
      destroy(_error, done) {
        closed = true;
        done(null);
      },
    });
    const report = await createImageScanner(databasePath(folder), small).scan(
      [layerOf(image)],
      async () => endless,
    );
    expect(report).toMatchObject({
      status: "FAILED",
      description: expect.stringContaining("unpack to more than"),
    });
    expect(closed).toBe(true);
  });

  test("an error of the store is the caller's to hear", async () => {
    const broken = async () => {
      throw new Error("disk away");
    };
    await expect(createImageScanner(databasePath(folder)).scan([layerOf(image)], broken)).rejects.toThrow(
      "disk away",
    );
  });
});
