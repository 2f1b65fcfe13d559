import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import Database from "better-sqlite3";
import { load, perSecond, type Row, type Scale, sideBySide } from "../measure.ts";
import { type Server, startRoadstead } from "../servers.ts";
import { signedRequest } from "../signed.ts";

const account = "000000000000";
const region = "us-east-1";
const root = { accessKeyId: "test", secretAccessKey: "test" };
const few = 10;
const many = 100_000;
const askers = 16;

/** The first page of a repository of 100,000 images against that of one of ten, on two servers in one run. */
export async function benchListing(scale: Scale): Promise<Row[]> {
  const folders = [few, many].map(() => mkdtempSync(join(tmpdir(), "roadstead-bench-")));
  const servers: Server[] = [];
  try {
    const tokens: string[] = [];
    for (const [index, dataDir] of folders.entries()) {
      const first = await startRoadstead(dataDir);
      tokens.push(await furnish(first));
      await first.stop();
      fill(join(dataDir, "roadstead.db"), index === 0 ? few : many);
      servers.push(await startRoadstead(dataDir));
    }
    const rows: Row[] = [];
    for (const [name, request] of Object.entries(requests)) {
      const [small = Number.NaN, large = Number.NaN] = await sideBySide(
        scale.rounds,
        servers.map(({ port }, index) => async () => {
          const { amount, seconds } = await load({
            ...{ kind: "rate", port, connections: askers, seconds: scale.seconds },
            request: await request(port, tokens[index] ?? ""),
          });
          return amount / seconds;
        }),
      );
      rows.push({
        what: `${name} of a repository of ${many.toLocaleString("en")} images`,
        ours: perSecond(large),
        peer: `of ${few}`,
        peerValue: perSecond(small),
        ratio: large / small,
        aim: "flat",
      });
    }
    return rows;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

type Ask = (port: number, token: string) => Promise<string>;

const requests: Readonly<Record<string, Ask>> = {
  "ListImages, the first ten": api("ListImages"),
  "DescribeImages, the first ten": api("DescribeImages"),
  "tags/list, the first ten": async (_port, token) =>
    `GET /v2/${account}.${region}/bench/tags/list?n=${few} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic ${token}\r\n\r\n`,
};

function api(operation: string): Ask {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
  };
  const body = JSON.stringify({ repositoryName: "bench", maxResults: few });
  return (port) => signedRequest({ service: "ecr", headers, body }, port, root, region);
}

/** An empty repository, and a token for its registry. */
async function furnish({ port }: Server): Promise<string> {
  const ecr = new ECRClient({ endpoint: `http://127.0.0.1:${port}`, region, credentials: root });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "bench" }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  ecr.destroy();
  return authorizationData?.[0]?.authorizationToken ?? "";
}

/** Writes so many images of one tag each, as their pushes would have: those would take minutes. */
function fill(file: string, count: number): void {
  const database = new Database(file);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
  });
  const put = (table: string, values: Readonly<Record<string, unknown>>) =>
    database.prepare(
      `insert into ${table} (${Object.keys(values).join()}) values (${Object.keys(values).map((name) => `:${name}`)})`,
    );
  database.transaction(() => {
    for (let i = 0; i < count; i++) {
      const digest = `sha256:${i.toString(16).padStart(64, "0")}`;
      const where = { account, region, repository: "bench", digest };
      const image = {
        ...where,
        media_type: "application/vnd.oci.image.index.v1+json",
        manifest: Buffer.from(manifest),
        ...{ size: 1000, pushed_at: 1_790_000_000_000 + i, status: "ACTIVE" },
        document: JSON.stringify({ manifestSize: manifest.length }),
      };
      put("ecr_image", image).run(image);
      const tag = { ...where, tag: `v${i}`, tagged_at: image.pushed_at };
      put("ecr_tag", tag).run(tag);
    }
  })();
  database.close();
}
