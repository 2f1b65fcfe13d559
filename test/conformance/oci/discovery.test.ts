import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../../failure/signed.ts";
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

/** OCI Distribution Specification 1.1, "Content Discovery": end-8 and end-12. */

let registries: Registries;
beforeAll(async () => {
  registries = await startRegistries();
});
afterAll(() => registries.stop());

/** The path of the next page (RFC 8288), or `undefined`. */
function nextOf({ headers }: Answer): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1];
}

function bodyOf<T>({ body }: Answer): T {
  return JSON.parse(body.toString()) as T;
}

interface Tags {
  readonly name: string;
  readonly tags: readonly string[];
}

describe.each(dialects)("content discovery, dialect %s", (dialect) => {
  let registry: Registry;
  beforeAll(() => {
    registry = registries[dialect];
  });

  describe("end-8: tags", () => {
    let name: string;
    // ASCIIbetical: digits, capitals, the underscore, small letters.
    const all = ["1.0", "1.10", "1.9", "Beta", "_x", "alpha", "latest"];
    beforeAll(async () => {
      name = await registry.repository();
      const { manifest } = await pushImage(registry, name, "latest");
      for (const tag of all) await putManifest(registry, name, manifest, tag);
    });

    test("of an empty repository are none, and no error", async () => {
      const empty = await registry.repository();
      const answer = await registry.ask("GET", `${empty}/tags/list`);
      expect([answer.status, bodyOf(answer)]).toEqual([200, { name: empty, tags: [] }]);
    });

    test.each<[string, readonly string[], boolean]>([
      ["", all, false],
      ["?n=3", all.slice(0, 3), true],
      ["?n=7", all, false],
      ["?n=100000", all, false],
      ["?n=0", [], false],
      ["?last=Beta", all.slice(4), false],
      ["?n=2&last=1.9", all.slice(3, 5), true],
      ["?last=Between", all.slice(4), false],
      ["?last=zzz", [], false],
    ])("tags/list%s", async (query, tags, more) => {
      const answer = await registry.ask("GET", `${name}/tags/list${query}`);
      expect(answer.status).toBe(200);
      expect(bodyOf<Tags>(answer)).toEqual({ name, tags });
      expect(nextOf(answer) !== undefined).toBe(more);
    });

    test("Link leads from page to page, each tag once", async () => {
      const seen: string[] = [];
      let path: string | undefined = `${name}/tags/list?n=2`;
      while (path !== undefined) {
        const answer: Answer = await registry.ask("GET", path);
        seen.push(...bodyOf<Tags>(answer).tags);
        path = nextOf(answer);
      }
      expect(seen).toEqual(all);
    });

    test.each(["-1", "many", "1.5", "1e3"])("n=%s is 400", async (n) => {
      const answer = await registry.ask("GET", `${name}/tags/list?n=${n}`);
      expect([answer.status, codeOf(answer)]).toEqual([400, "PAGINATION_NUMBER_INVALID"]);
    });
  });

  describe("end-12: referrers", () => {
    interface Index {
      readonly schemaVersion: number;
      readonly mediaType: string;
      readonly manifests: readonly {
        readonly mediaType: string;
        readonly digest: string;
        readonly size: number;
        readonly artifactType?: string;
        readonly annotations?: Readonly<Record<string, string>>;
      }[];
    }
    const sbom = "application/vnd.example.sbom.v1";
    const signature = "application/vnd.example.signature.v1+json";
    let name: string;
    let subject: string;
    let manifests: Record<string, string>;
    beforeAll(async () => {
      name = await registry.repository();
      const image = await pushImage(registry, name, "subject");
      subject = image.digest;
      const about = { subject: describeBytes(image.manifest, types.manifest) };
      manifests = {
        sbom: imageManifest({
          configType: types.empty,
          more: { ...about, artifactType: sbom, annotations: { "org.example.format": "json" } },
        }),
        signature: imageManifest({ configType: types.empty, more: { ...about, artifactType: signature } }),
        // Without an artifactType of its own, that of the config counts.
        byConfig: imageManifest({ configType: "application/vnd.example.config", more: about }),
        index: JSON.stringify({
          schemaVersion: 2,
          mediaType: types.index,
          manifests: [],
          artifactType: sbom,
          ...about,
        }),
      };
      await pushBlob(registry, name, "{}");
      for (const manifest of Object.values(manifests))
        expect((await putManifest(registry, name, manifest)).status).toBe(201);
    });

    test("of a digest that nothing refers to, or that is not there, are an empty index", async () => {
      for (const digest of [digestOf("unknown"), digestOf(manifests.sbom ?? "")]) {
        const answer = await registry.ask("GET", `${name}/referrers/${digest}`);
        expect([answer.status, answer.headers["content-type"]]).toEqual([200, types.index]);
        expect(bodyOf(answer)).toEqual({ schemaVersion: 2, mediaType: types.index, manifests: [] });
      }
    });

    test("are all of them, with type, size, artifact type and annotations", async () => {
      const answer = await registry.ask("GET", `${name}/referrers/${subject}`);
      expect([answer.status, answer.headers["content-type"]]).toEqual([200, types.index]);
      expect(answer.headers["oci-filters-applied"]).toBeUndefined();
      const found = bodyOf<Index>(answer).manifests;
      const expected = [
        [manifests.sbom, types.manifest, sbom, { "org.example.format": "json" }],
        [manifests.signature, types.manifest, signature, undefined],
        [manifests.byConfig, types.manifest, "application/vnd.example.config", undefined],
        [manifests.index, types.index, sbom, undefined],
      ] as const;
      expect(found).toHaveLength(expected.length);
      for (const [manifest = "", mediaType, artifactType, annotations] of expected) {
        const one = found.find(({ digest }) => digest === digestOf(manifest));
        expect(one).toMatchObject({ mediaType, artifactType, size: manifest.length });
        expect(one?.annotations).toEqual(annotations);
      }
    });

    test.each<[string, readonly string[]]>([
      [encodeURIComponent(sbom), ["index", "sbom"]],
      [encodeURIComponent(signature), ["signature"]],
      [signature, ["signature"]],
      ["application%2Fvnd.nobody", []],
    ])("?artifactType=%s filters, and the answer says so", async (type, expected) => {
      const answer = await registry.ask("GET", `${name}/referrers/${subject}?artifactType=${type}`);
      expect(answer.headers["oci-filters-applied"]).toBe("artifactType");
      const digests = bodyOf<Index>(answer).manifests.map(({ digest }) => digest);
      expect(digests.toSorted()).toEqual(expected.map((key) => digestOf(manifests[key] ?? "")).toSorted());
    });

    test("of what is no digest are 400", async () => {
      for (const reference of ["latest", "sha256:12"]) {
        const answer = await registry.ask("GET", `${name}/referrers/${reference}`);
        expect([answer.status, codeOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
      }
    });

    test("one that is deleted is listed no more", async () => {
      const gone = digestOf(manifests.signature ?? "");
      expect((await registry.ask("DELETE", `${name}/manifests/${gone}`)).status).toBe(202);
      const answer = await registry.ask("GET", `${name}/referrers/${subject}`);
      expect(bodyOf<Index>(answer).manifests.map(({ digest }) => digest)).not.toContain(gone);
    });
  });
});
