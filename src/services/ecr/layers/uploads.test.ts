import { Readable } from "node:stream";
import {
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  InitiateLayerUploadCommand,
  PutAccountSettingCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import { digestOf, image, push } from "../images/images.testing.ts";
import type { EcrTables } from "../store.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";

const repositoryName = "app";
const bytes = (text: string) => ({ body: Readable.from([Buffer.from(text)]) });
const digest = digestOf("hello world");

let world: TestWorld;
let account = "";
let root: Client;

beforeAll(async () => {
  world = await openTestWorld();
});

let accounts = 100_000_000_000;

// Each test has an account of its own: opening databases takes longer than the tests.
beforeEach(async () => {
  account = String(accounts++);
  root = world.root(account);
  await root.send(new CreateRepositoryCommand({ repositoryName }));
});

afterAll(() => world.close());

const stat = (name = repositoryName) =>
  root.invoke(world.operations.statBlob, { repositoryName: name, digest });

describe("an upload over /v2/", () => {
  const begin = () => root.invoke(world.operations.beginUpload, { repositoryName });

  test("ends where chunk after chunk makes a layer larger than any may be", async () => {
    const { appendUpload } = world.operations;
    const { uploadId } = await begin();
    const append = vi.spyOn(world.blobs, "append");
    append.mockResolvedValueOnce(52_000 * 1024 * 1024).mockResolvedValueOnce(52_000 * 1024 * 1024 + 1);
    const chunk = () => root.invoke(appendUpload, { repositoryName, uploadId, offset: 0 }, bytes("x"));
    expect(await chunk()).toEqual({ received: 52_000 * 1024 * 1024 });
    await expect(chunk()).rejects.toMatchObject({ code: "SIZE_INVALID" });
    append.mockRestore();
  });

  test("comes in pieces and is there at the end", async () => {
    const { appendUpload, uploadStatus, finishUpload } = world.operations;
    const { uploadId } = await begin();
    const upload = { repositoryName, uploadId };
    expect(await root.invoke(uploadStatus, upload)).toEqual({ received: 0 });
    expect(await root.invoke(appendUpload, { ...upload, offset: 0 }, bytes("hello "))).toEqual({
      received: 6,
    });
    await expect(root.invoke(appendUpload, { ...upload, offset: 3 }, bytes("x"))).rejects.toMatchObject({
      code: "RANGE_INVALID",
    });
    const wrong = { ...upload, digest: digestOf("other") };
    await expect(root.invoke(finishUpload, wrong, bytes("world"))).rejects.toMatchObject({
      code: "DIGEST_INVALID",
    });
    expect(await root.invoke(finishUpload, { ...upload, digest }, bytes(""))).toMatchObject({
      digest,
      size: 11,
    });
    expect(await stat()).toMatchObject({ digest, size: 11 });
    await expect(root.invoke(uploadStatus, upload)).rejects.toMatchObject({
      code: "UploadNotFoundException",
    });
  });

  test("can be cancelled, and is known in its own repository only", async () => {
    await root.send(new CreateRepositoryCommand({ repositoryName: "other" }));
    const { uploadId } = await begin();
    const elsewhere = { repositoryName: "other", uploadId };
    await expect(root.invoke(world.operations.uploadStatus, elsewhere)).rejects.toMatchObject({
      code: "UploadNotFoundException",
    });
    await root.invoke(world.operations.cancelUpload, { repositoryName, uploadId });
    const gone = root.invoke(world.operations.appendUpload, { repositoryName, uploadId }, bytes("x"));
    await expect(gone).rejects.toMatchObject({ code: "UploadNotFoundException" });
  });

  test("ends with its repository", async () => {
    const { uploadId } = await begin();
    await root.send(new DeleteRepositoryCommand({ repositoryName }));
    const late = root.invoke(world.operations.finishUpload, { repositoryName, uploadId, digest }, bytes("x"));
    await expect(late).rejects.toMatchObject({ code: "RepositoryNotFoundException" });
  });

  test("in one piece must have its digest", async () => {
    const { uploadBlob } = world.operations;
    await expect(root.invoke(uploadBlob, { repositoryName, digest }, bytes("hello"))).rejects.toMatchObject({
      code: "DIGEST_INVALID",
    });
    await expect(stat()).rejects.toMatchObject({ code: "LayersNotFoundException" });
    await root.invoke(uploadBlob, { repositoryName, digest }, bytes("hello world"));
    expect(await stat()).toEqual({ digest, size: 11 });
  });
});

describe("an upload through the API", () => {
  const mebibyte = 1024 * 1024;
  const head = "x".repeat(5 * mebibyte);
  const end = head.length - 1;

  const part = (uploadId: string | undefined, first: number, last: number, text: string) =>
    root.send(
      new UploadLayerPartCommand({
        repositoryName,
        uploadId,
        partFirstByte: first,
        partLastByte: last,
        layerPartBlob: Buffer.from(text),
      }),
    );
  const begin = async () => (await root.send(new InitiateLayerUploadCommand({ repositoryName }))).uploadId;
  const complete = (uploadId: string | undefined, ...layerDigests: string[]) =>
    root.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));

  test("takes parts in order only, and says where to go on", async () => {
    const uploadId = await begin();
    const whole = digestOf(`${head}world`);
    await expect(complete(uploadId, whole)).rejects.toMatchObject({ code: "EmptyUploadException" });
    expect(await part(uploadId, 0, end, head)).toMatchObject({ lastByteReceived: end });
    for (const [first, last, text] of [
      [end + 2, end + 5, "orld"],
      [end + 1, end + 5, "shor"],
      [0, end, head],
    ] as const) {
      await expect(part(uploadId, first, last, text)).rejects.toMatchObject({
        code: "InvalidLayerPartException",
        members: { registryId: account, repositoryName, uploadId, lastValidByteReceived: end },
      });
    }
    expect(await part(uploadId, end + 1, end + 5, "world")).toMatchObject({ lastByteReceived: end + 5 });
    await expect(complete(uploadId, digestOf("other"))).rejects.toMatchObject({
      code: "InvalidLayerException",
    });
    expect(await complete(uploadId, whole)).toMatchObject({ layerDigest: whole });

    const again = await begin();
    await part(again, 0, end, head);
    await expect(complete(again, whole)).rejects.toMatchObject({ code: "LayerAlreadyExistsException" });
  });

  test("has parts of 5 MiB at least, but for the last one", async () => {
    const uploadId = await begin();
    await part(uploadId, 0, 5, "hello ");
    await part(uploadId, 6, 10, "world");
    await expect(complete(uploadId, digest)).rejects.toMatchObject({
      code: "LayerPartTooSmallException",
      message: "Layer parts must be at least 5 MiB in size.",
    });
  });

  test("has 4,200 parts at most", async () => {
    const uploadId = await begin();
    await world.store.transaction(async (tx) => {
      await tx.tables<EcrTables>().updateTable("ecr_upload").set({ parts: 4200 }).execute();
    });
    await expect(part(uploadId, 0, 0, "x")).rejects.toMatchObject({ code: "LimitExceededException" });
  });

  test("that was never begun is not found", async () => {
    const uploadId = "00000000-0000-4000-8000-000000000000";
    await expect(part(uploadId, 0, 0, "x")).rejects.toMatchObject({ code: "UploadNotFoundException" });
  });
});

