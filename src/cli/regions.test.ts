import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../test/support/roadstead.ts";
import { addRegion, issueKey, listRegions, removeRegion, revokeKey } from "./regions.ts";

const folder = mkdtempSync(join(tmpdir(), "roadstead-regions-"));
let roadstead: TestRoadstead;
let printed = "";

beforeAll(async () => {
  roadstead = await testRoadstead();
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  printed = "";
});
afterAll(async () => {
  vi.restoreAllMocks();
  await roadstead.stop();
  rmSync(folder, { recursive: true });
});

/** What a command printed. */
async function output(command: Promise<void>): Promise<string> {
  await command;
  const text = printed;
  printed = "";
  return text;
}

test("a key is issued, used for a region, listed without its secret, and revoked", async () => {
  const flags = { endpoint: roadstead.url };
  const issued = await output(issueKey("site-a", { ...flags, account: ["111111111111"] }));
  const key = /rsk_\S+/.exec(issued)?.[0] ?? "";
  const id = /Key (\S+)/.exec(issued)?.[1] ?? "";
  const keyFile = join(folder, "key");
  writeFileSync(keyFile, `${key}\n`);

  expect(await output(listRegions(flags))).toContain("Every region is served by this site.");
  const url = "https://other.example:4566";
  expect(await output(addRegion("eu-west-1", url, { ...flags, keyFile }))).toContain(url);
  const listed = await output(listRegions(flags));
  expect(listed).toBe(`eu-west-1  ${url}\nkey ${id}  site-a  valid  for 111111111111\n`);
  expect(JSON.parse(await output(listRegions({ ...flags, json: true })))).toMatchObject({
    regions: [{ region: "eu-west-1", url, ownAuthority: false }],
    keys: [{ id, name: "site-a" }],
  });

  await removeRegion("eu-west-1", flags);
  await revokeKey(id, flags);
  printed = "";
  expect(await output(listRegions(flags))).toContain(`key ${id}  site-a  revoked`);
  await expect(removeRegion("eu-west-1", flags)).rejects.toMatchObject({
    why: "NotFound: eu-west-1 is served by no other site",
  });
  await expect(revokeKey(id, flags)).rejects.toMatchObject({ why: expect.stringContaining("NotFound") });
});

test("what cannot be is told in three lines", async () => {
  const flags = { endpoint: roadstead.url };
  const url = "http://192.0.2.1:4566";
  const adding = addRegion("eu-west-1", url, { ...flags, key: `rsk_${"0".repeat(36)}_${"a".repeat(43)}` });
  await expect(adding).rejects.toMatchObject({ why: expect.stringContaining("plain HTTP") });
  await expect(addRegion("eu-west-1", url, flags)).rejects.toMatchObject({
    cure: expect.stringContaining("issue-key"),
  });
  await expect(issueKey("a b", { ...flags, account: ["111111111111"] })).rejects.toMatchObject({
    why: expect.stringContaining("name:"),
  });
  await expect(issueKey("a", { ...flags, account: ["1"] })).rejects.toMatchObject({
    why: expect.stringContaining("accounts:"),
  });
  await expect(listRegions({ endpoint: "http://127.0.0.1:1" })).rejects.toMatchObject({
    message: expect.stringContaining("No Roadstead answers"),
  });
});
