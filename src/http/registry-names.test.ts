import { describe, expect, test } from "vitest";
import type { AccountId, Region } from "../kernel/brand.ts";
import { chooseRegistryForm, proxyEndpoint, repositoryUri } from "./registry-names.ts";

const account = "111122223333" as AccountId;
const region = "eu-west-1" as Region;
const address = { domain: "localhost", port: () => 4566, secure: false };

describe("names of registries", () => {
  test("as AWS forms them", () => {
    expect(repositoryUri("subdomain", address, account, region, "team/app")).toBe(
      "111122223333.dkr.ecr.eu-west-1.localhost:4566/team/app",
    );
    expect(proxyEndpoint("subdomain", address, account, region)).toBe(
      "http://111122223333.dkr.ecr.eu-west-1.localhost:4566",
    );
  });

  test("as paths, where one login serves all", () => {
    expect(repositoryUri("path", address, account, region, "team/app")).toBe(
      "localhost:4566/111122223333.eu-west-1/team/app",
    );
    expect(proxyEndpoint("path", { ...address, secure: true }, account, region)).toBe(
      "https://localhost:4566",
    );
  });

  test.each([
    [true, 443, "https://localhost", "localhost/111122223333.eu-west-1/a"],
    [false, 80, "http://localhost", "localhost/111122223333.eu-west-1/a"],
    [true, 80, "https://localhost:80", "localhost:80/111122223333.eu-west-1/a"],
  ])("without the scheme's own port: TLS %s, %d", (secure, port, endpoint, uri) => {
    const at = { ...address, secure, port: () => port };
    expect(proxyEndpoint("path", at, account, region)).toBe(endpoint);
    expect(repositoryUri("path", at, account, region, "a")).toBe(uri);
  });

  test("in the form that resolves here, unless one is wanted", async () => {
    const names: string[] = [];
    const resolves = async (name: string) => names.push(name);
    const fails = async () => {
      throw new Error("ENOTFOUND");
    };
    expect(await chooseRegistryForm("auto", "localhost", resolves)).toBe("subdomain");
    expect(names).toEqual(["000000000000.dkr.ecr.us-east-1.localhost"]);
    expect(await chooseRegistryForm("auto", "localhost", fails)).toBe("path");
    expect(await chooseRegistryForm("subdomain", "localhost", fails)).toBe("subdomain");
    expect(await chooseRegistryForm("path", "localhost", resolves)).toBe("path");
  });
});