describe("mounting", () => {
  const { manifest, blobs } = image("hello world");
  const mount = (from: string) =>
    root.invoke(world.operations.mountBlob, { repositoryName: "target", digest, from });
  const setting = (value: string) =>
    root.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value }));
  const kms = { encryptionType: "KMS", kmsKey: "alias/mine" } as const;

  test.each([
    ["links a layer of a like repository", "ENABLED", undefined, repositoryName, { digest, size: 11 }],
    ["is off by default", undefined, undefined, repositoryName, undefined],
    ["is off when it was switched off", "DISABLED", undefined, repositoryName, undefined],
    ["needs like encryption", "ENABLED", kms, repositoryName, undefined],
    ["needs the source", "ENABLED", undefined, "absent", undefined],
    ["needs the layer in the source", "ENABLED", undefined, "target", undefined],
    ["needs an image in the source that names it", "ENABLED", undefined, "unnamed", undefined],
  ] as const)("%s", async (_what, value, encryptionConfiguration, from, expected) => {
    await root.send(new CreateRepositoryCommand({ repositoryName: "target", encryptionConfiguration }));
    await root.send(new CreateRepositoryCommand({ repositoryName: "unnamed" }));
    await push(root, world.operations, repositoryName, manifest, { blobs });
    await root.invoke(
      world.operations.uploadBlob,
      { repositoryName: "unnamed", digest },
      bytes("hello world"),
    );
    if (value !== undefined) await setting(value);
    expect(await mount(from)).toEqual(expected);
    if (expected !== undefined) expect(await stat("target")).toEqual(expected);
    else await expect(stat("target")).rejects.toMatchObject({ code: "LayersNotFoundException" });
  });
});

test("a layer is seen only where it was linked", async () => {
  await root.send(new CreateRepositoryCommand({ repositoryName: "other" }));
  await root.invoke(world.operations.uploadBlob, { repositoryName, digest }, bytes("hello world"));
  await expect(stat("other")).rejects.toMatchObject({ code: "LayersNotFoundException" });
});
