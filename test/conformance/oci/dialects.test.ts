import { readFileSync } from "node:fs";
import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hour } from "../../../src/kernel/duration.ts";
import type { Answer } from "../../failure/signed.ts";
import {
  beginUpload,
  codeOf,
  describeBytes,
  dialects,
  digestOf,
  imageManifest,
  pathOf,
  pushBlob,
  pushImage,
  putManifest,
  type Registries,
  type Registry,
  startRegistries,
  types,
} from "./registries.ts";

/** The table of docs/operate/registry-dialects.md, held against a running registry of each dialect. */

let registries: Registries;
beforeAll(async () => {
  registries = await startRegistries();
});
afterAll(() => registries.stop());

/** An answer as the table writes it. */
const told = (answer: Answer): string => `${answer.status} ${codeOf(answer)}`.trim();

const withType = (answer: Answer): string =>
  codeOf(answer) === "" ? `${answer.status}, \`${answer.headers["content-type"]}\`` : told(answer);

/** Where the registry's paths begin, without the slash: `<account>.<region>`. */
async function prefixOf(registry: Registry, name: string): Promise<string> {
  return (await beginUpload(registry, name)).split("/")[2] ?? "";
}

async function mount(registry: Registry, name: string, layer: string): Promise<string> {
  const from = `${await prefixOf(registry, name)}/${name}`;
  const target = await registry.repository();
  return told(await registry.ask("POST", `${target}/blobs/uploads/?mount=${layer}&from=${from}`));
}

type Question = (registry: Registry, name: string) => Promise<string>;

const questions: Readonly<Record<string, Question>> = {
  "Without credentials": async (registry, name) =>
    withType(await registry.ask("GET", `${name}/tags/list`, { headers: { authorization: "" } })),
  "`POST` of an upload: `OCI-Chunk-Min-Length`": async (registry, name) => {
    const { headers } = await registry.ask("POST", `${name}/blobs/uploads/`);
    return String(headers["oci-chunk-min-length"] ?? "none");
  },
  "`PATCH`: a chunk that is taken": async (registry, name) =>
    told(await registry.ask("PATCH", await beginUpload(registry, name), { body: "chunk" })),
  "A chunk after one of less than 5 MiB": async (registry, name) => {
    const path = pathOf(await registry.ask("PATCH", await beginUpload(registry, name), { body: "chunk" }));
    return told(await registry.ask("PATCH", path, { body: "another" }));
  },
  "`mount` while the account setting `BLOB_MOUNTING` is off": async (registry, name) =>
    mount(registry, name, (await pushImage(registry, name, "mounted")).layer),
  "`mount` of a layer that no image names": async (registry, name) =>
    mount(registry, name, await pushBlob(registry, name, "named by none")),
  "A manifest that is none": async (registry, name) =>
    told(
      await registry.ask("PUT", `${name}/manifests/x`, {
        body: "[]",
        headers: { "content-type": types.manifest },
      }),
    ),
  "A manifest whose layers are missing": async (registry, name) =>
    told(await putManifest(registry, name, imageManifest({ layers: ["missing"] }), "x")),
  "An index whose images are missing": async (registry, name) => {
    const manifests = [describeBytes("missing", types.manifest)];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests });
    return told(await putManifest(registry, name, index, "x"));
  },
  "A tag of 200 characters": async (registry, name) => {
    const { manifest } = await pushImage(registry, name, "short");
    return told(await putManifest(registry, name, manifest, "t".repeat(200)));
  },
  "`tags/list`: `Content-Type`": async (registry, name) => {
    const { headers } = await registry.ask("GET", `${name}/tags/list`);
    return `\`${headers["content-type"]}\``;
  },
  "`DELETE` of an image's last tag": async (registry, name) => {
    const { digest } = await pushImage(registry, name, "last");
    const answer = await registry.ask("DELETE", `${name}/manifests/last`);
    const left = (await registry.ask("HEAD", `${name}/manifests/${digest}`)).status === 200;
    return `${told(answer)}, the image ${left ? "stays" : "goes"}`;
  },
  "`DELETE` of an image that an index lists": async (registry, name) => {
    const { manifest, digest } = await pushImage(registry, name, "child");
    const manifests = [describeBytes(manifest, types.manifest)];
    await putManifest(
      registry,
      name,
      JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests }),
      "parent",
    );
    return told(await registry.ask("DELETE", `${name}/manifests/${digest}`));
  },
  "`DELETE` of a layer that no image names": async (registry, name) =>
    told(await registry.ask("DELETE", `${name}/blobs/${await pushBlob(registry, name, "loose")}`)),
  "`DELETE` of a layer that an image names": async (registry, name) =>
    told(await registry.ask("DELETE", `${name}/blobs/${(await pushImage(registry, name, "held")).layer}`)),
  "A digest of SHA-512": async (registry, name) =>
    told(
      await registry.ask("POST", `${name}/blobs/uploads/?digest=${digestOf("x", "sha512")}`, { body: "x" }),
    ),
  "With a token of another region, to a registry that is named by its host": async (registry) => {
    const host = `${registry.account}.dkr.ecr.eu-west-1.localhost`;
    return told(await registry.ask("GET", "/v2/", { headers: { host } }));
  },
  "An immutable tag": async (registry, name) => {
    await pushImage(registry, name, "fixed");
    await registry.client.send(
      new PutImageTagMutabilityCommand({ repositoryName: name, imageTagMutability: "IMMUTABLE" }),
    );
    const { manifest } = await pushImage(registry, name, "other");
    return told(await putManifest(registry, name, manifest, "fixed"));
  },
  "`_catalog`": async (registry) => told(await registry.ask("GET", "_catalog")),
  // The last one: it moves the clock.
  "With a token that has expired": async (registry, name) => {
    registries.clock.advance(13 * hour);
    return told(await registry.ask("GET", `${name}/tags/list`));
  },
};

/** The rows of the page: what is asked, and the answers of both dialects. */
const page = readFileSync(new URL("../../../docs/operate/registry-dialects.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| What"))
  .map((line) => line.slice(2, -2).split(" | "));

test("the page has every row that is asked, and no other", () => {
  expect(rows.map(([what]) => what).toSorted()).toEqual(Object.keys(questions).toSorted());
});

describe.each(Object.entries(questions))("%s", (what, question) => {
  test.each(dialects)("%s answers as the page says", async (dialect) => {
    const registry = registries[dialect];
    const row = rows.find(([named]) => named === what);
    const name = await registry.repository();
    expect(await question(registry, name)).toBe(row?.[dialects.indexOf(dialect) + 1]);
  });
});
