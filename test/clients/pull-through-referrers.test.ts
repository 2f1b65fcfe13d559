import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  ListImageReferrersCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MovableClock, movableClock } from "../../src/kernel/clock.ts";
import { minute } from "../../src/kernel/duration.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { type FakeUpstream, ociIndex, ociManifest, sampleLayer, startUpstream } from "../support/upstream.ts";
import { leave, type Party, registryToken, rootParty, userParty } from "./parties.ts";

/** What upstream has about an image, signatures for one, comes when somebody asks for it. */

const account = "111111111111";
const signature = "application/vnd.cncf.notary.signature";
const sbom = "application/spdx+json";

let upstream: FakeUpstream;
let roadstead: TestRoadstead;
let clock: MovableClock;
let root: Party;
let token: string;
/** Of an image that is cached. */
let subject: string;

beforeEach(async () => {
  upstream = await startUpstream();
  clock = movableClock();
  roadstead = await testRoadstead({ pullThroughUpstreams: [upstream.url] }, { clock });
  root = rootParty(roadstead.url, account);
  token = await registryToken(root);
  await root.ecr.send(
    new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up", upstreamRegistryUrl: upstream.url }),
  );
  subject = upstream.image("app", "v1", [sampleLayer("one")]).digest;
  expect((await ask("up/app/manifests/v1")).status).toBe(200);
});
afterEach(async () => {
  leave(root);
  await roadstead.stop();
  await upstream.close();
});

function ask(path: string, as = token): Promise<Response> {
  return fetch(`${roadstead.url}/v2/${root.path}/${path}`, { headers: { authorization: `Basic ${as}` } });
}

/** The digests that `/v2/` lists, in their order. */
async function listed(query = "", as = token): Promise<readonly string[]> {
  const answer = await ask(`up/app/referrers/${subject}${query}`, as);
  expect(answer.status).toBe(200);
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest);
}

function down(status: number): void {
  upstream.before = (_request, response) => {
    response.writeHead(status).end();
    return true;
  };
}

const overTheApi = () =>
  root.ecr.send(
    new ListImageReferrersCommand({ repositoryName: "up/app", subjectId: { imageDigest: subject } }),
  );

describe("referrers of a cached image", () => {
  test("come with what they hold, and stay", async () => {
    const signed = upstream.referrer("app", subject, signature, Buffer.from("signature"));
    const told = upstream.referrer("app", subject, sbom, Buffer.from("bill of material"));
    expect(await listed()).toEqual([signed, told].toSorted());
    expect(await listed(`?artifactType=${signature}`)).toEqual([signed]);
    down(500);
    const manifest = await ask(`up/app/manifests/${signed}`);
    const { layers } = (await manifest.json()) as { layers: { digest: string }[] };
    expect(await (await ask(`up/app/blobs/${layers[0]?.digest}`)).text()).toBe("signature");
  });

  test("come over the API too", async () => {
    const signed = upstream.referrer("app", subject, signature, Buffer.from("signature"));
    expect((await overTheApi()).referrers).toMatchObject([{ digest: signed, artifactType: signature }]);
  });

  test("are asked for once, however many want them, and again after a minute", async () => {
    const signed = upstream.referrer("app", subject, signature, Buffer.from("signature"));
    const all = await Promise.all(Array.from({ length: 8 }, () => listed()));
    expect(all).toEqual(Array.from({ length: 8 }, () => [signed]));
    const asked = () => upstream.count("GET", `/referrers/${subject}`);
    expect([asked(), upstream.count("GET", `/manifests/${signed}`)]).toEqual([1, 1]);
    const later = upstream.referrer("app", subject, sbom, Buffer.from("bill of material"));
    expect(await listed()).toEqual([signed]);
    clock.advance(minute);
    expect(await listed()).toEqual([signed, later].toSorted());
    expect([asked(), upstream.count("GET", `/manifests/${signed}`)]).toEqual([2, 1]);
  });

  test("come from a registry without the referrers API, by the tag of the digest", async () => {
    const document = {
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: sbom,
      config: {
        mediaType: "application/vnd.oci.empty.v1+json",
        digest: upstream.blob(Buffer.from("{}")),
        size: 2,
      },
      layers: [],
      subject: { mediaType: ociManifest, digest: subject, size: 1 },
    };
    const digest = upstream.manifest("app", undefined, ociManifest, document);
    upstream.manifest("app", subject.replace(":", "-"), ociIndex, {
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [{ mediaType: ociManifest, digest, size: JSON.stringify(document).length }],
    });
    expect(await listed()).toEqual([digest]);
  });

  test("are none where upstream has none", async () => {
    expect(await listed()).toEqual([]);
    expect((await overTheApi()).referrers).toEqual([]);
  });

  test("that cannot be kept keep no other from coming", async () => {
    const signed = upstream.referrer("app", subject, signature, Buffer.from("signature"));
    const lost = upstream.referrer("app", subject, sbom, Buffer.from("lost"));
    upstream.before = (request, response) => {
      if (request.url?.endsWith(lost) !== true) return false;
      response.writeHead(200, { "content-type": "text/plain" }).end("no manifest");
      return true;
    };
    const answer = await ask(`up/app/referrers/${subject}`);
    // Other bytes than their digest says are upstream's failure, and what came beside them is there.
    expect([200, 503]).toContain(answer.status);
    await expect.poll(() => listed().catch(() => [])).toContain(signed);
  });
});

