import { createHash, randomBytes } from "node:crypto";

/** Bytes of a piece in which blobs are made and sent. */
const pieceSize = 1 << 20;
const filling = randomBytes(pieceSize - 64);

/** A blob that no other is like, known by its name; its bytes are made while they are sent. */
export interface Content {
  readonly name: string;
  /** Bytes; a whole number of MiB. */
  readonly size: number;
}

/** The bytes of a blob, a MiB at a time. Each piece begins with bytes of its own. */
export function* piecesOf(content: Content): Generator<readonly [own: Buffer, rest: Buffer]> {
  for (let at = 0; at < content.size; at += pieceSize) {
    yield [Buffer.from(`${content.name} ${at}`.padEnd(64)), filling];
  }
}

/** The digest of a blob, as this process makes it. */
export function digestOf(content: Content): string {
  const hash = createHash("sha256");
  for (const [own, rest] of piecesOf(content)) hash.update(own).update(rest);
  return `sha256:${hash.digest("hex")}`;
}
