import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "../../support/verify.ts";
import {
  beginUpload,
  codeOf,
  describeBytes,
  digestOf,
  pathOf,
  pushBlob,
  type Registries,
  type Registry,
  startRegistries,
  types,
} from "./registries.ts";

/** Digests of SHA-512 (distribution-spec, "Digests": a registry may take them), in a registry of the dialect oci. */

const sha512 = (bytes: Buffer | string) => digestOf(bytes, "sha512");
const describe512 = (bytes: Buffer | string, mediaType: string) => describeBytes(bytes, mediaType, "sha512");
const layer = "a layer that is named by SHA-512";
const config = "{}";
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: types.manifest,
  config: describe512(config, types.config),
  layers: [describe512(layer, types.layer)],
});

let registries: Registries;
let oci: Registry;
let name: string;

const put = (path: string, body: string) =>
  oci.ask("PUT", path, { body, headers: { "content-type": types.manifest } });

beforeAll(async () => {
  registries = await startRegistries();
  oci = registries.oci;
  name = await oci.repository();
  await pushBlob(oci, name, config, "sha512");
  await pushBlob(oci, name, layer, "sha512");
});
afterAll(() => registries.stop());

describe("a layer", () => {
  test("comes back under its digest, whole, in part and by HEAD", async () => {
    const path = `${name}/blobs/${sha512(layer)}`;
    const whole = await oci.ask("GET", path);
    expect([whole.status, whole.body.toString(), whole.headers["docker-content-digest"]]).toEqual([
      200,
      layer,
      sha512(layer),
    ]);
    const part = await oci.ask("GET", path, { headers: { range: "bytes=2-6" } });
    expect([part.status, part.body.toString()]).toEqual([206, "layer"]);
    expect((await oci.ask("HEAD", path)).headers["content-length"]).toBe(String(layer.length));
    expect((await oci.ask("HEAD", `${name}/blobs/${digestOf(layer)}`)).status).toBe(404);
  });

  test("is pushed in chunks, and a wrong digest keeps the upload", async () => {
    const path = await beginUpload(oci, name);
    const first = await oci.ask("PATCH", path, { body: "in " });
    const second = await oci.ask("PATCH", pathOf(first), { body: "chunks" });
    const wrong = await oci.ask("PUT", `${pathOf(second)}?digest=${sha512("other")}`);
    expect([wrong.status, codeOf(wrong)]).toEqual([400, "DIGEST_INVALID"]);
    const done = await oci.ask("PUT", `${pathOf(second)}?digest=${sha512("in chunks")}`);
    expect([done.status, done.headers["docker-content-digest"]]).toEqual([201, sha512("in chunks")]);
  });

  test("is mounted, and deleted while no image names it", async () => {
    const other = await oci.repository();
    const from = pathOf(await oci.ask("POST", `${name}/blobs/uploads/`))
      .split("/blobs/")[0]
      ?.slice(4);
    const query = new URLSearchParams({ mount: sha512(layer), from: from ?? "" });
    expect((await oci.ask("POST", `${other}/blobs/uploads/?${query}`)).status).toBe(201);
    expect((await oci.ask("DELETE", `${other}/blobs/${sha512(layer)}`)).status).toBe(202);
    expect((await oci.ask("HEAD", `${other}/blobs/${sha512(layer)}`)).status).toBe(404);
  });
});

describe("a manifest", () => {
  test("is pushed and pulled under its digest, with a tag beside it, and deleted", async () => {
    const digest = sha512(manifest);
    const pushed = await put(`${name}/manifests/${digest}?tag=v512`, manifest);
    expect([pushed.status, pushed.headers["docker-content-digest"]]).toEqual([201, digest]);
    for (const reference of [digest, "v512"]) {
      const pulled = await oci.ask("GET", `${name}/manifests/${reference}`);
      expect([pulled.status, pulled.body.toString(), pulled.headers["docker-content-digest"]]).toEqual([
        200,
        manifest,
        digest,
      ]);
    }
    expect((await oci.ask("DELETE", `${name}/manifests/${digest}`)).status).toBe(202);
    expect((await oci.ask("HEAD", `${name}/manifests/v512`)).status).toBe(404);
  });

  test("is refused under the digest of other bytes, or with a layer that is not there by that name", async () => {
    const wrong = await put(`${name}/manifests/${sha512("other")}`, manifest);
    expect([wrong.status, codeOf(wrong)]).toEqual([400, "DIGEST_INVALID"]);
    const lost = manifest.replace(sha512(layer), digestOf(layer));
    const answer = await put(`${name}/manifests/lost`, lost);
    expect([answer.status, codeOf(answer)]).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
  });

  test("is listed as what refers to a subject of either kind", async () => {
    const subject = describe512(manifest, types.manifest);
    const referrer = JSON.stringify({ ...JSON.parse(manifest), artifactType: "example/note", subject });
    const digest = sha512(referrer);
    const pushed = await put(`${name}/manifests/${digest}`, referrer);
    expect([pushed.status, pushed.headers["oci-subject"]]).toEqual([201, subject.digest]);
    const listed = await oci.ask("GET", `${name}/referrers/${subject.digest}`);
    expect(JSON.parse(listed.body.toString())).toMatchObject({
      manifests: [{ digest, artifactType: "example/note", size: referrer.length }],
    });
  });
});

test("`roadstead registry verify` hashes it by its own algorithm", async () => {
  await put(`${name}/manifests/${sha512(manifest)}`, manifest);
  expect(verify(registries.dataDir)).toMatchObject({ problems: [], blobs: 3, images: 2 });
});

test("the dialect ecr takes none", async () => {
  const { ecr } = registries;
  const repository = await ecr.repository();
  const answers = [
    await ecr.ask("POST", `${repository}/blobs/uploads/?digest=${sha512(layer)}`, { body: layer }),
    await ecr.ask("GET", `${repository}/blobs/${sha512(layer)}`),
    await ecr.ask("GET", `${repository}/manifests/${sha512(manifest)}`),
    await ecr.ask("GET", `${repository}/referrers/${sha512(manifest)}`),
  ];
  for (const answer of answers) expect([answer.status, codeOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
});
