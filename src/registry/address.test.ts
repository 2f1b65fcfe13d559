import { describe, expect, test } from "vitest";
import { parseAddress, registryOfHost, sourceRepository } from "./address.ts";

const here = { account: "123456789012", region: "eu-west-1" };

describe("a registry named by host", () => {
  test.each([
    ["123456789012.dkr.ecr.eu-west-1.localhost:4566", here],
    ["123456789012.dkr.ecr.eu-west-1.roadstead.internal", here],
    ["123456789012.dkr.ecr.mars-1.localhost", undefined],
    ["12345678901.dkr.ecr.eu-west-1.localhost", undefined],
    ["123456789012.dkr.ecr.eu-west-1", undefined],
    ["localhost:4566", undefined],
    ["", undefined],
  ])("%s", (host, expected) => {
    expect(registryOfHost(host)).toEqual(expected);
  });
});

describe("where a request goes", () => {
  const byHost = "123456789012.dkr.ecr.eu-west-1.localhost:4566";
  test.each([
    [byHost, "/v2/", { registry: here, base: "/v2", rest: "" }],
    [byHost, "/v2/a/b/tags/list", { registry: here, base: "/v2", rest: "a/b/tags/list" }],
    // In host form such a name is a repository like any other.
    [
      byHost,
      "/v2/123456789012.us-east-1/tags/list",
      { registry: here, base: "/v2", rest: "123456789012.us-east-1/tags/list" },
    ],
    ["localhost:4566", "/v2", { registry: undefined, base: "/v2", rest: "" }],
    ["localhost:4566", "/v2/_catalog", { registry: undefined, base: "/v2", rest: "_catalog" }],
    [
      "localhost:4566",
      "/v2/123456789012.eu-west-1/a/tags/list",
      { registry: here, base: "/v2/123456789012.eu-west-1", rest: "a/tags/list" },
    ],
    [
      "localhost:4566",
      "/v2/123456789012.eu-west-1",
      { registry: here, base: "/v2/123456789012.eu-west-1", rest: "" },
    ],
    ["localhost:4566", "/v2/a/tags/list", undefined],
    ["localhost:4566", "/v2/123456789012-eu-west-1/a/tags/list", undefined],
    ["localhost:4566", "/v3/", undefined],
    [byHost, "/", undefined],
  ])("%s %s", (host, path, expected) => {
    expect(parseAddress(host, path)).toEqual(expected);
  });
});

describe("the repository to mount from is written in the form of the request", () => {
  const byPath = parseAddress("localhost", "/v2/123456789012.eu-west-1/a/blobs/uploads/");
  const byHost = parseAddress("123456789012.dkr.ecr.eu-west-1.localhost", "/v2/a/blobs/uploads/");
  test.each([
    [byHost, "b/c", "b/c"],
    [byPath, "123456789012.eu-west-1/b/c", "b/c"],
    [byPath, "123456789012.us-east-1/b", undefined],
    [byPath, "210987654321.eu-west-1/b", undefined],
    [byPath, "b", undefined],
  ])("%o from %s", (address, from, expected) => {
    expect(address && sourceRepository(address, from)).toBe(expected);
  });
});
