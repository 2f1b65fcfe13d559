import type { BlobStorage, BlobStore } from "../../../blobs/types.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { uploadsWithoutRow } from "../collection/garbage.ts";
import { unlinkedAmong } from "../collection/removals.ts";
import type { Vault } from "../encryption/vault.ts";
import { columnsOf, type Repository, repositoryFrom } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";
import { type Leftovers, type Problem, problemLine, type Verification } from "./report.ts";
import { checkRows, placeOf, type RowCheck, withoutRepository } from "./rows.ts";
import { type HashedLayer, type HashLayer, hashBytes, type LayerName } from "./vault-layers.ts";

/** Repositories, or links, read at once. */
const page = 200;
/** Problems that a report lists: a lost disk is told as well with a thousand as with a million. */
const mostProblems = 1000;

export interface VerifyOptions {
  readonly rows: Rows;
  readonly storage: BlobStorage;
  /** Only the repositories of that name, in whatever registry, and their layers. */
  readonly repositoryName?: string;
  /**
   * Reads what lies under KMS keys, whose data keys only a Roadstead that serves can ask for. Its faults are reasons why
   * a layer was not read.
   */
  readonly hashLayer: HashLayer;
  /** Hears of each blob that was read. */
  readonly onBlob?: (blobs: number, bytes: number) => void;
}

/** Blobs under KMS keys that were looked at, and among them those that were not read, by the reason. */
interface Encrypted {
  blobs: number;
  readonly unread: Map<string, number>;
}

/**
 * Reads everything that a registry keeps: hashes every blob and manifest, and holds rows, references, links and bytes
 * against each other. May run while the registry serves: what looks wrong is looked at again, and told when it still
 * is. Changes nothing. In memory are a page of rows and a piece of a blob, whatever there is.
 */
export async function verifyRegistry(options: VerifyOptions): Promise<Verification> {
  return await new Verifier(options).verify();
}

