import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  codeOf,
  describeBytes,
  dialects,
  digestOf,
  imageManifest,
  pushBlob,
  pushImage,
  putManifest,
  type Registries,
  type Registry,
  startRegistries,
  types,
} from "./registries.ts";

/** OCI Distribution Specification 1.1, "Content Management": end-9 and end-10. */

let registries: Registries;
beforeAll(async () => {
  registries = await startRegistries();
});
afterAll(() => registries.stop());

describe.each(dialects)("content management, dialect %s", (dialect) => {
  let registry: Registry;
  let name: string;
  beforeAll(async () => {
    registry = registries[dialect];
    name = await registry.repository();
  });

  const statusOf = async (path: string) => (await registry.ask("HEAD", `${name}/${path}`)).status;
  const remove = (path: string) => registry.ask("DELETE", `${name}/${path}`);

  test("end-9: a manifest by digest goes at once, with all its tags", async () => {
    const { manifest, digest } = await pushImage(registry, name, "one");
    await putManifest(registry, name, manifest, "two");
    expect((await remove(`manifests/${digest}`)).status).toBe(202);
    for (const reference of [digest, "one", "two"])
      expect(await statusOf(`manifests/${reference}`)).toBe(404);
    const tags = await registry.ask("GET", `${name}/tags/list`);
    expect(JSON.parse(tags.body.toString())).toEqual({ name, tags: [] });
  });

  test("end-9: a tag goes; the manifest stays under its other tags", async () => {
    const { manifest, digest } = await pushImage(registry, name, "here");
    await putManifest(registry, name, manifest, "there");
    expect((await remove("manifests/here")).status).toBe(202);
    expect(await statusOf("manifests/here")).toBe(404);
    for (const reference of ["there", digest]) expect(await statusOf(`manifests/${reference}`)).toBe(200);
  });

  test("end-9: with its last tag, ECR's manifest goes; the specification's stays until its digest does", async () => {
    const { digest } = await pushImage(registry, name, "last");
    expect((await remove("manifests/last")).status).toBe(202);
    expect(await statusOf(`manifests/${digest}`)).toBe(dialect === "ecr" ? 404 : 200);
    expect((await remove(`manifests/${digest}`)).status).toBe(dialect === "ecr" ? 404 : 202);
    expect(await statusOf(`manifests/${digest}`)).toBe(404);
  });

  test("end-9: what is not there is 404, what is no reference 400", async () => {
    for (const reference of ["absent", digestOf("absent")]) {
      const answer = await remove(`manifests/${reference}`);
      expect([answer.status, codeOf(answer)]).toEqual([404, "MANIFEST_UNKNOWN"]);
    }
    expect((await remove("manifests/sha256:12")).status).toBe(400);
  });

  test("end-9: what an index lists is refused until the index is gone", async () => {
    const { manifest, digest } = await pushImage(registry, name, "child");
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: types.index,
      manifests: [describeBytes(manifest, types.manifest)],
    });
    await putManifest(registry, name, index, "parent");
    expect((await remove(`manifests/${digest}`)).status).toBe(dialect === "ecr" ? 400 : 405);
    expect((await remove(`manifests/${digestOf(index)}`)).status).toBe(202);
    expect((await remove(`manifests/${digest}`)).status).toBe(202);
  });

  test("end-10: a blob that no image names; where it is offered, gone at once and pushed again", async () => {
    const bytes = `deleted ${dialect}`;
    const digest = await pushBlob(registry, name, bytes);
    const answer = await remove(`blobs/${digest}`);
    if (dialect === "ecr") {
      expect([answer.status, codeOf(answer), answer.headers.allow]).toEqual([
        405,
        "UNSUPPORTED",
        "GET, HEAD",
      ]);
      expect(await statusOf(`blobs/${digest}`)).toBe(200);
      return;
    }
    expect(answer.status).toBe(202);
    expect(await statusOf(`blobs/${digest}`)).toBe(404);
    const again = await remove(`blobs/${digest}`);
    expect([again.status, codeOf(again)]).toEqual([404, "BLOB_UNKNOWN"]);
    await pushBlob(registry, name, bytes);
    expect((await registry.ask("GET", `${name}/blobs/${digest}`)).body.toString()).toBe(bytes);
  });

  test("end-10: a blob that an image names stays", async () => {
    const { layer } = await pushImage(registry, name, "whole");
    const answer = await remove(`blobs/${layer}`);
    expect([answer.status, codeOf(answer)]).toEqual([405, "UNSUPPORTED"]);
    expect(await statusOf(`blobs/${layer}`)).toBe(200);
  });

  test("end-10: a blob of another repository is not touched", async () => {
    const elsewhere = await registry.repository();
    const digest = await pushBlob(registry, name, "in two places");
    await pushBlob(registry, elsewhere, "in two places");
    await remove(`blobs/${digest}`);
    expect((await registry.ask("GET", `${elsewhere}/blobs/${digest}`)).status).toBe(200);
  });

  test("what was deleted can be pushed again", async () => {
    const first = await pushImage(registry, name, "again");
    await remove(`manifests/${first.digest}`);
    await pushBlob(registry, name, "{}");
    await pushBlob(registry, name, "again");
    const answer = await putManifest(registry, name, imageManifest({ layers: ["again"] }), "again");
    expect(answer.status).toBe(201);
    expect(await statusOf(`blobs/${first.layer}`)).toBe(200);
  });
});
