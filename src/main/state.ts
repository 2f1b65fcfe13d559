import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type AuditTrail, createAuditTrail } from "../audit/trail.ts";
import { encryptionAtRest } from "../blobs/at-rest.ts";
import { openBlobs } from "../blobs/open.ts";
import type { BlobStorage, BlobStore } from "../blobs/types.ts";
import type { Settings } from "../config/settings.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Random } from "../kernel/random.ts";
import type { Log } from "../observe/log.ts";
import { createRepositoryBlobs, type RepositoryBlobs } from "../services/ecr/encryption/vault.ts";
import { openStore } from "../store/open.ts";
import { type KeyFile, openSealer } from "../store/sealer.ts";
import type { Store } from "../store/types.ts";
import { migrations } from "./migrations.ts";
import type { Overrides } from "./overrides.ts";

export interface StatePorts extends Pick<Dispatcher, "clientOf"> {
  readonly settings: Pick<Settings, "dataDir" | "databaseUrl" | "blobsUrl" | "blobEncryption">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly overrides: Pick<Overrides, "blobs">;
}

/** All that outlives the process: the key, rows, blobs and what was recorded. */
export interface State {
  readonly sealer: KeyFile;
  readonly store: Store;
  /** Where blobs are kept, with the vaults. */
  readonly storage: BlobStorage;
  /** Blobs of repositories without a KMS key. */
  readonly blobs: BlobStore;
  readonly repositoryBlobs: RepositoryBlobs;
  readonly trail: AuditTrail;
  /** After everything that writes has stopped. */
  close(): Promise<void>;
}

/** Opens the data folder, made when it is not there, and the database and blob store that the settings name. */
export async function openState(ports: StatePorts): Promise<State> {
  const { settings, clock, random, log, overrides, clientOf } = ports;
  const { dataDir } = settings;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const sealer = openSealer(join(dataDir, "key"));
  const store = await openStore({ url: settings.databaseUrl, dataDir, migrations, clock, random, log });
  const encryption = encryptionAtRest(settings.blobEncryption, sealer);
  const storage = await openBlobs({ url: settings.blobsUrl, dataDir, clock, encryption });
  const blobs = overrides.blobs?.(storage) ?? storage;
  const trail = createAuditTrail(store, (error) =>
    log.error({ err: error }, "audit trail not written; trying again"),
  );
  return {
    ...{ sealer, store, storage, blobs, trail },
    repositoryBlobs: createRepositoryBlobs({ storage, common: blobs, sealer, clock, clientOf }),
    async close() {
      await trail.flush();
      await blobs.close();
      await store.close();
    },
  };
}
