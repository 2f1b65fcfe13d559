import { randomUUID } from "node:crypto";
import { PutAccountSettingCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  beginUpload,
  codeOf,
  describeBytes,
  dialects,
  digestOf,
  imageManifest,
  pathOf,
  pushBlob,
  pushImage,
  putManifest,
  type Registries,
  type Registry,
  startRegistries,
  types,
} from "./registries.ts";

/** OCI Distribution Specification 1.1, "Push": end-4a, end-4b, end-5, end-6, end-7, end-11, end-13, end-14. */

let registries: Registries;
beforeAll(async () => {
  registries = await startRegistries();
});
afterAll(() => registries.stop());

const mebibyte = 1024 * 1024;
/** As large as the smallest chunk that both dialects take. */
const first = Buffer.alloc(5 * mebibyte, "a");
const second = Buffer.alloc(5 * mebibyte, "b");
const rest = Buffer.from("the end");
const whole = Buffer.concat([first, second, rest]);
const digest = digestOf(whole);

describe.each(dialects)("push, dialect %s", (dialect) => {
  let registry: Registry;
  let name: string;
  let taken: number;
  beforeAll(async () => {
    registry = registries[dialect];
    name = await registry.repository();
    taken = dialect === "ecr" ? 201 : 202;
  });

  const chunk = (from: number, bytes: Buffer) => ({
    headers: {
      "content-range": `${from}-${from + bytes.length - 1}`,
      "content-type": "application/octet-stream",
    },
    body: bytes,
  });
  const head = (of: string) => registry.ask("HEAD", `${name}/blobs/${of}`);

  describe("a blob", () => {
    test("end-4b: in one POST", async () => {
      const bytes = Buffer.from("in one POST");
      const answer = await registry.ask("POST", `${name}/blobs/uploads/?digest=${digestOf(bytes)}`, {
        body: bytes,
      });
      expect(answer.status).toBe(201);
      const got = await registry.ask("GET", pathOf(answer));
      expect(got.body.equals(bytes)).toBe(true);
    });

    test("end-4a and end-6: in a POST and a PUT", async () => {
      const bytes = Buffer.from("in a POST and a PUT");
      const begun = await registry.ask("POST", `${name}/blobs/uploads/`);
      expect(begun.status).toBe(202);
      const done = await registry.ask("PUT", `${pathOf(begun)}?digest=${digestOf(bytes)}`, { body: bytes });
      expect([done.status, done.headers["docker-content-digest"]]).toEqual([201, digestOf(bytes)]);
      expect((await registry.ask("GET", pathOf(done))).body.equals(bytes)).toBe(true);
    });

    test("end-5: as one stream, its end said by an empty PUT", async () => {
      const bytes = Buffer.from("streamed");
      const begun = await beginUpload(registry, name);
      const sent = await registry.ask("PATCH", begun, { body: bytes });
      expect([sent.status, sent.headers.range]).toEqual([taken, `0-${bytes.length - 1}`]);
      const done = await registry.ask("PUT", `${pathOf(sent)}?digest=${digestOf(bytes)}`);
      expect(done.status).toBe(201);
      expect((await head(digestOf(bytes))).status).toBe(200);
    });

    test("end-5, end-13: in chunks; the status says how far; the last comes with the PUT", async () => {
      let path = await beginUpload(registry, name);
      const one = await registry.ask("PATCH", path, chunk(0, first));
      expect([one.status, one.headers.range]).toEqual([taken, `0-${first.length - 1}`]);
      path = pathOf(one);
      const status = await registry.ask("GET", path);
      expect([status.status, status.headers.range]).toEqual([204, `0-${first.length - 1}`]);
      expect(status.headers.location).toBeDefined();
      const two = await registry.ask("PATCH", path, chunk(first.length, second));
      expect([two.status, two.headers.range]).toEqual([taken, `0-${first.length + second.length - 1}`]);
      const done = await registry.ask(
        "PUT",
        `${pathOf(two)}?digest=${digest}`,
        chunk(first.length + second.length, rest),
      );
      expect(done.status).toBe(201);
      expect((await registry.ask("GET", pathOf(done))).body.equals(whole)).toBe(true);
      expect((await registry.ask("GET", path)).status).toBe(404);
    });

    test("end-5: chunks out of order are 416, and the upload goes on where it was", async () => {
      const path = await beginUpload(registry, name);
      const early = await registry.ask("PATCH", path, chunk(first.length, second));
      expect([early.status, codeOf(early)]).toEqual([416, "RANGE_INVALID"]);
      expect((await registry.ask("PATCH", path, chunk(0, first))).status).toBe(taken);
      for (const again of [0, first.length - 1, first.length + 1])
        expect((await registry.ask("PATCH", path, chunk(again, second))).status).toBe(416);
      const late = await registry.ask("PUT", `${path}?digest=${digest}`, chunk(first.length + 1, rest));
      expect(late.status).toBe(416);
      expect((await registry.ask("GET", path)).headers.range).toBe(`0-${first.length - 1}`);
    });

    test.each(["0-99999999", "x", "9-0", "0-", "bytes 0-9", "0-9, 10-19", "-1-5"])(
      "end-5: Content-Range %s does not fit its chunk: 416",
      async (range) => {
        const path = await beginUpload(registry, name);
        const answer = await registry.ask("PATCH", path, {
          headers: { "content-range": range },
          body: "four",
        });
        expect(answer.status).toBe(416);
      },
    );

    test("end-6: bytes of another digest are 400 by every way, and nothing is stored", async () => {
      const other = digestOf(`other ${dialect}`);
      const begun = await beginUpload(registry, name);
      const streamed = await beginUpload(registry, name);
      await registry.ask("PATCH", streamed, { body: "bytes" });
      for (const answer of [
        await registry.ask("POST", `${name}/blobs/uploads/?digest=${other}`, { body: "bytes" }),
        await registry.ask("PUT", `${begun}?digest=${other}`, { body: "bytes" }),
        await registry.ask("PUT", `${streamed}?digest=${other}`),
      ]) {
        expect([answer.status, codeOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
      }
      expect((await head(other)).status).toBe(404);
    });

    test.each(["", "digest=", "digest=sha256:12", "digest=x", `digest=sha512:${"0".repeat(128)}`])(
      "end-6: a PUT with ?%s is 400",
      async (query) => {
        const path = await beginUpload(registry, name);
        const answer = await registry.ask("PUT", `${path}?${query}`, { body: "bytes" });
        expect([answer.status, codeOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
      },
    );

    test("end-14: a cancelled upload is gone", async () => {
      const path = await beginUpload(registry, name);
      expect((await registry.ask("DELETE", path)).status).toBe(204);
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const answer = await registry.ask(method, path, { body: method === "PATCH" ? "x" : "" });
        expect([answer.status, codeOf(answer)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
      }
    });

    test.each(["PATCH", "PUT", "GET", "DELETE"])("%s of no upload is 404", async (method) => {
      for (const id of [randomUUID(), "none"]) {
        const path = `${name}/blobs/uploads/${id}?digest=${digest}`;
        const answer = await registry.ask(method, path, { body: method.startsWith("P") ? "x" : "" });
        expect([answer.status, codeOf(answer)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
      }
    });

    test("an upload belongs to its repository", async () => {
      const path = await beginUpload(registry, name);
      const elsewhere = path.replace(name, await registry.repository());
      expect((await registry.ask("PATCH", elsewhere, { body: "x" })).status).toBe(404);
    });

    test("end-11: a mount is 201 with a Location, or 202 and an upload that works", async () => {
      const target = await registry.repository();
      const { layer } = await pushImage(registry, name, `to-mount-${dialect}`);
      const prefix = pathOf(await registry.ask("POST", `${name}/blobs/uploads/`)).split("/")[2];
      const mount = (from: string) =>
        registry.ask("POST", `${target}/blobs/uploads/?mount=${layer}&from=${from}`);
      // ECR's registries mount once their account says so.
      if (dialect === "ecr") {
        expect((await mount(`${prefix}/${name}`)).status).toBe(202);
        await registry.client.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
      }
      const mounted = await mount(`${prefix}/${name}`);
      expect(mounted.status).toBe(201);
      const blob = await registry.ask("GET", pathOf(mounted));
      expect([blob.status, blob.body.toString()]).toEqual([200, `to-mount-${dialect}`]);
    });

    test("end-11: a mount of nothing, or without from, becomes an upload", async () => {
      const absent = digestOf("no such layer");
      for (const query of [`mount=${absent}&from=${name}`, `mount=${absent}`, `mount=${absent}&from=`]) {
        const answer = await registry.ask("POST", `${name}/blobs/uploads/?${query}`);
        expect(answer.status).toBe(202);
        expect((await registry.ask("GET", pathOf(answer))).status).toBe(204);
      }
    });
  });

  describe("a manifest", () => {
    const annotations = (bytes: number) => ({ annotations: { filling: "x".repeat(bytes) } });

    test("end-7: by tag and by digest; Location leads to it", async () => {
      const { manifest } = await pushImage(registry, name, "by-tag");
      for (const reference of ["by-tag", digestOf(manifest)]) {
        const answer = await putManifest(registry, name, manifest, reference);
        expect([answer.status, answer.headers["docker-content-digest"]]).toEqual([201, digestOf(manifest)]);
        expect((await registry.ask("GET", pathOf(answer))).body.toString()).toBe(manifest);
      }
    });

    test("end-7: many tags with one push by digest", async () => {
      const { manifest } = await pushImage(registry, name, "many");
      const path = `${name}/manifests/${digestOf(manifest)}?tag=many-1&tag=many-2`;
      const answer = await registry.ask("PUT", path, {
        body: manifest,
        headers: { "content-type": types.manifest },
      });
      expect([answer.status, answer.headers["oci-tag"]]).toEqual([201, "many-1, many-2"]);
      for (const tag of ["many-1", "many-2"])
        expect((await registry.ask("HEAD", `${name}/manifests/${tag}`)).status).toBe(200);
    });

    test("end-7: with a subject it is acknowledged, also when the subject is not there yet", async () => {
      await pushBlob(registry, name, "{}");
      const subject = describeBytes("not pushed", types.manifest);
      const manifest = imageManifest({ configType: types.empty, more: { subject, artifactType: "a/b" } });
      const answer = await putManifest(registry, name, manifest);
      expect([answer.status, answer.headers["oci-subject"]]).toEqual([201, subject.digest]);
    });

    test.each<[string, (size: number) => string]>([
      ["without layers", () => imageManifest({})],
      ["with layers null, as some clients write it", () => imageManifest({ more: { layers: null } })],
      ["an empty index", () => JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [] })],
      [
        "an artifact with an empty config",
        () =>
          imageManifest({ configType: types.empty, more: { artifactType: "application/vnd.example.sbom" } }),
      ],
      ["with members nobody knows", () => imageManifest({ more: { "x-custom": { deep: [1, "two"] } } })],
      [
        "with data in a descriptor",
        () => imageManifest({ more: { config: { ...describeBytes("{}", types.config), data: "e30=" } } }),
      ],
      [
        "with layers that need not be distributed",
        () => imageManifest({ more: { layers: [describeBytes("elsewhere", types.foreign)] } }),
      ],
      ["of four megabytes", () => imageManifest({ more: annotations(4 * mebibyte - 1024) })],
    ])("end-7: %s", async (_, make) => {
      await pushBlob(registry, name, "{}");
      const manifest = make(0);
      const answer = await putManifest(registry, name, manifest);
      expect([answer.status, answer.body.toString()]).toEqual([201, ""]);
      const got = await registry.ask("GET", `${name}/manifests/${digestOf(manifest)}`);
      expect(got.body.toString() === manifest).toBe(true);
    });

    test("end-7: an index of ten platforms, and an index of indexes", async () => {
      const images = await Promise.all(
        Array.from({ length: 10 }, (_, n) => pushImage(registry, name, `platform-${n}`)),
      );
      const index = JSON.stringify({
        schemaVersion: 2,
        mediaType: types.index,
        manifests: images.map(({ manifest }, n) => ({
          ...describeBytes(manifest, types.manifest),
          platform: { os: "linux", architecture: `cpu-${n}` },
        })),
      });
      expect((await putManifest(registry, name, index, "ten")).status).toBe(201);
      const nested = JSON.stringify({
        schemaVersion: 2,
        mediaType: types.index,
        manifests: [describeBytes(index, types.index)],
      });
      expect((await putManifest(registry, name, nested, "nested")).status).toBe(201);
      const got = await registry.ask("GET", `${name}/manifests/nested`);
      expect(got.headers["content-type"]).toBe(types.index);
    });

    test("end-7: an image of a hundred layers", async () => {
      await pushBlob(registry, name, "{}");
      const layers = Array.from({ length: 100 }, (_, n) => `layer ${n} of a hundred`);
      for (const layer of layers) await pushBlob(registry, name, layer);
      const manifest = imageManifest({ layers });
      expect((await putManifest(registry, name, manifest, "hundred")).status).toBe(201);
    });

    test.each<[string, string]>([
      ["a digest of other bytes", digestOf("other bytes")],
      ["a digest that is none", "sha256:12"],
      ["a digest of other bytes by SHA-512", digestOf("other bytes", "sha512")],
      ["a digest of an algorithm that is not taken", `sha384:${"0".repeat(96)}`],
    ])("end-7: under %s is 400 DIGEST_INVALID", async (_, reference) => {
      await pushBlob(registry, name, "{}");
      const answer = await putManifest(registry, name, imageManifest({}), reference);
      expect([answer.status, codeOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
    });

    test("end-7: larger than the limit is 413 SIZE_INVALID", async () => {
      await pushBlob(registry, name, "{}");
      const answer = await putManifest(registry, name, imageManifest({ more: annotations(4 * mebibyte) }));
      expect([answer.status, codeOf(answer)]).toEqual([413, "SIZE_INVALID"]);
    });

    test.each<[string, string, string]>([
      ["no JSON", types.manifest, "{"],
      ["not UTF-8's", types.manifest, "[]"],
      ["of another schema", types.manifest, '{"schemaVersion":1}'],
      [
        "both image and index",
        types.manifest,
        JSON.stringify({ schemaVersion: 2, manifests: [], layers: [] }),
      ],
      ["called another type", types.index, imageManifest({})],
      ["of a type that is no manifest", "text/plain", '{"schemaVersion":2}'],
    ])("end-7: one that is %s is refused and not stored", async (_, mediaType, body) => {
      const answer = await registry.ask("PUT", `${name}/manifests/bad`, {
        body,
        headers: { "content-type": mediaType },
      });
      expect([answer.status, codeOf(answer)]).toEqual(
        dialect === "ecr" ? [405, "UNSUPPORTED"] : [400, "MANIFEST_INVALID"],
      );
      expect((await registry.ask("HEAD", `${name}/manifests/bad`)).status).toBe(404);
    });
  });
});
