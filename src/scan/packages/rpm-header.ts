import type { InstalledPackage } from "./installed.ts";

/** Of an rpm header (rpm, "Header format"): the tags that name a package. */
const tags = { name: 1000, version: 1001, release: 1002, epoch: 1003, source: 1044 } as const;
const stringType = 6;
const int32Type = 4;

/** Entries of the largest header that is read, and bytes of its data: rpm's own limits. */
const mostEntries = 65_535;
const mostData = 256 * 1024 * 1024;

/**
 * A package out of its header: two counts, an index of 16 byte entries, data. `undefined` for what is no package (a
 * key). Throws when the header is cut short or too large.
 */
export function readRpmHeader(blob: Buffer): InstalledPackage | undefined {
  const entries = blob.readUInt32BE(0);
  const dataLength = blob.readUInt32BE(4);
  if (entries > mostEntries || dataLength > mostData) throw new Error("a header is too large");
  const data = blob.subarray(8 + entries * 16);
  const values = new Map<number, string>();
  for (let i = 0; i < entries; i++) {
    const at = 8 + i * 16;
    const tag = blob.readUInt32BE(at);
    const type = blob.readUInt32BE(at + 4);
    const offset = blob.readUInt32BE(at + 8);
    if (type === stringType && offset < data.length) {
      const end = data.indexOf(0, offset);
      values.set(tag, data.toString("utf8", offset, end < 0 ? data.length : end));
    } else if (type === int32Type && offset + 4 <= data.length) {
      values.set(tag, String(data.readUInt32BE(offset)));
    }
  }
  const name = values.get(tags.name);
  const version = values.get(tags.version);
  if (name === undefined || version === undefined || name === "gpg-pubkey") return undefined;
  const evr = evrOf(values.get(tags.epoch), version, values.get(tags.release));
  const source = /^(.+)-([^-]+)-([^-]+)\.(?:no)?src\.rpm$/.exec(values.get(tags.source) ?? "");
  const [, sourceName = name, sourceVersion = version, sourceRelease = values.get(tags.release)] =
    source ?? [];
  return {
    name,
    version: evr,
    source: sourceName,
    sourceVersion: evrOf(values.get(tags.epoch), sourceVersion, sourceRelease),
  };
}

function evrOf(epoch: string | undefined, version: string, release: string | undefined): string {
  const prefix = epoch === undefined || epoch === "0" ? "" : `${epoch}:`;
  return `${prefix}${version}${release === undefined ? "" : `-${release}`}`;
}
