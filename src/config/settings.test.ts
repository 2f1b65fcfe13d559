import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  environmentName,
  isLoopback,
  resolveSettings,
  type SettingName,
  SettingsError,
  settingNames,
} from "./settings.ts";

interface Given {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: Readonly<Record<string, unknown>>;
}
const resolved = ({ flags = {}, environment = {}, file = {} }: Given) =>
  resolveSettings({ flags, environment, file });

describe("a flag over the environment over the file over the default", () => {
  const file = { port: 3 };
  const environment = { ROADSTEAD_PORT: "2" };
  test.each([
    [{ flags: { port: "1" }, environment, file }, 1, "flag"],
    [{ environment, file }, 2, "environment"],
    [{ file }, 3, "file"],
    [{}, 4566, "default"],
    [{ flags: { port: undefined }, file }, 3, "file"],
  ] as const)("%j", (given, port, source) => {
    const { settings, sources } = resolved(given);
    expect(settings.port).toBe(port);
    expect(sources.port).toBe(source);
  });

  test("each setting by itself", () => {
    const { settings, sources } = resolved({
      flags: { port: 1 },
      environment: { ROADSTEAD_LOG_LEVEL: "warn" },
    });
    expect([settings.port, settings.logLevel, settings.host]).toEqual([1, "warn", "127.0.0.1"]);
    expect([sources.port, sources.logLevel, sources.host]).toEqual(["flag", "environment", "default"]);
    expect(Object.keys(sources).sort()).toEqual([...settingNames].sort());
  });
});

