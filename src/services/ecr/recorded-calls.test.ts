import { randomUUID } from "node:crypto";
import * as ecr from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import type { BlobStore } from "../../blobs/types.ts";
import { Fault } from "../../kernel/fault.ts";
import recording from "./fixtures/recorded-calls.json" with { type: "json" };
import { databases, openTestWorld, type TestWorld } from "./world.testing.ts";

/** Members that differ from run to run, or that the SDK's model does not have (`imageManifestSize`). */
const varying = new Set([
  "createdAt",
  "imagePushedAt",
  "expiresAt",
  "uploadId",
  "downloadUrl",
  "authorizationToken",
]);
const unmodelled = new Set(["imageManifestSize"]);

/** The recording left the bytes of the blobs out: this store takes every digest at its word. */
function trustingBlobs(): BlobStore {
  const uploads = new Map<string, number>();
  const unused = async (): Promise<never> => {
    throw new Error("not used");
  };
  return {
    begin: async (id) => void uploads.set(id, 0),
    async append(id, offset, bytes) {
      let received = offset;
      for await (const piece of bytes) received += (piece as Buffer).length;
      uploads.set(id, received);
      return received;
    },
    received: async (id) => uploads.get(id),
    finish: async (id, digest) => ({ digest, size: uploads.get(id) ?? 0 }),
    cancel: async () => undefined,
    put: unused,
    size: unused,
    read: unused,
    place: unused,
    readPart: unused,
    delete: unused,
    async *list() {},
    async *uploads() {},
    clear: async () => undefined,
    close: async () => undefined,
  };
}

test.each(databases)("every recorded call is answered as AWS answered it ($name)", async (database) => {
  if (database.missing) return expect(await database.url()).toBeUndefined();
  const world = await openTestWorld({
    databaseUrl: await database.url(),
    blobs: trustingBlobs(),
    pulls: { pulled: () => undefined, flush: async () => undefined },
  });
  try {
    world.policies.set(recording.actor, [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }]);
    const uploads = new Map<string, string>();
    for (const call of recording.calls) {
      const answer = await replay(world, call, uploads);
      expect({ case: call.case, ...answer }).toEqual({ case: call.case, ...expected(call) });
    }
  } finally {
    await world.close();
  }
});

type RecordedCall = (typeof recording.calls)[number];

async function replay(world: TestWorld, call: RecordedCall, uploads: Map<string, string>): Promise<object> {
  const client = world.user("000000000000", "Delegated", recording.region);
  if (call.operation === "RegistryHTTP") {
    const pushed = recording.calls.find(({ case: name }) => name === "put_image")?.parameters;
    const { digest } = await client.invoke(world.operations.putManifest, {
      repositoryName: String(pushed?.repositoryName),
      reference: String(call.reference),
      bytes: Buffer.from(String(pushed?.imageManifest)),
    });
    return { digest };
  }
  const parameters: Record<string, unknown> = { ...call.parameters };
  if (typeof parameters.uploadId === "string")
    parameters.uploadId = uploads.get(parameters.uploadId) ?? randomUUID();
  if (typeof parameters.layerPartBlob === "string") {
    parameters.layerPartBlob = Buffer.alloc(Number(parameters.partLastByte) + 1);
  }
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: the recording names the operations.
  const Command = ecr[`${call.operation}Command` as "DescribeRepositoriesCommand"];
  try {
    const output = await client.send(new Command(parameters));
    const recordedId = (call.output as { uploadId?: string } | undefined)?.uploadId;
    const { uploadId } = output as { uploadId?: string };
    if (recordedId !== undefined && uploadId !== undefined) uploads.set(recordedId, uploadId);
    return { output: comparable(output) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // The wire names the refusal of every JSON service so.
    const code = error.code === "AccessDenied" ? "AccessDeniedException" : error.code;
    return { error: { code, message: error.message } };
  }
}

function expected(call: RecordedCall): object {
  if (call.operation === "RegistryHTTP") return { digest: call.digest };
  return call.error === undefined ? { output: comparable(call.output) } : { error: call.error };
}

/** A value as it would be sent, with what varies blanked. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) => {
      if (unmodelled.has(key)) return undefined;
      return varying.has(key) ? "(varies)" : member;
    }),
  );
}
