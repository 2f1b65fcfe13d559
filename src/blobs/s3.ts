import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import type { Digest } from "../kernel/brand.ts";
import { algorithmOf, type DigestAlgorithm } from "../kernel/digest.ts";
import { blobUnknown, digestInvalid, rangeInvalid, uploadBusy, uploadUnknown } from "./faults.ts";
import { Keystream, newSalt, type VaultKeys } from "./keystream.ts";
import { blobPath, digestOfName, folders, isUploadId, uploadPath, vaultPath } from "./paths.ts";
import { inPieces, mergePieces, type Piece, type Source, sendEach } from "./pieces.ts";
import { presignGet } from "./presign.ts";
import { RunningHash, RunningHashes } from "./running-hash.ts";
import type { BlobPlace, BlobStorage, BlobStore, ByteRange, StoredBlob } from "./types.ts";

/**
 * Bytes of a piece: what is held in memory, thrice at most, while a stream comes in. S3 allows 10,000 parts, so an upload may
 * have 156 GiB (Amazon S3 User Guide, "Amazon S3 multipart upload limits").
 */
const pieceSize = 16 << 20;
/** How many objects one DeleteObjects call may name. */
const deletedAtOnce = 1000;
/** How long the deletion of a blob may take, with all attempts, in ms: one that came late could meet a new blob. */
const deleteWithin = 20_000;
/** For how long a URL of a blob may be used, in seconds: a download that has begun goes on. */
const placeLifetime = 20 * 60;
/** How many parts are copied at once. */
const copiesAtOnce = 4;

/**
 * Blobs in an S3 bucket. Uploads keep no state but their objects, so any process may go on with one that another began.
 * The key needs `s3:ListBucket` (else S3 answers 403 for what is not there) besides `Get-`, `Put-`, `DeleteObject` and
 * `AbortMultipartUpload`. A crash may leave pieces under `uploads/` and unended multipart uploads: let the bucket's
 * lifecycle rules remove both after some days.
 * @param url `s3://<bucket>/<prefix>`; a user and password in it are the access key, which otherwise comes from where
 * the AWS SDK looks; parameters `endpoint` (a server other than AWS, addressed by path) and `region`.
 */