describe("values", () => {
  test.each<readonly [SettingName, unknown, unknown]>([
    ["port", "0", 0],
    ["port", 65_535, 65_535],
    ["databaseUrl", "postgresql://u@h/d", "postgresql://u@h/d"],
    ["databaseUrl", "postgres://u@h/d", "postgres://u@h/d"],
    ["databaseUrl", "sqlite:/tmp/x.db", "sqlite:/tmp/x.db"],
    ["blobsUrl", "s3://bucket/prefix", "s3://bucket/prefix"],
    ["blobEncryption", "on", "on"],
    ["allowedHosts", "one,two", ["one", "two"]],
    ["allowedHosts", ["one"], ["one"]],
    ["front", "https", { secure: true, port: 443 }],
    ["blobDownloads", "served", { way: "served" }],
    ["blobDownloads", "X-Accel-Redirect=/b", { way: "front", header: "X-Accel-Redirect", prefix: "/b/" }],
    ["trustedProxies", "127.0.0.1,fd00::/8", ["127.0.0.1", "fd00::/8"]],
    ["front", "http:8080", { secure: false, port: 8080 }],
    ["allowClock", "true", true],
    ["allowClock", false, false],
    ["allowPrivateEgress", "true", true],
    ["allowReset", "no", false],
    [
      "registryDialects",
      "oci,111122223333=ecr",
      [{ dialect: "oci" }, { account: "111122223333", dialect: "ecr" }],
    ],
    [
      "bootstrapKeys",
      "AKIA1:secret:111122223333,AKIA2:other:444455556666",
      [
        { accessKeyId: "AKIA1", secretAccessKey: "secret", account: "111122223333" },
        { accessKeyId: "AKIA2", secretAccessKey: "other", account: "444455556666" },
      ],
    ],
  ])("%s %j", (name, given, expected) => {
    expect(resolved({ flags: { [name]: given } }).settings[name]).toEqual(expected);
    if (typeof given === "string") {
      expect(resolved({ environment: { [environmentName(name)]: given } }).settings[name]).toEqual(expected);
    }
  });

  test.each<readonly [SettingName, unknown]>([
    ["front", "https:0"],
    ["trustedProxies", "proxy.example"],
    ["trustedProxies", "10.0.0.0/33"],
    ["blobDownloads", "X-Other=/b/"],
    ["blobDownloads", "X-Sendfile=/b/\r\nX: y"],
    ["blobDownloads", "redirect"],
    ["front", "https://example.org"],
    ["port", "65536"],
    ["port", "-1"],
    ["port", "http"],
    ["port", "1.5"],
    ["port", ""],
    ["host", ""],
    ["databaseUrl", "mysql://h/d"],
    ["blobsUrl", "http://bucket"],
    ["blobEncryption", "yes"],
    ["domain", "local host"],
    ["registryNames", "both"],
    ["registryDialects", "docker"],
    ["registryDialects", "oci,1111=ecr"],
    ["bootstrapKeys", "AKIA1:secret"],
    ["bootstrapKeys", "AKIA1:secret:12"],
    ["bootstrapKeys", "AKIA1::111122223333"],
    ["bootstrapKeys", "AKIA1:secret:111122223333:more"],
    ["adminToken", "short"],
    ["allowClock", "perhaps"],
    ["logLevel", "loud"],
  ])("%s cannot be %j: the error names the setting and its source", (name, given) => {
    for (const [source, where] of [
      ["flag", { flags: { [name]: given } }],
      ["environment", { environment: { [environmentName(name)]: String(given) } }],
      ["file", { file: { [name]: given } }],
    ] as const) {
      expect(() => resolved(where)).toThrow(SettingsError);
      expect(() => resolved(where)).toThrow(`${name} (${source}): `);
    }
  });

  test("blobs are encrypted unless it is refused, or another server sends them", () => {
    const encryption = (flags: Readonly<Record<string, unknown>>) =>
      resolved({ flags }).settings.blobEncryption;
    const blobDownloads = "X-Accel-Redirect=/b/";
    expect(encryption({})).toBe("on");
    expect(encryption({ blobEncryption: "off" })).toBe("off");
    expect(encryption({ blobDownloads })).toBe("off");
    expect(() => encryption({ blobDownloads, blobEncryption: "on" })).toThrow(
      "blobEncryption (flag): what is",
    );
  });

  test("every problem is told at once, and no secret with it", () => {
    const wrong = () =>
      resolved({ flags: { port: "x" }, environment: { ROADSTEAD_BOOTSTRAP_KEYS: "AKIA1:hush-hush" } });
    expect(wrong).toThrow(/port \(flag\): .*\nbootstrapKeys \(environment\): must be ID:SECRET:ACCOUNT/);
    try {
      wrong();
    } catch (error) {
      expect(String(error)).not.toContain("hush-hush");
    }
  });

  test("a setting of the file that does not exist", () => {
    expect(() => resolved({ file: { prot: 1 } })).toThrow(new SettingsError("prot: no such setting (file)"));
  });
});

describe("reset", () => {
  test.each([
    [{ dataDir: join(tmpdir(), "roadstead-x") }, true],
    [{ dataDir: tmpdir() }, true],
    [{ dataDir: `${tmpdir()}-not` }, false],
    [{ dataDir: join(homedir(), ".roadstead") }, false],
    [{ dataDir: join(tmpdir(), "..", "var-roadstead") }, false],
    [{ dataDir: join(tmpdir(), "x"), allowReset: false }, false],
    [{ dataDir: join(homedir(), "x"), allowReset: true }, true],
  ])("%j: %s", (flags, allowed) => {
    expect(resolved({ flags }).settings.allowReset).toBe(allowed);
  });
});

test.each<readonly [SettingName, string]>([
  ["port", "ROADSTEAD_PORT"],
  ["dataDir", "ROADSTEAD_DATA_DIR"],
  ["databaseUrl", "ROADSTEAD_DATABASE_URL"],
  ["blobsUrl", "ROADSTEAD_BLOBS_URL"],
])("%s is %s in the environment", (name, expected) => {
  expect(environmentName(name)).toBe(expected);
});

test.each([
  ["localhost", true],
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.0.2.7", false],
  ["127.0.0.1.example", false],
  ["localhost.example", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
