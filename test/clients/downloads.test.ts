import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { eventually, freePort, runDaemon } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { s3Missing, s3Url } from "../support/s3.ts";
import { digestOf } from "./images.ts";
import { writeLayout } from "./layouts.ts";
import { leave, type Party, push, registryToken, rootParty } from "./parties.ts";

/** Layers whose bytes another server sends: S3 by a URL of its own, nginx in front from the file that is named to it. */

const account = "111111111111";
const blob = Buffer.from("a layer that another sends".repeat(1000));

interface Site {
  readonly roadstead: TestRoadstead;
  readonly root: Party;
  readonly authorization: string;
}

async function site(flags: Readonly<Record<string, unknown>>): Promise<Site> {
  const roadstead = await testRoadstead({ registryNames: "path", ...flags });
  const root = rootParty(roadstead.url, account);
  await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  const kms = new KMSClient(roadstead.client(account));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  kms.destroy();
  await root.ecr.send(
    new CreateRepositoryCommand({
      repositoryName: "sealed",
      encryptionConfiguration: { encryptionType: "KMS", kmsKey: KeyMetadata?.Arn },
    }),
  );
  return { roadstead, root, authorization: `Basic ${await registryToken(root)}` };
}

function ask({ roadstead, authorization }: Site, path: string, init: RequestInit = {}, at = roadstead.url) {
  const headers = { authorization, ...init.headers };
  return fetch(new URL(`/v2/${account}.us-east-1/${path}`, at), { redirect: "manual", ...init, headers });
}

async function pushBlob(to: Site, repository: string): Promise<string> {
  const path = `${repository}/blobs/uploads/?digest=${digestOf(blob)}`;
  expect((await ask(to, path, { method: "POST", body: blob })).status).toBe(201);
  return `${repository}/blobs/${digestOf(blob)}`;
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer()).toString();

describe.skipIf(s3Missing())("a redirect to S3", () => {
  let served: Site;
  beforeAll(async () => {
    served = await site({ blobsUrl: await s3Url(), blobDownloads: "redirect" });
  });
  afterAll(async () => {
    leave(served.root);
    await served.roadstead.stop();
  });

  test("answers a pull of a layer, and its URL gives the bytes, whole or in part", async () => {
    const path = await pushBlob(served, "app");
    const answer = await ask(served, path);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([307, "no-store"]);
    const location = answer.headers.get("location") ?? "";
    expect(location).toContain("X-Amz-Signature=");
    expect(await bytesOf(await fetch(location))).toBe(blob.toString());
    const part = await fetch(location, { headers: { range: "bytes=2-6" } });
    expect([part.status, await bytesOf(part)]).toEqual([206, "layer"]);
    expect((await ask(served, path, { method: "HEAD" })).status).toBe(200);
  });

  test("is not given without a permission, nor for bytes that are encrypted", async () => {
    const path = await pushBlob(served, "app");
    expect((await ask(served, path, { headers: { authorization: "" } })).status).toBe(401);
    const sealed = await ask(served, await pushBlob(served, "sealed"));
    expect([sealed.status, await bytesOf(sealed)]).toEqual([200, blob.toString()]);
  });

  test.skipIf(missing("skopeo"))("is followed by skopeo", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roadstead-redirect-"));
    const digest = await push(served.root, "app", "v1");
    const token = Buffer.from(await registryToken(served.root), "base64").toString();
    const copied = await command("skopeo", [
      ...["copy", "--src-tls-verify=false", "--src-creds", token],
      `docker://localhost:${served.roadstead.port}/${account}.us-east-1/app:v1`,
      `oci:${folder}:v1`,
    ]);
    expect(copied.code, copied.stderr).toBe(0);
    expect(execFileSync("cat", [join(folder, "index.json")], { encoding: "utf8" })).toContain(digest);
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(missing("nginx", "-v"))("nginx in front", () => {
  let served: Site;
  let front: string;
  let folder: string;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    served = await site({ blobDownloads: "X-Accel-Redirect=/roadstead-files/", front: `http:${port}` });
    folder = mkdtempSync(join(tmpdir(), "roadstead-nginx-"));
    // nginx's own words are those of docs/operate/downloads.md.
    const configuration = join(folder, "nginx.conf");
    writeFileSync(
      configuration,
      `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
       user root;
       events {}
       http {
         access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
         server {
           listen 127.0.0.1:${port};
           client_max_body_size 0;
           location / {
             proxy_pass http://127.0.0.1:${served.roadstead.port};
             proxy_http_version 1.1;
             proxy_set_header Host $http_host;
             proxy_request_buffering off;
           }
           location /roadstead-files/ {
             internal;
             alias ${served.roadstead.dataDir}/blobs/;
             etag off;
             add_header Docker-Content-Digest $upstream_http_docker_content_digest;
             add_header ETag $upstream_http_etag;
           }
         }
       }`,
    );
    chmodSync(folder, 0o755);
    runDaemon('nginx -e "$2" -c "$1" & server=$!\nuntil_the_end', [configuration, join(folder, "error.log")]);
    front = `http://127.0.0.1:${port}`;
    expect(await eventually(10, async () => (await fetch(`${front}/v2/`)).status === 401)).toBe(true);
  });
  afterAll(async () => {
    leave(served.root);
    await served.roadstead.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("sends the file that is named to it, whole or in part, with what the registry says of it", async () => {
    const path = await pushBlob(served, "app");
    const named = await ask(served, path);
    expect(named.headers.get("x-accel-redirect")).toMatch(/^\/roadstead-files\/blobs\/sha256\//);
    expect(await bytesOf(named)).toBe("");
    const whole = await ask(served, path, {}, front);
    expect(await bytesOf(whole)).toBe(blob.toString());
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "content-length": String(blob.length),
      "content-type": "application/octet-stream",
      "docker-content-digest": digestOf(blob),
      etag: `"${digestOf(blob)}"`,
    });
    expect(whole.headers.get("x-accel-redirect")).toBeNull();
    const part = await ask(served, path, { headers: { range: "bytes=2-6" } }, front);
    expect([part.status, await bytesOf(part)]).toEqual([206, "layer"]);
  });

  test("is asked for nothing without a permission, nor for bytes that are encrypted", async () => {
    const path = await pushBlob(served, "app");
    const refused = await ask(served, path, { headers: { authorization: "" } }, front);
    expect(refused.status).toBe(401);
    const file = (await ask(served, path)).headers.get("x-accel-redirect") ?? "";
    expect((await fetch(new URL(file, front))).status).toBe(404);
    const sealed = await ask(served, await pushBlob(served, "sealed"), {}, front);
    expect([sealed.status, await bytesOf(sealed)]).toEqual([200, blob.toString()]);
  });

  test.skipIf(missing("skopeo"))("serves skopeo's push and pull", async () => {
    const token = Buffer.from(await registryToken(served.root), "base64").toString();
    const repository = `docker://localhost:${port}/${account}.us-east-1/app:v2`;
    const layout = join(folder, "layout");
    const digest = writeLayout(layout, "front");
    for (const args of [
      ["copy", "--dest-tls-verify=false", "--dest-creds", token, `oci:${layout}:v1`, repository],
      ["copy", "--src-tls-verify=false", "--src-creds", token, repository, `dir:${join(folder, "pulled")}`],
    ]) {
      const outcome = await command("skopeo", args);
      expect(outcome.code, outcome.stderr).toBe(0);
    }
    const manifest = execFileSync("cat", [join(folder, "pulled", "manifest.json")]);
    expect(digestOf(manifest)).toBe(digest);
  });
});