describe("when upstream does not say", () => {
  test.each([
    [401, 403, "DENIED"],
    [429, 429, "TOOMANYREQUESTS"],
    [500, 503, "UNAVAILABLE"],
  ])("%i is %i where none are cached", async (status, answered, code) => {
    down(status);
    const answer = await ask(`up/app/referrers/${subject}`);
    expect(answer.status).toBe(answered);
    expect(((await answer.json()) as { errors: object[] }).errors).toMatchObject([{ code }]);
    await expect(overTheApi()).rejects.toMatchObject({ name: "UnableToListUpstreamImageReferrersException" });
  });

  test("those that are cached are listed", async () => {
    const signed = upstream.referrer("app", subject, signature, Buffer.from("signature"));
    expect(await listed()).toEqual([signed]);
    clock.advance(minute);
    down(500);
    expect(await listed()).toEqual([signed]);
  });
});

test("without leave to import there is what is cached", async () => {
  upstream.referrer("app", subject, signature, Buffer.from("signature"));
  const read = { Effect: "Allow", Action: ["ecr:BatchGetImage", "ecr:GetAuthorizationToken"], Resource: "*" };
  const reader = await userParty(root, "reader", read);
  expect(await listed("", await registryToken(reader))).toEqual([]);
  expect(upstream.count("GET", `/referrers/${subject}`)).toBe(0);
  leave(reader);
});

test("an ECR registry of another region is asked through the one door", async () => {
  const abroad = rootParty(roadstead.url, account, "eu-west-1");
  const manifest = (more: object) =>
    JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], ...more });
  const image = manifest({});
  await abroad.ecr.send(new CreateRepositoryCommand({ repositoryName: "far" }));
  const { image: put } = await abroad.ecr.send(
    new PutImageCommand({ repositoryName: "far", imageManifest: image, imageTag: "v1" }),
  );
  const about = { mediaType: ociIndex, digest: put?.imageId?.imageDigest, size: image.length };
  const { image: note } = await abroad.ecr.send(
    new PutImageCommand({
      repositoryName: "far",
      imageManifest: manifest({ artifactType: sbom, subject: about }),
    }),
  );
  await root.ecr.send(
    new CreatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix: "eu",
      upstreamRegistryUrl: `${account}.dkr.ecr.eu-west-1.amazonaws.com`,
    }),
  );
  expect((await ask("eu/far/manifests/v1")).status).toBe(200);
  const answer = await ask(`eu/far/referrers/${about.digest}`);
  expect(await answer.json()).toMatchObject({ manifests: [{ digest: note?.imageId?.imageDigest }] });
  leave(abroad);
});
