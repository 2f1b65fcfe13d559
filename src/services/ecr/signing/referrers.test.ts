import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImageSigningStatusCommand,
  ListImageReferrersCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../../kernel/brand.ts";
import { descriptorOf, image, ociConfig, push } from "../images/images.testing.ts";
import { ociManifest } from "../images/media-type.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";

/**
 * What clients that sign and describe images leave in a registry, in the shapes that they push: cosign's tag and its
 * OCI 1.1 referrer, notation's signature, an SBOM as ORAS attaches it. The clients themselves are not run here.
 */

const account = "111111111111";
const repositoryName = "signed";
const empty = "application/vnd.oci.empty.v1+json";
const notation = "application/vnd.cncf.notary.signature";
const spdx = "application/spdx+json";
const cosign = "application/vnd.dev.sigstore.bundle.v0.3+json";

let world: TestWorld;
const subject = image("the image");
const digests: Record<string, Digest> = {};

/** A manifest about the image, of one layer. */
function about(artifactType: string, content: string, configType = empty) {
  return {
    manifest: JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType,
      config: descriptorOf(configType, "{}"),
      layers: [descriptorOf("application/json", content)],
      subject: descriptorOf(ociManifest, subject.manifest),
      annotations: { "org.opencontainers.image.created": "2026-05-01T00:00:00Z" },
    }),
    blobs: ["{}", content],
  };
}

/** Before OCI 1.1 cosign signs with an image of its own, tagged by the digest that it signs. */
const cosignTag = subject.digest.replace(":", "-").concat(".sig");

beforeAll(async () => {
  world = await openTestWorld();
  const root = world.root(account);
  await root.send(new CreateRepositoryCommand({ repositoryName }));
  const into = (manifest: string, blobs: readonly string[], reference?: string) =>
    push(root, world.operations, repositoryName, manifest, { blobs, reference });
  await into(subject.manifest, subject.blobs, "v1");
  const payload = '{"critical":{}}';
  const tagged = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptorOf(ociConfig, "{}"),
    layers: [
      {
        ...descriptorOf("application/vnd.dev.cosign.simplesigning.v1+json", payload),
        annotations: { "dev.cosignproject.cosign/signature": "MEUCIQ" },
      },
    ],
  });
  digests.cosignTag = await into(tagged, ["{}", payload], cosignTag);
  for (const type of [notation, spdx, cosign]) {
    const { manifest, blobs } = about(type, `{"of":"${type}"}`);
    digests[type] = await into(manifest, blobs);
  }
});
afterAll(() => world.close());

const list = (artifactTypes?: string[]) =>
  world.root(account).send(
    new ListImageReferrersCommand({
      repositoryName,
      subjectId: { imageDigest: subject.digest },
      filter: artifactTypes && { artifactTypes },
    }),
  );

describe("signatures and bills of material", () => {
  test.each([
    ["all", undefined, [notation, spdx, cosign]],
    ["notation's", [notation], [notation]],
    ["an SBOM and a bundle", [spdx, cosign], [spdx, cosign]],
    ["none of a type that nobody pushed", ["application/x"], []],
  ])("ListImageReferrers: %s", async (_name, types, expected) => {
    const { referrers = [] } = await list(types);
    expect(referrers.map(({ digest }) => digest).sort()).toEqual(
      expected.map((type) => digests[type]).sort(),
    );
    for (const { annotations, artifactStatus } of referrers) {
      expect(annotations).toEqual({ "org.opencontainers.image.created": "2026-05-01T00:00:00Z" });
      expect(artifactStatus).toBe("ACTIVE");
    }
  });

  test("/v2/ referrers, all and of one type", async () => {
    const ask = async (artifactTypes?: readonly string[]) => {
      const input = { repositoryName, subject: subject.digest, limit: 10, artifactTypes };
      return (await world.root(account).invoke(world.operations.listReferrers, input)).referrers;
    };
    expect((await ask()).length).toBe(3);
    expect(await ask([spdx])).toMatchObject([
      { digest: digests[spdx], artifactType: spdx, mediaType: ociManifest },
    ]);
  });

  test("cosign's tag is pulled as it was pushed, and no managed signing is claimed", async () => {
    const root = world.root(account);
    const { images = [] } = await root.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: cosignTag }] }),
    );
    expect(images[0]?.imageId?.imageDigest).toBe(digests.cosignTag);
    expect(images[0]?.imageManifest).toContain("dev.cosignproject.cosign/signature");
    const status = new DescribeImageSigningStatusCommand({ repositoryName, imageId: { imageTag: "v1" } });
    expect((await root.send(status)).signingStatuses).toEqual([]);
  });
});

test("referrers with large annotations come on pages of a bounded size", async () => {
  const root = world.root(account);
  const target = image("annotated");
  await push(root, world.operations, repositoryName, target.manifest, { blobs: target.blobs });
  const large = "x".repeat(1_500_000);
  for (const number of [1, 2, 3, 4, 5]) {
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: spdx,
      config: descriptorOf(empty, "{}"),
      layers: [],
      subject: descriptorOf(ociManifest, target.manifest),
      annotations: { number: String(number), large },
    });
    await push(root, world.operations, repositoryName, manifest, { blobs: ["{}"] });
  }
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const page = await root.invoke(world.operations.listReferrers, {
      ...{ repositoryName, subject: target.digest, limit: 1000 },
      ...(after === undefined ? {} : { after }),
    });
    expect(page.referrers.every(({ annotations }) => annotations?.large === large)).toBe(true);
    pages.push(page.referrers.map(({ annotations }) => annotations?.number ?? ""));
    after = page.more ? page.referrers.at(-1)?.digest : undefined;
  } while (after !== undefined);
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(pages.flat().sort()).toEqual(["1", "2", "3", "4", "5"]);
});