class Verifier {
  readonly #options: VerifyOptions;
  readonly #problems: Problem[] = [];
  #more = false;
  #repositories = 0;
  #images = 0;
  #links = 0;
  #blobs = 0;
  #bytes = 0;
  #encryptedBlobs = 0;
  /** Blobs that were not read, by the reason. */
  readonly #unread = new Map<string, number>();
  #leftovers: Leftovers = { links: 0, blobs: 0, bytes: 0, uploads: 0 };

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  async verify(): Promise<Verification> {
    const { rows, storage, repositoryName } = this.#options;
    for await (const repository of repositories(rows, repositoryName)) {
      this.#repositories += 1;
      await this.#checkRepository(repository);
    }
    if (repositoryName === undefined) {
      await this.#confirmed(() => withoutRepository(rows));
      await this.#checkStore(storage);
    }
    return {
      repositories: this.#repositories,
      images: this.#images,
      links: this.#links,
      blobs: this.#blobs,
      bytes: this.#bytes,
      encryptedBlobs: this.#encryptedBlobs,
      unread: [...this.#unread].map(([why, blobs]) => ({ why, blobs })),
      problems: this.#problems,
      more: this.#more,
      leftovers: this.#leftovers,
    };
  }

  async #checkRepository(repository: Repository): Promise<void> {
    let last: RowCheck | undefined;
    await this.#confirmed(async () => {
      last = await checkRows(this.#options.rows, repository);
      return last.problems;
    });
    this.#images += last?.images ?? 0;
    this.#links += last?.links ?? 0;
    this.#leave({ links: last?.unusedLinks ?? 0 });
    for await (const digests of linkPages(this.#options.rows, repository)) {
      let encrypted: Encrypted = { blobs: 0, unread: new Map() };
      await this.#confirmed(() => {
        encrypted = { blobs: 0, unread: new Map() };
        return this.#checkLinks(repository, digests, encrypted);
      });
      this.#encryptedBlobs += encrypted.blobs;
      for (const [why, blobs] of encrypted.unread) {
        this.#unread.set(why, (this.#unread.get(why) ?? 0) + blobs);
      }
    }
  }

  /** Whether what a repository links is there, as large as the link says; of one repository alone also its bytes. */
  async #checkLinks(
    repository: Repository,
    digests: readonly string[],
    encrypted: Encrypted,
  ): Promise<readonly Problem[]> {
    const { rows, storage, repositoryName } = this.#options;
    const { vault } = repository.encryption;
    const store = vault === undefined ? storage : storage.vault(vault.name, "locked");
    const links = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_layer_link")
      .select(["digest", "size"])
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", digests)
      .execute();
    const problems: Problem[] = [];
    for (const { digest, size } of links) {
      const tell = (kind: Problem["kind"], detail: string) =>
        problems.push({ kind, repository: placeOf(repository), subject: digest, detail });
      const stored = await store.size(digest as Digest);
      if (stored === undefined) tell("blob-missing", `linked with ${size} bytes, and not in the store`);
      else if (stored !== size) tell("blob-size", `linked with ${size} bytes, and ${stored} are there`);
      if (stored === undefined) continue;
      if (vault === undefined && repositoryName === undefined) continue;
      const damage =
        vault === undefined
          ? await this.#hash(storage, digest as Digest)
          : await this.#hashEncrypted(layerOf(repository, vault, digest as Digest), encrypted);
      if (damage !== undefined) tell("blob-damaged", damage);
    }
    return problems;
  }

  /** Reads every blob of the common store, and counts what nothing names. */
  async #checkStore(storage: BlobStorage): Promise<void> {
    let some: { readonly digest: Digest; readonly size: number }[] = [];
    const settle = async () => {
      const unlinked = new Set(
        await unlinkedAmong(
          this.#options.rows,
          { vault: "" },
          some.map(({ digest }) => digest),
        ),
      );
      const left = some.filter(({ digest }) => unlinked.has(digest));
      this.#leave({ blobs: left.length, bytes: left.reduce((sum, { size }) => sum + size, 0) });
      some = [];
    };
    for await (const blob of storage.list()) {
      const damage = await this.#hash(storage, blob.digest);
      if (damage !== undefined) this.#tell({ kind: "blob-damaged", subject: blob.digest, detail: damage });
      some.push(blob);
      if (some.length === page) await settle();
    }
    await settle();

    let ids: string[] = [];
    for await (const { id } of storage.uploads()) ids.push(id);
    for (; ids.length > 0; ids = ids.slice(page)) {
      const strays = await uploadsWithoutRow(this.#options.rows, ids.slice(0, page));
      this.#leave({ uploads: strays.length });
    }
  }

  /** What is wrong with a blob's bytes; nothing for one that was collected while it was looked at. */
  async #hash(store: BlobStore, digest: Digest): Promise<string | undefined> {
    try {
      return this.#judge(digest, await hashBytes(await store.read(digest), digest));
    } catch (error) {
      if (isFault(error, "BLOB_UNKNOWN")) return undefined;
      return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** The same of a blob under a KMS key. Where the key cannot be used nothing is known of its bytes. */
  async #hashEncrypted(layer: LayerName, encrypted: Encrypted): Promise<string | undefined> {
    encrypted.blobs += 1;
    try {
      return this.#judge(layer.digest, await this.#options.hashLayer(layer));
    } catch (error) {
      if (!isFault(error)) throw error;
      encrypted.unread.set(error.message, (encrypted.unread.get(error.message) ?? 0) + 1);
      return undefined;
    }
  }

  #judge(expected: Digest, { size, digest }: HashedLayer): string | undefined {
    this.#blobs += 1;
    this.#bytes += size;
    this.#options.onBlob?.(this.#blobs, this.#bytes);
    return digest === expected ? undefined : `its ${size} bytes have the digest ${digest}`;
  }

  /** Tells the problems that two looks agree on: rows are read a page at a time while others change them. */
  async #confirmed(look: () => Promise<readonly Problem[]>): Promise<void> {
    const first = await look();
    if (first.length === 0) return;
    const again = new Set((await look()).map(problemLine));
    for (const problem of first) if (again.has(problemLine(problem))) this.#tell(problem);
  }

  #tell(problem: Problem): void {
    if (this.#problems.length < mostProblems) this.#problems.push(problem);
    else this.#more = true;
  }

  #leave(more: Partial<Leftovers>): void {
    const { links, blobs, bytes, uploads } = this.#leftovers;
    this.#leftovers = {
      links: links + (more.links ?? 0),
      blobs: blobs + (more.blobs ?? 0),
      bytes: bytes + (more.bytes ?? 0),
      uploads: uploads + (more.uploads ?? 0),
    };
  }
}

function layerOf({ account, region, name }: Repository, vault: Vault, digest: Digest): LayerName {
  return { account, region, repositoryName: name, vault: vault.name, digest };
}

/** Repositories in order of their names, of every registry. */
async function* repositories(rows: Rows, name?: string): AsyncGenerator<Repository> {
  let after = { account: "", region: "", name: "" };
  for (let full = true; full; ) {
    let query = rows.tables<EcrTables>().selectFrom("ecr_repository").selectAll();
    if (name !== undefined) query = query.where("name", "=", name);
    const found = await query
      .where((where) =>
        where(
          where.refTuple("account", "region", "name"),
          ">",
          where.tuple(after.account, after.region, after.name),
        ),
      )
      .orderBy("account")
      .orderBy("region")
      .orderBy("name")
      .limit(page)
      .execute();
    for (const row of found) yield repositoryFrom(row);
    after = found.at(-1) ?? after;
    full = found.length === page;
  }
}

/** The digests that a repository links, in order. */
async function* linkPages(rows: Rows, repository: Repository): AsyncGenerator<readonly string[]> {
  let after = "";
  for (let full = true; full; ) {
    const found = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_layer_link")
      .select("digest")
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", ">", after)
      .orderBy("digest")
      .limit(page)
      .execute();
    if (found.length > 0) yield found.map(({ digest }) => digest);
    after = found.at(-1)?.digest ?? after;
    full = found.length === page;
  }
}
