import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ListImageReferrersCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { digestOf } from "./images.ts";
import { leave, type Party, registryToken, rootParty } from "./parties.ts";

/**
 * What is no container image: artifacts as their makers describe them (Helm, "Helm charts in OCI registries"; CNCF, "Wasm OCI
 * artifact layout"; image-spec, "Guidelines for artifact usage"), pushed as any client of the specification does.
 */

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const empty = Buffer.from("{}");
const emptyType = "application/vnd.oci.empty.v1+json";

interface Artifact {
  readonly config: readonly [type: string, bytes: Buffer];
  readonly layer: readonly [type: string, bytes: Buffer];
  readonly more?: Readonly<Record<string, unknown>>;
}

const helm: Artifact = {
  config: [
    "application/vnd.cncf.helm.config.v1+json",
    Buffer.from('{"name":"app","version":"1.0.0","apiVersion":"v2"}'),
  ],
  layer: ["application/vnd.cncf.helm.chart.content.v1.tar+gzip", Buffer.from("a chart's archive")],
  more: {
    annotations: { "org.opencontainers.image.title": "app", "org.opencontainers.image.version": "1.0.0" },
  },
};
const wasm: Artifact = {
  config: ["application/vnd.wasm.config.v0+json", Buffer.from('{"architecture":"wasm","os":"wasip2"}')],
  layer: ["application/wasm", Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])],
};
const sbom = (subject: object): Artifact => ({
  config: [emptyType, empty],
  layer: ["application/spdx+json", Buffer.from('{"spdxVersion":"SPDX-2.3"}')],
  more: { artifactType: "application/spdx+json", subject, annotations: { "org.example.made": "by a test" } },
});

let roadstead: TestRoadstead;
let root: Party;
let authorization: string;

beforeAll(async () => {
  roadstead = await testRoadstead({ registryNames: "path" });
  root = rootParty(roadstead.url, "111111111111");
  await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "artifacts" }));
  authorization = `Basic ${await registryToken(root)}`;
});
afterAll(async () => {
  leave(root);
  await roadstead.stop();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${roadstead.url}/v2/${root.path}/artifacts/${path}`, {
    ...init,
    headers: { authorization, ...init.headers },
  });

const described = ([mediaType, bytes]: Artifact["layer"]) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

function manifestOf({ config, layer, more }: Artifact): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: described(config),
      layers: [described(layer)],
      ...more,
    }),
  );
}

async function push(artifact: Artifact, tag: string): Promise<string> {
  for (const [, bytes] of [artifact.config, artifact.layer]) {
    const stored = await ask(`blobs/uploads/?digest=${digestOf(bytes)}`, {
      method: "POST",
      body: new Uint8Array(bytes),
    });
    expect(stored.status).toBe(201);
  }
  const manifest = manifestOf(artifact);
  const answer = await ask(`manifests/${tag}`, {
    method: "PUT",
    body: new Uint8Array(manifest),
    headers: { "content-type": manifestType },
  });
  expect(answer.status, await answer.text()).toBe(201);
  return digestOf(manifest);
}

async function detailsOf(imageTag: string) {
  const { imageDetails } = await root.ecr.send(
    new DescribeImagesCommand({ repositoryName: "artifacts", imageIds: [{ imageTag }] }),
  );
  return imageDetails?.[0];
}

test.each([
  ["a Helm chart", "1.0.0", helm, helm.config[0]],
  ["a WebAssembly module", "wasm", wasm, wasm.config[0]],
  [
    "an SBOM by itself",
    "sbom",
    { ...sbom({}), more: { artifactType: "application/spdx+json" } },
    "application/spdx+json",
  ],
] as const)(
  "%s is pushed, listed with its type, and pulled byte for byte",
  async (_, tag, artifact, type) => {
    const digest = await push(artifact, tag);
    expect(await detailsOf(tag)).toMatchObject({
      imageDigest: digest,
      imageManifestMediaType: manifestType,
      artifactMediaType: type,
    });
    const pulled = await ask(`manifests/${tag}`);
    expect(digestOf(Buffer.from(await pulled.arrayBuffer()))).toBe(digest);
    const [, bytes] = artifact.layer;
    const layer = await ask(`blobs/${digestOf(bytes)}`);
    expect(Buffer.from(await layer.arrayBuffer()).equals(bytes)).toBe(true);
  },
);

test("an SBOM of a chart is found by the chart", async () => {
  const chart = await push(helm, "with-sbom");
  const subject = { mediaType: manifestType, digest: chart, size: manifestOf(helm).length };
  const digest = await push(sbom(subject), "its-sbom");
  const { referrers } = await root.ecr.send(
    new ListImageReferrersCommand({ repositoryName: "artifacts", subjectId: { imageDigest: chart } }),
  );
  expect(referrers).toMatchObject([
    { digest, artifactType: "application/spdx+json", annotations: { "org.example.made": "by a test" } },
  ]);
  const listed = await ask(`referrers/${chart}?artifactType=application/spdx%2Bjson`);
  expect(await listed.json()).toMatchObject({ manifests: [{ digest }] });
});

describe.skipIf(missing("skopeo"))("skopeo", () => {
  test("copies a chart from a layout, and back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roadstead-artifact-"));
    try {
      const blobs = join(folder, "in", "blobs", "sha256");
      mkdirSync(blobs, { recursive: true });
      const manifest = manifestOf(helm);
      for (const bytes of [manifest, helm.config[1], helm.layer[1]]) {
        writeFileSync(join(blobs, digestOf(bytes).slice("sha256:".length)), bytes);
      }
      writeFileSync(join(folder, "in", "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
      const entry = {
        ...described([manifestType, manifest]),
        annotations: { "org.opencontainers.image.ref.name": "c" },
      };
      writeFileSync(
        join(folder, "in", "index.json"),
        JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
      );
      const token = Buffer.from(authorization.slice("Basic ".length), "base64").toString();
      const there = `docker://localhost:${roadstead.port}/${root.path}/artifacts:copied`;
      for (const args of [
        ["copy", "--dest-tls-verify=false", "--dest-creds", token, `oci:${folder}/in:c`, there],
        ["copy", "--src-tls-verify=false", "--src-creds", token, there, `oci:${folder}/out:c`],
      ]) {
        const outcome = await command("skopeo", args);
        expect(outcome.code, outcome.stderr).toBe(0);
      }
      expect(await detailsOf("copied")).toMatchObject({ artifactMediaType: helm.config[0] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
