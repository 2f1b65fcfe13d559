import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { Sha256Node } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../src/kernel/clock.ts";
import { postgresMissing, postgresUrl } from "./support/postgres.ts";
import { type ClientSettings, type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

const region = "eu-west-1";
const clock = movableClock();
const noPostgres = postgresMissing();
let roadstead: TestRoadstead;
let viewer: ClientSettings;

interface Listening {
  readonly status: number;
  /** Settles with the first event whose text has something in it. */
  until(wanted: string): Promise<string>;
  readonly text: () => string;
  /** Settles when the stream is over. */
  readonly ended: Promise<void>;
  stop(): void;
}

async function listen(settings: ClientSettings, url = roadstead.url): Promise<Listening> {
  const { host, hostname } = new URL(url);
  const path = "/_roadstead/events";
  const signer = new SignatureV4({
    ...{ service: "sts", region: settings.region, credentials: settings.credentials, sha256: Sha256Node },
  });
  const { headers } = await signer.sign(
    {
      ...{ method: "GET", protocol: "http:", hostname, path, query: {}, headers: { host }, body: undefined },
    },
    { signingDate: new Date(clock.now()) },
  );
  const abort = new AbortController();
  const response = await fetch(`${url}${path}`, { headers, signal: abort.signal });
  let text = "";
  let heard = (): void => {};
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      heard();
    }
  };
  const ended = read().catch(() => {});
  return {
    status: response.status,
    text: () => text,
    ended,
    stop: () => abort.abort(),
    async until(wanted) {
      while (!text.includes(wanted)) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
      return text;
    },
  };
}

describe("live changes", () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({}, { clock });
    const iam = new IAMClient(roadstead.client());
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "one",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "ecs:DescribeClusters", Resource: "arn:aws:ecs:*:*:cluster/hers" },
          ],
        }),
      }),
    );
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    viewer = {
      ...roadstead.client("000000000000", region),
      credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" },
    };
  });

  afterAll(() => roadstead?.stop());

  test("each hears of what they may read, in their account and region", async () => {
    const [ofRoot, ofViewer, elsewhere] = await Promise.all([
      listen(roadstead.client("000000000000", region)),
      listen(viewer),
      listen(roadstead.client("111111111111", region)),
    ]);
    const ecs = new ECSClient(roadstead.client("000000000000", region));
    await ecs.send(new CreateClusterCommand({ clusterName: "not-hers" }));
    await ecs.send(new CreateClusterCommand({ clusterName: "hers" }));
    const heard = await ofViewer.until("cluster/hers");
    expect(heard).toMatch(/^: roadstead\n\n(?:.*\n)*event: change\ndata: \{"changes":\[\{"service":"ecs"/);
    expect(heard).not.toContain("not-hers");
    expect(await ofRoot.until("cluster/hers")).toContain("cluster/not-hers");
    expect(elsewhere.text()).not.toContain("cluster");
    for (const one of [ofRoot, ofViewer, elsewhere]) one.stop();
  });

  test("changes of global services are heard in every region", async () => {
    const listening = await listen(roadstead.client("000000000000", region));
    await new IAMClient(roadstead.client()).send(new CreateUserCommand({ UserName: "bob" }));
    expect(await listening.until("user/bob")).toContain(`"service":"iam"`);
    listening.stop();
  });

  test("whoever did not sign is refused; one caller has so many streams", async () => {
    expect((await fetch(`${roadstead.url}/_roadstead/events`)).status).toBe(403);
    const many = await Promise.all(Array.from({ length: 16 }, () => listen(viewer)));
    expect((await listen(viewer)).status).toBe(429);
    for (const one of many) one.stop();
    await Promise.all(many.map(({ ended }) => ended));
    await expect.poll(async () => (await listen(viewer)).status).toBe(200);
  });

  test("the end of the session ends them; its key is then refused", async () => {
    const length = 900;
    const { Credentials: made } = await new STSClient(viewer).send(
      new GetSessionTokenCommand({ DurationSeconds: length }),
    );
    const session = {
      ...viewer,
      credentials: {
        accessKeyId: made?.AccessKeyId ?? "",
        secretAccessKey: made?.SecretAccessKey ?? "",
        sessionToken: made?.SessionToken ?? "",
      },
    };
    clock.advance((length - 3) * 1_000);
    const listening = await listen(session);
    expect(listening.status).toBe(200);
    await listening.ended;
    expect(clock.now()).toBeGreaterThanOrEqual(made?.Expiration?.getTime() ?? Number.POSITIVE_INFINITY);
    expect((await listen(session)).status).toBe(403);
  });

  test.skipIf(noPostgres !== undefined)(
    `what another process on the same PostgreSQL changes is heard of ${noPostgres ?? ""}`,
    async () => {
      const databaseUrl = await postgresUrl();
      const one = await testRoadstead({ databaseUrl }, { clock });
      const other = await testRoadstead({ databaseUrl, dataDir: one.dataDir }, { clock });
      const listening = await listen(one.client(), one.url);
      await new ECSClient(other.client()).send(new CreateClusterCommand({ clusterName: "abroad" }));
      expect(await listening.until("cluster/abroad")).toContain(`"service":"ecs"`);
      listening.stop();
      await other.stop();
      await one.stop();
    },
  );

  test("a stop of Roadstead ends them", async () => {
    const other = await testRoadstead({}, { clock });
    const listening = await listen(other.client(), other.url);
    await other.stop();
    await listening.ended;
    expect(listening.status).toBe(200);
  });
});
