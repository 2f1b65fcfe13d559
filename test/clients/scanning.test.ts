import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databasePath } from "../../src/scan/database-file.ts";
import { debian, dpkgPackage, layer } from "../../src/scan/image.testing.ts";
import { importOsv } from "../../src/scan/import.ts";
import { osvEntry } from "../../src/scan/osv.testing.ts";
import { descriptorOf, ociConfig, ociLayer } from "../../src/services/ecr/images/images.testing.ts";
import { ociManifest } from "../../src/services/ecr/images/media-type.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** From a push to a finding, as the AWS CLI sees it: data that an operator imports, layers that are really read. */

const noCli = missing("aws");
let roadstead: TestRoadstead;
const repository = "scanned";

beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead?.stop());

/** Runs `aws ecr …`. */
async function aws(
  line: string,
): Promise<{ readonly code: number; readonly answer: unknown; readonly said: string }> {
  const { code, stdout, stderr } = await command("aws", ["ecr", ...line.split(" "), "--output", "json"], {
    env: roadstead.environment(),
  });
  return { code, answer: stdout === "" ? undefined : JSON.parse(stdout), said: stderr };
}

/** Pushes an image with an old glibc over `/v2/`. */
async function push(tag: string): Promise<void> {
  const { answer } = await aws("get-authorization-token");
  const { authorizationData } = answer as {
    readonly authorizationData: readonly { readonly authorizationToken: string }[];
  };
  const authorization = `Basic ${authorizationData[0]?.authorizationToken}`;
  const base = `${roadstead.url}/v2/000000000000.us-east-1/${repository}`;
  const status = dpkgPackage("libc6", "2.36-9+deb12u1", "glibc");
  const { bytes } = layer(debian, { path: "var/lib/dpkg/status", content: status });
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", created: tag }));
  for (const blob of [bytes, config]) {
    const { digest } = descriptorOf("", blob);
    const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST", headers: { authorization } });
    const location = new URL(begun.headers.get("location") ?? "", roadstead.url);
    location.searchParams.set("digest", digest);
    const put = await fetch(location, {
      method: "PUT",
      headers: { authorization },
      body: new Uint8Array(blob),
    });
    expect(put.status).toBe(201);
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptorOf(ociConfig, config),
    layers: [descriptorOf(ociLayer, bytes)],
  });
  const headers = { authorization, "content-type": ociManifest };
  const put = await fetch(`${base}/manifests/${tag}`, { method: "PUT", headers, body: manifest });
  expect(put.status).toBe(201);
}

test.skipIf(noCli !== undefined)("no data, then data, then a finding", { timeout: 120_000 }, async () => {
  await aws(
    `create-repository --repository-name ${repository} --image-scanning-configuration scanOnPush=true`,
  );
  await push("before");
  await expect
    .poll(
      async () =>
        (await aws(`describe-image-scan-findings --repository-name ${repository} --image-id imageTag=before`))
          .answer,
      {
        timeout: 30_000,
      },
    )
    .toMatchObject({
      imageScanStatus: {
        status: "FINDINGS_UNAVAILABLE",
        description: expect.stringContaining("roadstead scan-db import"),
      },
    });

  const source = join(roadstead.dataDir, "osv");
  mkdirSync(source);
  writeFileSync(
    join(source, "entry.json"),
    osvEntry(
      "DEBIAN-CVE-2023-4911",
      "Debian:12",
      "glibc",
      [{ introduced: "0" }, { fixed: "2.36-9+deb12u3" }],
      {
        severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H" }],
      },
    ),
  );
  await importOsv(databasePath(roadstead.dataDir), [source], Date.now(), () => undefined);

  await push("after");
  const image = `--repository-name ${repository} --image-id imageTag=after`;
  expect(await aws(`wait image-scan-complete ${image}`)).toMatchObject({ code: 0 });
  expect((await aws(`describe-image-scan-findings ${image}`)).answer).toMatchObject({
    imageScanStatus: { status: "COMPLETE" },
    imageScanFindings: {
      findingSeverityCounts: { HIGH: 1 },
      findings: [{ name: "CVE-2023-4911", severity: "HIGH" }],
    },
  });
  expect(await aws(`start-image-scan ${image}`)).toMatchObject({
    said: expect.stringContaining("LimitExceededException"),
  });
  expect(
    (await aws(`start-image-scan --repository-name ${repository} --image-id imageTag=before`)).code,
  ).toBe(0);
  expect(
    (await aws(`wait image-scan-complete --repository-name ${repository} --image-id imageTag=before`)).code,
  ).toBe(0);
});
