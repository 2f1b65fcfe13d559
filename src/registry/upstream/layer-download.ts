import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { RunningHash } from "../../blobs/running-hash.ts";
import type { BlobStore, ByteRange } from "../../blobs/types.ts";
import type { Client } from "../../dispatch/context.ts";
import type { Digest } from "../../kernel/brand.ts";
import { algorithmOf } from "../../kernel/digest.ts";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import type { RepositoryKey } from "../../services/ecr/arn.ts";
import type { EcrDataPlane } from "../../services/ecr/data-plane.ts";
import { UpstreamFailure } from "../../services/ecr/pull-through/faults.ts";
import { GrowingLayer } from "./growing-layer.ts";
import type { Upstream, UpstreamBlob } from "./upstream.ts";

/** Bytes of the largest layer (ECR quotas, "Layer size": 52,000 MiB). */
const largestLayer = 52_000 * 1024 * 1024;
/** How often a download that broke off is taken up again without a byte of progress. */
const mostAttempts = 4;
/** How long to wait before that, in ms, doubled each time. */
const firstPause = 0.2 * second;

export interface DownloadOptions {
  readonly repository: RepositoryKey;
  readonly digest: Digest;
  /** Bytes, as a manifest says. */
  readonly size: number | undefined;
  readonly upstreamRepository: string;
  readonly upstream: Upstream;
  /** Calls as AWSServiceRoleForECRPullThroughCache. */
  readonly role: Client;
  readonly operations: Pick<
    EcrDataPlane,
    "statBlob" | "beginUpload" | "appendUpload" | "finishUpload" | "cancelUpload"
  >;
  /** The common store: where a repository keeps its own, the upload says so. */
  readonly blobs: Pick<BlobStore, "read" | "readPart">;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

/**
 * One layer on its way from upstream into a repository: fetched once, however many want it, and pushed as the
 * service-linked role by the calls of any push. Whoever asked for it may leave; it arrives all the same.
 */
export class LayerDownload {
  readonly #options: DownloadOptions;
  readonly #growing: GrowingLayer;
  #uploadId: string | undefined;
  #blobs: Pick<BlobStore, "read" | "readPart">;
  #size: number | undefined;
  #alreadyStored = false;
  #running: Promise<void> | undefined;
  readonly #answered: Promise<void>;
  #answer: () => void = () => {};
  /** Settles when the layer is stored, or with what kept it from arriving. Does not begin it. */
  readonly stored: Promise<void>;
  #settle: (running: Promise<void>) => void = () => {};

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#blobs = options.blobs;
    this.#size = options.size;
    this.#growing = new GrowingLayer((range) => this.#readStored(range));
    this.#answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.stored = new Promise((resolve) => {
      this.#settle = resolve;
    });
    // Whether anybody waits for it is nobody's duty.
    this.stored.catch(() => undefined);
  }

  get digest(): Digest {
    return this.#options.digest;
  }

  /** Bytes, once upstream has said. */
  get size(): number | undefined {
    return this.#size;
  }

  /** Whether it was in the repository already. */
  get alreadyStored(): boolean {
    return this.#alreadyStored;
  }

  /** Begins, once. Settles when the layer is stored, or with what kept it from arriving. */
  begin(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#run();
      this.#settle(this.#running);
    }
    return this.#running;
  }

  /** Begins, and settles as soon as upstream answers; what can be said by then is thrown before anybody reads. */
  async answered(): Promise<void> {
    await Promise.race([this.#answered, this.begin()]);
  }

  /** The bytes as they come. */
  read(range?: ByteRange): Readable {
    return this.#growing.read(range);
  }

  async #run(): Promise<void> {
    try {
      await this.#store();
      this.#growing.complete();
    } catch (error) {
      this.#growing.fail(error);
      throw error;
    }
  }

  async #store(): Promise<void> {
    const { operations, role, repository, digest } = this.#options;
    const target = { registryId: repository.account, repositoryName: repository.name };
    if (this.#options.signal.aborted) throw stopped();
    if (await this.#isStored(target)) return;
    const first = await this.#fetch(0);
    this.#size ??= first.size;
    const { uploadId, blobs } = await role.invoke(operations.beginUpload, target);
    this.#uploadId = uploadId;
    this.#blobs = blobs ?? this.#blobs;
    this.#answer();
    const upload = { ...target, uploadId };
    try {
      const body = Readable.from(this.#verified(first), { objectMode: false, highWaterMark: 1 << 20 });
      await role.invoke(operations.appendUpload, upload, { body });
      await role.invoke(operations.finishUpload, { ...upload, digest }, { body: Readable.from([]) });
    } catch (error) {
      first.bytes.destroy();
      await role.invoke(operations.cancelUpload, upload).catch(() => undefined);
      if (isFault(error, "DIGEST_INVALID")) throw new UpstreamFailure("UpstreamUnavailable", error);
      throw error;
    }
  }

  /** Another image of the repository, or another process, may have brought it. */
  async #isStored(target: { registryId: string; repositoryName: string }): Promise<boolean> {
    const { operations, role, digest } = this.#options;
    try {
      const { size } = await role.invoke(operations.statBlob, { ...target, digest });
      this.#size = size;
      this.#alreadyStored = true;
      this.#answer();
      return true;
    } catch (error) {
      if (isFault(error, "LayersNotFoundException")) return false;
      throw error;
    }
  }

  async #fetch(from: number): Promise<UpstreamBlob> {
    const { upstream, upstreamRepository, digest, signal, size } = this.#options;
    const answer = await upstream.blob(upstreamRepository, digest, from, signal);
    if (size !== undefined && answer.size !== undefined && answer.size !== size) {
      answer.bytes.destroy();
      throw new UpstreamFailure("UpstreamUnavailable", new Error(`${digest} has ${answer.size} bytes`));
    }
    return answer;
  }

  /**
   * Upstream's bytes, held against their digest as they pass. The upload's own hash says the same once it is synced and
   * linked; readers need not wait for the disk.
   */
  async *#verified(first: UpstreamBlob): AsyncGenerator<Buffer> {
    const { digest } = this.#options;
    const hash = new RunningHash(algorithmOf(digest));
    for await (const chunk of this.#bytes(first)) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest() !== digest) {
      throw new UpstreamFailure("UpstreamUnavailable", new Error(`other bytes than those of ${digest}`));
    }
    this.#growing.complete();
  }

  /** Upstream's bytes; a connection that breaks is taken up where it broke. */
  async *#bytes(first: UpstreamBlob): AsyncGenerator<Buffer> {
    const { signal } = this.#options;
    const limit = this.#size ?? largestLayer;
    let answer: UpstreamBlob | undefined = first;
    for (let attempt = 1; ; attempt++) {
      const before = this.#growing.received;
      try {
        answer ??= await this.#fetch(before);
        for await (const chunk of answer.bytes as AsyncIterable<Buffer>) {
          if (this.#growing.received + chunk.length > limit) {
            throw new UpstreamFailure("UpstreamUnavailable", new Error(`more than ${limit} bytes`));
          }
          this.#growing.append(chunk);
          yield chunk;
        }
        if (this.#size === undefined || this.#growing.received === this.#size) return;
        throw new Error(`upstream ended after ${this.#growing.received} of ${this.#size} bytes`);
      } catch (error) {
        if (!isTransient(error)) throw error;
        if (this.#growing.received > before) attempt = 0;
        if (attempt >= mostAttempts) throw new UpstreamFailure("UpstreamUnavailable", error);
        await wait(firstPause * 2 ** attempt, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) throw stopped();
      } finally {
        answer?.bytes.destroy();
      }
      answer = undefined;
    }
  }

  /** What the store has: of the upload while it arrives, of the blob afterwards. */
  async #readStored(range: ByteRange): Promise<Readable> {
    try {
      return await this.#blobs.readPart(this.#uploadId ?? "", range);
    } catch (error) {
      if (!isFault(error, "BLOB_UPLOAD_UNKNOWN")) throw error;
      return await this.#blobs.read(this.#options.digest, range);
    }
  }
}

function stopped(): UpstreamFailure {
  return new UpstreamFailure("UpstreamUnavailable", new Error("stopping"));
}

/** Whether trying again may help: a connection that broke, an upstream that is busy. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof UpstreamFailure)) return !isFault(error);
  return error.code === "UpstreamUnavailable" || error.code === "UpstreamTooManyRequests";
}
