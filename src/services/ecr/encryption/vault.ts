import { DecryptCommand, GenerateDataKeyCommand } from "@aws-sdk/client-kms";
import type { BlobStorage, BlobStore } from "../../../blobs/types.ts";
import type { Client } from "../../../dispatch/context.ts";
import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import type { Sealer } from "../../../store/types.ts";
import { type RepositoryKey, repositoryArn } from "../arn.ts";
import type { Repository } from "../repositories/repository.ts";
import { kmsException } from "./kms-fault.ts";

/**
 * How long a data key that KMS has decrypted is used without asking again, in ms: so long, at most, an image stays
 * readable when its key was disabled, deleted or forbidden.
 */
const dataKeyLifetime = 10 * second;
/** Data keys in memory at most. */
const mostDataKeys = 10_000;
/** Bytes of the key of a second layer. */
const outerKeySize = 32;
const outerKeyPurpose = "ecr vault";

/** Where a repository of a KMS key keeps its blobs, and what it takes to read them. Kept with the repository. */
export interface Vault {
  /** Of the vault in the blob storage; never used again. */
  readonly name: string;
  /** Base64: the data key as KMS encrypted it, with the repository's ARN as `aws:ecr:arn`. */
  readonly dataKey: string;
  /** KMS_DSSE: the key of a second, independent layer, sealed. */
  readonly outerKey?: string;
  /** The grants by which ECR may use the KMS key. */
  readonly grants: readonly string[];
}

/** Gives each repository the store of its blobs. */
export interface RepositoryBlobs {
  /**
   * The store of a repository's blobs: the common one, or its own vault.
   * @throws Fault `KmsException` when the repository's key cannot be used.
   */
  of(repository: Pick<Repository, keyof RepositoryKey | "encryption">): Promise<BlobStore>;
  /** Encrypts a new data key for a repository, through ECR's grants. @throws Fault `KmsException`. */
  newVault(seal: NewVault): Promise<Vault>;
  /** Removes a vault with all it has. */
  remove(name: string): Promise<void>;
}

export interface NewVault {
  readonly repository: RepositoryKey;
  readonly kmsKey: string;
  readonly type: "KMS" | "KMS_DSSE";
  /** A UUID. */
  readonly name: string;
  /** 32 bytes for a second layer. */
  readonly random: { bytes(size: number): Buffer };
  readonly grants: readonly string[];
}

export interface RepositoryBlobPorts {
  readonly storage: Pick<BlobStorage, "vault" | "removeVault">;
  /** The store of repositories without a KMS key. */
  readonly common: BlobStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** A service in its own name. */
  clientOf(servicePrincipal: string, account: AccountId, region: Region): Client;
}

/** The service as grants of KMS name it: `ecr.eu-west-1.amazonaws.com`. */
export function regionalPrincipal(region: Region): string {
  return `ecr.${region}.amazonaws.com`;
}

/** What every use of a repository's data key says, and its grants demand (User Guide, "Encryption at rest"). */
export function encryptionContext(repository: RepositoryKey): Record<string, string> {
  return { "aws:ecr:arn": repositoryArn(repository) };
}

/** Opens vaults with keys that KMS decrypts, each asked for again after `dataKeyLifetime`. */
export function createRepositoryBlobs(ports: RepositoryBlobPorts): RepositoryBlobs {
  const { storage, common, sealer, clock } = ports;
  const opened = new Map<string, { readonly until: number; readonly key: Promise<Buffer> }>();

  /** ECR in its own name, where the key is. */
  function service(kmsKey: string, { region }: RepositoryKey): Client {
    const account = parseArn(kmsKey)?.account ?? "";
    return ports.clientOf(regionalPrincipal(region), account as AccountId, region);
  }

  async function decrypt(repository: RepositoryKey, kmsKey: string, vault: Vault): Promise<Buffer> {
    try {
      const { Plaintext } = await service(kmsKey, repository).send(
        new DecryptCommand({
          KeyId: kmsKey,
          CiphertextBlob: Buffer.from(vault.dataKey, "base64"),
          EncryptionContext: encryptionContext(repository),
        }),
      );
      return Buffer.from(Plaintext ?? []);
    } catch (error) {
      throw kmsException(error);
    }
  }

  function dataKey(repository: RepositoryKey, kmsKey: string, vault: Vault): Promise<Buffer> {
    const now = clock.now();
    const known = opened.get(vault.name);
    if (known !== undefined && now < known.until) return known.key;
    const key = decrypt(repository, kmsKey, vault);
    opened.delete(vault.name);
    opened.set(vault.name, { until: now + dataKeyLifetime, key });
    // What failed is asked again at once.
    key.catch(() => opened.delete(vault.name));
    forgetOld(now);
    return key;
  }

  /** The map keeps the order in which keys were opened, so that the first have the least time left. */
  function forgetOld(now: number): void {
    for (const [name, { until }] of opened) {
      if (now < until && opened.size <= mostDataKeys) return;
      opened.delete(name);
    }
  }

  return {
    async of(repository) {
      const { vault, kmsKey = "" } = repository.encryption;
      if (vault === undefined) return common;
      const inner = await dataKey(repository, kmsKey, vault);
      if (vault.outerKey === undefined) return storage.vault(vault.name, [inner]);
      const outer = sealer.open(outerKeyPurpose, vault.outerKey);
      if (outer === undefined)
        throw new Error("the key file is not the one that sealed the repository's key");
      return storage.vault(vault.name, [inner, Buffer.from(outer, "base64")]);
    },
    async newVault({ repository, kmsKey, type, name, random, grants }) {
      try {
        const { CiphertextBlob } = await service(kmsKey, repository).send(
          new GenerateDataKeyCommand({
            KeyId: kmsKey,
            KeySpec: "AES_256",
            EncryptionContext: encryptionContext(repository),
          }),
        );
        const vault = { name, dataKey: Buffer.from(CiphertextBlob ?? []).toString("base64"), grants };
        if (type === "KMS") return vault;
        const outerKey = sealer.seal(outerKeyPurpose, random.bytes(outerKeySize).toString("base64"));
        return { ...vault, outerKey };
      } catch (error) {
        throw kmsException(error);
      }
    },
    async remove(name) {
      opened.delete(name);
      await storage.removeVault(name);
    },
  };
}
