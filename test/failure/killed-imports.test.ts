import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  StartReplicationBackfillCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verification } from "../../src/services/ecr/verification/report.ts";
import { leave, type Party, push, registryToken, replicateTo, rootParty } from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, roadstead, type Serving, serve } from "../real/binary.ts";
import { digestOf, type FakeUpstream, startUpstream } from "../support/upstream.ts";

/** How often the server is killed; `npm run test:soak` sets more. */
const kills = process.env.ROADSTEAD_SOAK === undefined ? 3 : 100;
/** The seed of the moments and of what is pulled; a failure tells of it. */
const seed = process.env.ROADSTEAD_SEED ?? "imports";
/** The latest moment of a kill, in ms after work began. */
const latest = 800;
const pullers = 3;
/** Images that a backfill has to bring. */
const backlog = 25;
const account = "111111111111";

const drawn = (words: string) => createHash("sha256").update(`${seed} ${words}`).digest();

describe.skipIf(notBuilt())(`a server killed ${kills} times amid cold pulls and a backfill`, () => {
  let home: Home;
  let upstream: FakeUpstream;
  /** Tags upstream, and what they name. */
  const images = new Map<string, { readonly digest: string; readonly layers: readonly string[] }>();

  beforeAll(async () => {
    home = makeHome();
    upstream = await startUpstream();
    process.stdout.write(`killed-imports: ROADSTEAD_SEED=${seed}, ${kills} kills\n`);
  });
  afterAll(async () => {
    await upstream.close();
    home.remove();
  });

  const start = () =>
    serve(
      [
        ...["--port", "0", "--data-dir", home.dataDir, "--log-level", "error"],
        ...["--pull-through-upstream", upstream.url],
      ],
      home.env,
    );

  async function prepare(root: Party, abroad: Party): Promise<void> {
    await root.ecr.send(
      new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up", upstreamRegistryUrl: upstream.url }),
    );
    for (const { ecr } of [root, abroad]) {
      await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    }
    for (let count = 0; count < backlog; count++) await push(root, "app", `v${count}`);
    await replicateTo(root, [abroad]);
  }

  /** Pulls an image with its layers; undefined when the server died before it had answered all. */
  async function pull(root: Party, token: string, tag: string): Promise<string | undefined> {
    const get = async (path: string) => {
      const url = `${root.registry}/v2/${root.path}/up/app/${path}`;
      const response = await fetch(url, { headers: { authorization: `Basic ${token}` } });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(response.status, bytes.toString("utf8", 0, 500)).toBe(200);
      return digestOf(bytes);
    };
    try {
      const digest = await get(`manifests/${tag}`);
      for (const layer of images.get(tag)?.layers ?? []) expect(await get(`blobs/${layer}`)).toBe(layer);
      return digest;
    } catch (error) {
      // What the kill cut off; what was answered is checked above.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  /** Makes an image that nobody has pulled yet: two layers, one of which several images share. */
  function another(tag: string): void {
    const shared = Buffer.alloc(1 << 20, drawn(`shared ${tag.length}`));
    images.set(tag, upstream.image("app", tag, [shared, Buffer.alloc(1 << 19, drawn(tag))]));
  }

  async function serveUntilKilled(run: number): Promise<void> {
    const serving = await start();
    const root = rootParty(serving.url, account);
    const abroad = rootParty(serving.url, account, "eu-west-1");
    if (run === 0) await prepare(root, abroad);
    const token = await registryToken(root);
    const { region } = abroad;
    // One that an earlier run began may be at work still: then this one is refused, and that one goes on.
    const backfill = new StartReplicationBackfillCommand({ destination: { registryId: account, region } });
    await root.ecr.send(backfill).catch((error: Error) => {
      expect(error.name, error.message).toMatch(/Exception$/);
    });
    let dead = false;
    const all = Array.from({ length: pullers }, async (_, puller) => {
      for (let count = 0; !dead; count++) {
        const tag = `r${run}-${puller}-${count}`;
        another(tag);
        const digest = await pull(root, token, tag);
        if (digest !== undefined) expect(digest).toBe(images.get(tag)?.digest);
      }
    });
    await wait(30 + (drawn(`kill ${run}`).readUInt32BE() % latest));
    dead = true;
    await kill(serving);
    await Promise.all(all);
    leave(root);
    leave(abroad);
  }

  async function kill(serving: Serving): Promise<void> {
    expect((await serving.end("SIGKILL")).signal).toBe("SIGKILL");
  }

  async function verify(run: number | string): Promise<Verification> {
    const args = ["registry", "verify", "--json", "--data-dir", home.dataDir];
    const { stdout, stderr } = await roadstead(args, home.env);
    const found = JSON.parse(stdout === "" ? "{}" : stdout) as Verification;
    expect(found.problems, `seed ${seed}, run ${run}\n${stderr}`).toEqual([]);
    return found;
  }

  async function imagesOf({ ecr }: Party): Promise<readonly (string | undefined)[]> {
    const page = await ecr.send(new DescribeImagesCommand({ repositoryName: "app", maxResults: 1000 }));
    return page.imageDetails?.map(({ imageDigest }) => imageDigest).toSorted() ?? [];
  }

  test(
    "keeps nothing half done: what it has verifies, and both go on where they were",
    async () => {
      for (let run = 0; run < kills; run++) {
        await serveUntilKilled(run);
        await verify(run);
      }
      const serving = await start();
      const root = rootParty(serving.url, account);
      const abroad = rootParty(serving.url, account, "eu-west-1");
      const token = await registryToken(root);
      for (const [tag, { digest }] of [...images].slice(-20)) {
        expect(await pull(root, token, tag)).toBe(digest);
      }
      const expected = await imagesOf(root);
      expect(expected).toHaveLength(backlog);
      await expect.poll(() => imagesOf(abroad), { timeout: 60_000 }).toEqual(expected);
      expect((await verify("the last")).images).toBeGreaterThanOrEqual(2 * backlog);
      leave(root);
      leave(abroad);
      await serving.end("SIGTERM");
      await verify("the end");
    },
    120_000 + kills * 20_000,
  );
});