export async function openS3(url: URL): Promise<BlobStorage> {
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  const client = new S3Client({
    endpoint,
    forcePathStyle: endpoint !== undefined,
    region: url.searchParams.get("region") ?? undefined,
    credentials: url.username === "" ? undefined : keyOf(url),
    // Servers other than AWS know neither the newer checksums nor their trailers; digests are verified here anyway.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
  return new S3Storage(client, url.hostname, prefix === "" ? "" : `${prefix}/`);
}

/** The metadata of an encrypted blob and of the mark of an upload: the salt of its keys, in base64. */
const saltName = "roadstead-salt";

/** What this process knows of the objects, of all vaults together: ids tell uploads apart. */
class Knowledge {
  readonly hashes = new RunningHashes();
  /** Uploads that a request of this process is writing or ending. */
  readonly busy = new Set<string>();
}

class S3Blobs implements BlobStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #known: Knowledge;
  readonly #keys: VaultKeys | "locked" | undefined;

  constructor(
    client: S3Client,
    bucket: string,
    prefix: string,
    known: Knowledge,
    keys?: VaultKeys | "locked",
  ) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#known = known;
    this.#keys = keys;
  }

  async put(bytes: Readable, expected?: Digest): Promise<StoredBlob> {
    const id = randomUUID();
    const hash = new RunningHash(expected && algorithmOf(expected));
    const salt = this.#newSalt();
    const keystream = this.#keystream(salt, 0);
    const pieces: Piece[] = [];
    let small: Buffer | undefined;
    try {
      await sendEach(inPieces(bytes, pieceSize, hash), async (body) => {
        keystream?.applyInPlace(body);
        // A stream that fits in one piece is stored at once under its name.
        if (pieces.length === 0 && body.length < pieceSize) small = body;
        else pieces.push(await this.#putPiece(id, sizeOf(pieces), body));
      });
      const digest = hash.digest();
      checkDigest(digest, expected);
      if (pieces.length === 0) return await this.#putBlob(small ?? Buffer.alloc(0), digest, salt);
      return await this.#compose(pieces, { digest, size: hash.size }, salt);
    } finally {
      if (pieces.length > 0) await this.cancel(id);
    }
  }

  async begin(id: string): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        ...this.#at(begunPath(id)),
        Body: Buffer.alloc(0),
        IfNoneMatch: "*",
        Metadata: metadataOf(this.#newSalt()),
      }),
    );
  }

  append(id: string, offset: number, bytes: Readable): Promise<number> {
    return this.#withUpload(id, async (pieces) => {
      const size = sizeOf(pieces);
      if (offset !== size) throw rangeInvalid(size);
      const hash = this.#known.hashes.get(id, size);
      const keystream = this.#keystream(await this.#saltOf(id), size);
      let received = size;
      try {
        await sendEach(inPieces(bytes, pieceSize, hash), async (body) => {
          keystream?.applyInPlace(body);
          await this.#putPiece(id, received, body);
          received += body.length;
        });
      } finally {
        if (hash?.size === received) this.#known.hashes.keep(id, hash);
      }
      // Somebody may have cancelled it meanwhile: then nothing may stay behind.
      if (!(await this.#exists(begunPath(id)))) {
        await this.cancel(id);
        throw uploadUnknown(id);
      }
      return received;
    });
  }

  async received(id: string): Promise<number | undefined> {
    const pieces = await this.#pieces(id);
    return pieces === undefined ? undefined : sizeOf(pieces);
  }

  async readPart(id: string, range: ByteRange): Promise<Readable> {
    const pieces = await this.#pieces(id);
    if (pieces === undefined) throw uploadUnknown(id);
    const keystream = this.#keystream(await this.#saltOf(id), range.first);
    const stored = Readable.from(this.#partOf(pieces, range), { objectMode: false });
    return keystream?.through(stored) ?? stored;
  }

  finish(id: string, expected: Digest): Promise<StoredBlob> {
    return this.#withUpload(id, async (pieces) => {
      const size = sizeOf(pieces);
      const salt = await this.#saltOf(id);
      const algorithm = algorithmOf(expected);
      const hash =
        this.#known.hashes.get(id, size, algorithm) ?? (await this.#hashPieces(pieces, salt, algorithm));
      this.#known.hashes.keep(id, hash);
      checkDigest(hash.digest(), expected);
      const blob =
        pieces.length === 0
          ? await this.#putBlob(Buffer.alloc(0), expected, salt)
          : await this.#compose(pieces, { digest: expected, size }, salt);
      await this.cancel(id);
      return blob;
    });
  }

  async cancel(id: string): Promise<void> {
    this.#known.hashes.forget(id);
    await this.deleteAll(`${uploadPath(id)}/`);
  }

  async size(digest: Digest): Promise<number | undefined> {
    const found = await unlessAbsent(this.#client.send(new HeadObjectCommand(this.#at(blobPath(digest)))));
    return found === undefined ? undefined : (found.ContentLength ?? 0);
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    const found = await this.#getObject(blobPath(digest), range);
    if (found === undefined) throw blobUnknown(digest);
    const keystream = this.#keystream(found.salt, range?.first ?? 0);
    return keystream?.through(found.bytes) ?? found.bytes;
  }

  async place(digest: Digest): Promise<BlobPlace | undefined> {
    if (this.#keys !== undefined || (await this.size(digest)) === undefined) return undefined;
    const { region, credentials } = this.#client.config;
    const signed = presignGet(await this.#urlOf(blobPath(digest)), {
      key: await credentials(),
      region: await region(),
      // S3 judges it by the time of day, whatever a moved clock says.
      now: Date.now(),
      expiresIn: placeLifetime,
    });
    return { url: signed.href };
  }

  async delete(digest: Digest): Promise<void> {
    const abortSignal = AbortSignal.timeout(deleteWithin);
    await this.#client.send(new DeleteObjectCommand(this.#at(blobPath(digest))), { abortSignal });
  }

  async *list(): AsyncIterable<StoredBlob & { readonly storedAt: number }> {
    for await (const { path, size, storedAt } of this.#objects(`${folders.blobs}/`)) {
      const digest = digestOfName(path.slice(path.lastIndexOf("/") + 1));
      if (digest !== undefined) yield { digest, size, storedAt };
    }
  }

  async *uploads(): AsyncIterable<{ readonly id: string; readonly changedAt: number }> {
    // The objects of an upload come together, in the order of their names.
    let upload: { id: string; changedAt: number } | undefined;
    for await (const { path, storedAt } of this.#objects(`${folders.uploads}/`)) {
      const id = path.split("/")[1] ?? "";
      if (!isUploadId(id)) continue;
      if (upload?.id === id) {
        upload.changedAt = Math.max(upload.changedAt, storedAt);
        continue;
      }
      if (upload !== undefined) yield upload;
      upload = { id, changedAt: storedAt };
    }
    if (upload !== undefined) yield upload;
  }

  async clear(): Promise<void> {
    this.#known.hashes.clear();
    await this.deleteAll(`${folders.uploads}/`);
    await this.deleteAll(`${folders.blobs}/`);
  }

  async close(): Promise<void> {
    this.#known.hashes.clear();
    this.#client.destroy();
  }

  /** Gives an upload to one request of this process at a time; among processes the pieces' names do. */
  async #withUpload<T>(id: string, work: (pieces: readonly Piece[]) => Promise<T>): Promise<T> {
    if (this.#known.busy.has(id)) throw uploadBusy((await this.received(id)) ?? 0);
    this.#known.busy.add(id);
    try {
      const pieces = await this.#pieces(id);
      if (pieces === undefined) throw uploadUnknown(id);
      return await work(pieces);
    } finally {
      this.#known.busy.delete(id);
    }
  }

  /** The pieces of an upload in order, or `undefined` when it was not begun. */
  async #pieces(id: string): Promise<readonly Piece[] | undefined> {
    let begun = false;
    const pieces: Piece[] = [];
    for await (const { path, size } of this.#objects(`${uploadPath(id)}/`)) {
      if (path === begunPath(id)) begun = true;
      else pieces.push({ path, size });
    }
    return begun ? pieces : undefined;
  }

  /** INVARIANT: of two requests for one offset, on whatever nodes, one makes the piece and the other is refused. */
  async #putPiece(id: string, offset: number, body: Buffer): Promise<Piece> {
    const path = piecePath(id, offset);
    try {
      await this.#client.send(new PutObjectCommand({ ...this.#at(path), Body: body, IfNoneMatch: "*" }));
    } catch (error) {
      if (statusOf(error) === 412 || statusOf(error) === 409) throw uploadBusy(offset);
      throw error;
    }
    return { path, size: body.length };
  }

  /**
   * Stores a small blob. Not conditional: a blob that was there is replaced by itself, which renews the time the
   * collector goes by.
   */
  async #putBlob(body: Buffer, digest: Digest, salt: Buffer | undefined): Promise<StoredBlob> {
    const object = { ...this.#at(blobPath(digest)), Metadata: metadataOf(salt) };
    await this.#client.send(new PutObjectCommand({ ...object, Body: body }));
    return { digest, size: body.length };
  }

  /** Makes a blob of verified pieces, inside S3 where they are large enough. It is visible whole or not at all. */
  async #compose(pieces: readonly Piece[], blob: StoredBlob, salt: Buffer | undefined): Promise<StoredBlob> {
    const target = this.#at(blobPath(blob.digest));
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...target, Metadata: metadataOf(salt) }),
    );
    try {
      const sources = mergePieces(pieces);
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let first = 0; first < sources.length; first += copiesAtOnce) {
        const some = sources.slice(first, first + copiesAtOnce).map(async (source, index) => {
          const PartNumber = first + index + 1;
          return { PartNumber, ETag: await this.#part({ ...target, UploadId, PartNumber }, source) };
        });
        parts.push(...(await Promise.all(some)));
      }
      await this.#client.send(
        new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: parts } }),
      );
      return blob;
    } catch (error) {
      await this.#client
        .send(new AbortMultipartUploadCommand({ ...target, UploadId }))
        .catch(() => undefined);
      throw error;
    }
  }

  /** Makes one part, by a copy or of several small pieces that are read and sent again; returns its ETag. */
  async #part(
    part: { Bucket: string; Key: string; UploadId: string | undefined; PartNumber: number },
    source: Source,
  ): Promise<string | undefined> {
    const [only] = source;
    if (only !== undefined && source.length === 1) {
      const copied = await this.#client.send(
        new UploadPartCopyCommand({ ...part, CopySource: this.#copySource(only.path) }),
      );
      return copied.CopyPartResult?.ETag;
    }
    const chunks: Buffer[] = [];
    for (const { path } of source) {
      for await (const chunk of (await this.#get(path)) ?? []) chunks.push(chunk);
    }
    return (await this.#client.send(new UploadPartCommand({ ...part, Body: Buffer.concat(chunks) }))).ETag;
  }

  /** The bytes of a range that the pieces, in order, hold. */
  async *#partOf(pieces: readonly Piece[], { first, last }: ByteRange): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const { path, size } of pieces) {
      const part = { first: Math.max(0, first - offset), last: Math.min(size - 1, last - offset) };
      offset += size;
      if (part.first <= part.last) yield* (await this.#get(path, part)) ?? [];
    }
  }

  async #hashPieces(
    pieces: readonly Piece[],
    salt: Buffer | undefined,
    algorithm: DigestAlgorithm,
  ): Promise<RunningHash> {
    const hash = new RunningHash(algorithm);
    const keystream = this.#keystream(salt, 0);
    for (const { path } of pieces) {
      for await (const chunk of (await this.#get(path)) ?? []) {
        keystream?.applyInPlace(chunk);
        hash.update(chunk);
      }
    }
    return hash;
  }

  #newSalt(): Buffer | undefined {
    return this.#keys === undefined ? undefined : newSalt();
  }

  /** The salt of an upload's keys. */
  async #saltOf(id: string): Promise<Buffer | undefined> {
    if (this.#keys === undefined) return undefined;
    const begun = await unlessAbsent(this.#client.send(new HeadObjectCommand(this.#at(begunPath(id)))));
    if (begun === undefined) throw uploadUnknown(id);
    return saltIn(begun.Metadata);
  }

  /** The keystream from an offset on; `undefined` where bytes are in the open. */
  #keystream(salt: Buffer | undefined, offset: number): Keystream | undefined {
    if (this.#keys === undefined) return undefined;
    if (this.#keys === "locked") throw new Error("the vault is locked");
    if (salt === undefined) throw new Error("the object of an encrypted blob has no salt");
    return new Keystream(this.#keys, salt, offset);
  }

  async #get(path: string, range?: ByteRange): Promise<Readable | undefined> {
    return (await this.#getObject(path, range))?.bytes;
  }

  async #getObject(
    path: string,
    range: ByteRange | undefined,
  ): Promise<{ readonly bytes: Readable; readonly salt: Buffer | undefined } | undefined> {
    const Range = range === undefined ? undefined : `bytes=${range.first}-${range.last}`;
    const found = await unlessAbsent(this.#client.send(new GetObjectCommand({ ...this.#at(path), Range })));
    if (found === undefined) return undefined;
    if (!(found.Body instanceof Readable)) throw new TypeError("S3 answered without a stream");
    return { bytes: found.Body, salt: saltIn(found.Metadata) };
  }

  async #exists(path: string): Promise<boolean> {
    return (await unlessAbsent(this.#client.send(new HeadObjectCommand(this.#at(path))))) !== undefined;
  }

  async *#objects(path: string): AsyncIterable<Piece & { readonly storedAt: number }> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix + path, ContinuationToken }),
      );
      for (const { Key = "", Size = 0, LastModified } of page.Contents ?? []) {
        yield { path: Key.slice(this.#prefix.length), size: Size, storedAt: LastModified?.getTime() ?? 0 };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  /** Removes everything whose path begins so. */
  protected async deleteAll(path: string): Promise<void> {
    const keys: { Key: string }[] = [];
    for await (const object of this.#objects(path)) keys.push({ Key: this.#prefix + object.path });
    for (let first = 0; first < keys.length; first += deletedAtOnce) {
      const Objects = keys.slice(first, first + deletedAtOnce);
      await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      );
    }
  }

  #at(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + path };
  }

  #copySource(path: string): string {
    return `${this.#bucket}/${this.#escapedKey(path)}`;
  }

  #escapedKey(path: string): string {
    return (this.#prefix + path).split("/").map(encodeURIComponent).join("/");
  }

  /** An object's own URL: by path at a server other than AWS, by the bucket's host name there. */
  async #urlOf(path: string): Promise<URL> {
    const { endpoint, region } = this.#client.config;
    if (endpoint === undefined) {
      return new URL(`https://${this.#bucket}.s3.${await region()}.amazonaws.com/${this.#escapedKey(path)}`);
    }
    const { protocol, hostname, port, path: base } = await endpoint();
    const origin = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
    return new URL(`${origin}${base.replace(/\/$/, "")}/${this.#copySource(path)}`);
  }
}

class S3Storage extends S3Blobs implements BlobStorage {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #known: Knowledge;

  constructor(client: S3Client, bucket: string, prefix: string) {
    const known = new Knowledge();
    super(client, bucket, prefix, known);
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#known = known;
  }

  vault(name: string, keys: VaultKeys | "locked"): BlobStore {
    const prefix = `${this.#prefix}${vaultPath(name)}/`;
    return new S3Blobs(this.#client, this.#bucket, prefix, this.#known, keys);
  }

  removeVault(name: string): Promise<void> {
    return this.deleteAll(`${vaultPath(name)}/`);
  }

  override async clear(): Promise<void> {
    await super.clear();
    await this.deleteAll(`${folders.vaults}/`);
  }
}

/** Its name sorts after those of the pieces, which are digits. */
function begunPath(id: string): string {
  return `${uploadPath(id)}/begun`;
}

/** Sixteen digits, so that the order of names is that of offsets. */
function piecePath(id: string, offset: number): string {
  return `${uploadPath(id)}/${String(offset).padStart(16, "0")}`;
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { size }) => sum + size, 0);
}

function metadataOf(salt: Buffer | undefined): Record<string, string> | undefined {
  return salt && { [saltName]: salt.toString("base64") };
}

function saltIn(metadata: Readonly<Record<string, string>> | undefined): Buffer | undefined {
  const salt = metadata?.[saltName];
  return salt === undefined ? undefined : Buffer.from(salt, "base64");
}

function checkDigest(actual: Digest, expected: Digest | undefined): void {
  if (expected !== undefined && actual !== expected) throw digestInvalid(expected, actual);
}

function keyOf(url: URL): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) };
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
