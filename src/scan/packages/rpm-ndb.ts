/** What a `Packages.db` of rpm's own format begins with. All of its numbers are little-endian. */
export const ndbMagic = Buffer.from("RpmP");

const pageSize = 4096;
const slotSize = 16;
const slotMagic = Buffer.from("Slot").readUInt32LE();
const blobMagic = Buffer.from("BlbS").readUInt32LE();
/** Of the file, in the place of the first two slots; and of a blob. */
const fileHeadSize = 32;
const blobHeadSize = 16;
/** Blobs begin at multiples of so many bytes. */
const blockSize = 16;

/**
 * The headers of a `Packages.db` (rpm, lib/backend/ndb/rpmpkg.c): pages of slots, each of which names a package and the
 * block where its header lies. Throws when it is damaged.
 */
export function* ndbHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.readUInt32LE(4) !== 0) throw new Error("its version is not known");
  const slotPages = bytes.readUInt32LE(12);
  let left = bytes.length;
  for (let at = fileHeadSize; at < slotPages * pageSize; at += slotSize) {
    if (bytes.readUInt32LE(at) !== slotMagic) throw new Error(`there is no slot at ${at}`);
    const packageIndex = bytes.readUInt32LE(at + 4);
    if (packageIndex === 0) continue;
    const blob = bytes.readUInt32LE(at + 8) * blockSize;
    if (bytes.readUInt32LE(blob) !== blobMagic || bytes.readUInt32LE(blob + 4) !== packageIndex) {
      throw new Error(`package ${packageIndex} is not where its slot says`);
    }
    const length = bytes.readUInt32LE(blob + 12);
    const begin = blob + blobHeadSize;
    // All headers together are smaller than the file, unless slots share them to make much work.
    left -= length;
    if (left < 0 || begin + length > bytes.length) throw new Error(`package ${packageIndex} is too large`);
    yield bytes.subarray(begin, begin + length);
  }
}
