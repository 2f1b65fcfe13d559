import { createHash, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { defaultAccount } from "../kernel/account.ts";
import { rootArn } from "../kernel/arn.ts";
import type { Digest, Region } from "../kernel/brand.ts";
import { clientAddresses } from "../kernel/client-address.ts";
import { sha256Digest } from "../kernel/digest.ts";
import { Fault } from "../kernel/fault.ts";
import type { RegistryDialect } from "../kernel/registry-dialect.ts";
import type { EcrDataPlane, PutManifestInput } from "../services/ecr/data-plane.ts";
import { createRegistryHandler } from "./handler.ts";
import type { RegistryClient, RegistryPorts } from "./ports.ts";

/** The digest of some bytes. */
export function digestOfBytes(bytes: Buffer | string): Digest {
  return sha256Digest(createHash("sha256").update(bytes).digest("hex"));
}

/** A stand-in for ECR with one repository, `app`, and permissions for everything; a listener that serves it. */
export interface FakeRegistry {
  readonly url: string;
  readonly port: number;
  readonly blobs: Map<Digest, Buffer>;
  readonly manifests: Map<Digest, { readonly mediaType: string; readonly bytes: Buffer }>;
  readonly tags: Map<string, Digest>;
  readonly uploads: Map<string, Buffer>;
  /** Every operation that was asked for, with its input. */
  readonly asked: { readonly name: string; readonly input: Record<string, unknown> }[];
  /** Errors that were reported as ours. */
  readonly reported: unknown[];
  /** What an operation throws instead of doing its work. */
  readonly refuse: Map<keyof EcrDataPlane, Error>;
  close(): Promise<void>;
}

export const goodCredentials = `Basic ${Buffer.from("AWS:token").toString("base64")}`;

type FakeOperation = (input: never, body: Readable | undefined) => Promise<unknown>;

/** Starts a listener whose handler talks to the stand-in, in the dialect of the specification if not told another. */
export async function startFakeRegistry(dialect: RegistryDialect = "oci"): Promise<FakeRegistry> {
  const state = {
    blobs: new Map<Digest, Buffer>(),
    manifests: new Map<Digest, { mediaType: string; bytes: Buffer }>(),
    tags: new Map<string, Digest>(),
    uploads: new Map<string, Buffer>(),
    asked: [] as { name: string; input: Record<string, unknown> }[],
    reported: [] as unknown[],
    refuse: new Map<keyof EcrDataPlane, Error>(),
  };
  const fakes = fakeOperations(state);
  const client = {
    async invoke(operation: { name: string }, input: never, options?: { body?: Readable }) {
      state.asked.push({ name: operation.name, input });
      const { repositoryName } = input as { repositoryName: string };
      const refusal = state.refuse.get(operation.name as keyof EcrDataPlane);
      try {
        if (refusal !== undefined) throw refusal;
        if (repositoryName !== "app") {
          throw new Fault(
            "RepositoryNotFoundException",
            `The repository with name '${repositoryName}' does not exist`,
          );
        }
        return await fakes[operation.name as keyof EcrDataPlane]?.(input, options?.body);
      } finally {
        // As the door does: a body is read to its end, or destroyed.
        options?.body?.destroy();
      }
    },
  } as unknown as RegistryClient;
  const operations = Object.fromEntries(
    Object.keys(fakes).map((name) => [name, { name, service: "ecr" }]),
  ) as unknown as EcrDataPlane;
  const ports: RegistryPorts = {
    authenticate(authorization) {
      if (authorization === "Basic expired") {
        throw new Fault(
          "ExpiredTokenException",
          "Your authorization token has expired. Reauthenticate and try again.",
        );
      }
      if (authorization !== goodCredentials) throw new Fault("UNAUTHORIZED", "Not Authorized");
      return {
        region: "us-east-1" as Region,
        principal: {
          type: "Root",
          account: defaultAccount,
          arn: rootArn(defaultAccount),
          accessKeyId: "test",
        },
      };
    },
    clientAddress: clientAddresses([]),
    as: () => client,
    dialectOf: () => dialect,
    operations,
    blobs: {
      async read(digest, range) {
        const bytes = state.blobs.get(digest);
        if (bytes === undefined) throw new Fault("BLOB_UNKNOWN", "gone");
        return Readable.from([range === undefined ? bytes : bytes.subarray(range.first, range.last + 1)]);
      },
      place: async () => undefined,
    },
    reportError: (error) => state.reported.push(error),
  };
  const handler = createRegistryHandler(ports);
  const server = createServer((request, response) => void handler(request, response));
  server.on(
    "checkContinue",
    (request, response) => void handler(request, response, { awaitsContinue: true }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { ...state, port, url: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

type State = Pick<FakeRegistry, "blobs" | "manifests" | "tags" | "uploads">;

function fakeOperations(state: State): Partial<Record<keyof EcrDataPlane, FakeOperation>> {
  const blob = async ({ digest }: { digest: Digest }) => {
    const bytes = state.blobs.get(digest);
    if (bytes === undefined) throw new Fault("LayersNotFoundException", `no layer ${digest}`);
    return { digest, size: bytes.length };
  };
  const upload = (uploadId: string): Buffer => {
    const bytes = state.uploads.get(uploadId);
    if (bytes === undefined) throw new Fault("UploadNotFoundException", "The upload does not exist");
    return bytes;
  };
  const append = async (input: { uploadId: string; offset?: number }, body: Readable | undefined) => {
    const have = upload(input.uploadId);
    if (input.offset !== undefined && input.offset !== have.length) {
      throw new Fault("RANGE_INVALID", "not the end of the upload");
    }
    for await (const part of body ?? []) {
      state.uploads.set(input.uploadId, Buffer.concat([upload(input.uploadId), part as Buffer]));
    }
    return upload(input.uploadId);
  };
  const keep = (bytes: Buffer, digest: Digest) => {
    if (digestOfBytes(bytes) !== digest) throw new Fault("DIGEST_INVALID", "other bytes");
    state.blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  const manifest = (reference: string) => {
    const digest = (state.tags.get(reference) ?? reference) as Digest;
    const found = state.manifests.get(digest);
    if (found === undefined)
      throw new Fault("ImageNotFoundException", "The image with imageId … does not exist");
    return { digest, ...found };
  };
  return {
    openBlob: blob,
    statBlob: blob,
    getManifest: async ({ reference }: { reference: string }) => manifest(reference),
    putManifest: async ({ bytes, reference, mediaType = "", tags = [] }: PutManifestInput) => {
      const digest = digestOfBytes(bytes);
      if (reference.includes(":") && reference !== digest) {
        throw new Fault("ImageDigestDoesNotMatchException", "does not match");
      }
      state.manifests.set(digest, { mediaType, bytes });
      for (const tag of reference.includes(":") ? tags : [reference]) state.tags.set(tag, digest);
      const { subject } = JSON.parse(bytes.toString()) as { subject?: { digest: Digest } };
      return { digest, mediaType, subject: subject?.digest };
    },
    deleteManifest: async ({ reference }: { reference: string }) => {
      const { digest } = manifest(reference);
      if (!state.tags.delete(reference)) state.manifests.delete(digest);
      return { digest };
    },
    beginUpload: async () => {
      const uploadId = randomUUID();
      state.uploads.set(uploadId, Buffer.alloc(0));
      return { uploadId };
    },
    appendUpload: async (input: { uploadId: string }, body) => ({
      received: (await append(input, body)).length,
    }),
    uploadStatus: async ({ uploadId }: { uploadId: string }) => ({ received: upload(uploadId).length }),
    finishUpload: async (input: { uploadId: string; digest: Digest }, body) => {
      const stored = keep(await append(input, body), input.digest);
      state.uploads.delete(input.uploadId);
      return stored;
    },
    cancelUpload: async ({ uploadId }: { uploadId: string }) => {
      upload(uploadId);
      state.uploads.delete(uploadId);
    },
    uploadBlob: async ({ digest }: { digest: Digest }, body) => {
      const parts: Buffer[] = [];
      for await (const part of body ?? []) parts.push(part as Buffer);
      return keep(Buffer.concat(parts), digest);
    },
    deleteBlob: async ({ digest }: { digest: Digest }) => {
      await blob({ digest });
      state.blobs.delete(digest);
    },
    mountBlob: async ({ digest, from }: { digest: Digest; from: string }) =>
      from === "source" && state.blobs.has(digest) ? blob({ digest }) : undefined,
    listTags: async ({ after = "", limit }: { after?: string; limit: number }) => {
      const tags = [...state.tags.keys()].sort().filter((tag) => tag > after);
      return { tags: tags.slice(0, limit), more: tags.length > limit };
    },
    listReferrers: async () => ({
      referrers: [
        { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOfBytes("r"), size: 1 },
      ],
      more: false,
    }),
  };
}
