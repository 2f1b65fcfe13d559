import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { image } from "../../src/services/ecr/images/images.testing.ts";
import type { Verification } from "../../src/services/ecr/verification/report.ts";
import { type Party, replicateTo, rootParty } from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, roadstead, type Serving, serve } from "../real/binary.ts";

/** How often the server is killed in each way of encryption; in `npm run test:soak` 201 times in all. */
const kills = process.env.ROADSTEAD_SOAK ? 67 : 2;
/** The seed of the moments; another draws others. */
const seed = process.env.ROADSTEAD_SEED ?? "registry";
/** The latest moment of a kill, in ms after work began. */
const latest = 1500;
const workers = 3;
const repositoryName = "app";
/** In seconds. */
const day = 86_400;

/** What the clients were told: an image is there, is gone, or may be either since its call was not answered. */
type Known = "there" | "gone" | "unknown";

/** Plain files, a common store that is encrypted, and a vault under a KMS key. */
const ways = [
  { encryptionType: "AES256", blobEncryption: "off" },
  { encryptionType: "AES256", blobEncryption: "on" },
  { encryptionType: "KMS", blobEncryption: "on" },
] as const;

describe.skipIf(notBuilt()).each(ways)(
  "a server killed often, with %o",
  ({ encryptionType, blobEncryption }) => {
    let home: Home;
    const known = new Map<string, Known>();
    beforeAll(() => {
      home = makeHome();
      process.stdout.write(`registry-crash: ROADSTEAD_SEED=${seed}, ${kills} kills\n`);
    });
    afterAll(() => home.remove());

    const start = () =>
      serve(
        [
          ...["--port", "0", "--data-dir", home.dataDir, "--allow-clock", "--log-level", "error"],
          ...["--blob-encryption", blobEncryption],
        ],
        home.env,
      );

    /** Asks for something; undefined when the server was killed before it answered. */
    async function answered<Answer>(ask: Promise<Answer>): Promise<Answer | undefined> {
      try {
        return await ask;
      } catch (error) {
        const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
        const name = error instanceof Error ? error.name : "";
        // The layer is there already, or is being removed: both are answers that promise nothing.
        if (status === undefined || status === 503 || name === "LayerAlreadyExistsException")
          return undefined;
        throw error;
      }
    }

    async function pushImage({ ecr }: Party, content: string): Promise<void> {
      const { manifest, digest, blobs } = image(content);
      known.set(digest, "unknown");
      for (const blob of blobs) {
        const layerPartBlob = Buffer.from(blob);
        const begun = await answered(ecr.send(new InitiateLayerUploadCommand({ repositoryName })));
        if (begun === undefined) return;
        const upload = { repositoryName, uploadId: begun.uploadId };
        const part = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1, layerPartBlob };
        if ((await answered(ecr.send(new UploadLayerPartCommand({ ...upload, ...part })))) === undefined)
          return;
        const layerDigests = [`sha256:${createHash("sha256").update(layerPartBlob).digest("hex")}`];
        await answered(ecr.send(new CompleteLayerUploadCommand({ ...upload, layerDigests })));
      }
      const put = ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest }));
      const done = await answered(put).catch((error: Error) => {
        // A layer was not completed, or was collected before the image named it: the push begins anew.
        if (error.name !== "LayersNotFoundException") throw error;
        return undefined;
      });
      if (done !== undefined) known.set(digest, "there");
    }

    async function deleteImage({ ecr }: Party, digest: string): Promise<void> {
      known.set(digest, "unknown");
      const imageIds = [{ imageDigest: digest }];
      const done = await answered(ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds })));
      if (done !== undefined) known.set(digest, "gone");
    }

    /** Pushes, and deletes every third of what it pushed, until the server is gone. */
    async function work(party: Party, run: number, worker: number, dead: () => boolean): Promise<void> {
      const mine: string[] = [];
      for (let count = 0; !dead(); count++) {
        const content = `${run} ${worker} ${count}`;
        await pushImage(party, content);
        mine.push(image(content).digest);
        if (count % 3 === 2) await deleteImage(party, mine.shift() ?? "");
      }
    }

    async function serveUntilKilled(run: number): Promise<void> {
      const serving = await start();
      const party = rootParty(serving.url, "111111111111");
      if (run === 0) {
        await party.ecr.send(
          new CreateRepositoryCommand({ repositoryName, encryptionConfiguration: { encryptionType } }),
        );
        await replicateTo(party, [rootParty(serving.url, "111111111111", "eu-west-1")]);
      } else await expectKnown(party);
      // What earlier runs let go of is old at once: the collector works while the others do. The clock begins anew with
      // each process, so it is moved beyond where it was.
      await fetch(new URL("/_roadstead/clock", serving.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ advanceSeconds: (run + 1) * 1.5 * day }),
      });
      let dead = false;
      const all = Array.from({ length: workers }, (_, worker) => work(party, run, worker, () => dead));
      const moment = createHash("sha256").update(`${seed} kill ${run}`).digest().readUInt32BE() % latest;
      await wait(50 + moment);
      dead = true;
      await kill(serving);
      await Promise.all(all);
    }

    async function kill(serving: Serving): Promise<void> {
      expect((await serving.end("SIGKILL")).signal).toBe("SIGKILL");
    }

    /** Whether images are there, or gone, as the clients were told. */
    async function expectKnown({ ecr }: Party): Promise<void> {
      const listed = new Set<string>();
      for (let nextToken: string | undefined; ; ) {
        const page = await ecr.send(new DescribeImagesCommand({ repositoryName, nextToken }));
        for (const { imageDigest = "" } of page.imageDetails ?? []) listed.add(imageDigest);
        nextToken = page.nextToken;
        if (nextToken === undefined) break;
      }
      for (const [digest, told] of known) {
        if (told !== "unknown") expect(listed.has(digest), `${digest} is ${told}`).toBe(told === "there");
      }
      const [some] = [...known].filter(([, told]) => told === "there").at(-1) ?? [];
      if (some === undefined) return;
      const imageIds = [{ imageDigest: some }];
      const { images = [] } = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
      expect(images).toHaveLength(1);
    }

    async function verify(endpoint = "http://127.0.0.1:1"): Promise<Verification> {
      const { code, stdout, stderr } = await roadstead(
        ["registry", "verify", "--json", "--data-dir", home.dataDir, "--endpoint", endpoint],
        home.env,
      );
      expect(code, `${stdout}${stderr}`).toBe(0);
      return JSON.parse(stdout) as Verification;
    }

    test(
      "loses nothing that it acknowledged, and its registry verifies each time",
      async () => {
        for (let run = 0; run < kills; run++) {
          await serveUntilKilled(run);
          expect((await verify()).problems).toEqual([]);
        }
        const serving = await start();
        await expectKnown(rootParty(serving.url, "111111111111"));
        // Online, too, and then what lies under a key is read as well.
        const online = await verify(serving.url);
        expect(online.images).toBeGreaterThan(0);
        expect(online).toMatchObject({ problems: [], unread: [] });
        expect(online.encryptedBlobs > 0).toBe(encryptionType === "KMS");
        await kill(serving);
        expect([...known.values()].filter((told) => told === "there").length).toBeGreaterThan(0);
      },
      60_000 + kills * 20_000,
    );
  },
);
