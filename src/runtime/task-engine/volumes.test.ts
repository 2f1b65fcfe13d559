import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { testTask } from "../task.testing.ts";
import type { HostAllowances } from "./ports.ts";
import { type VolumePlace, volumePlace } from "./volumes.ts";

const root = mkdtempSync(join(tmpdir(), "roadstead-volumes-"));
const allowed = join(root, "allowed");
mkdirSync(join(allowed, "inner"), { recursive: true });
mkdirSync(join(root, "secret"));
symlinkSync(join(root, "secret"), join(allowed, "way-out"));
afterAll(() => rmSync(root, { recursive: true }));

const allowances: HostAllowances = {
  hostMounts: [allowed],
  privileged: false,
  hostNamespaces: false,
  fileSystems: { "fs-1": allowed },
};
const installation = "0".repeat(32);
type Volume = Parameters<typeof volumePlace>[1];
const place = (volume: Volume): VolumePlace =>
  volumePlace(testTask(), { name: "v", ...volume }, installation, allowances);

describe("folders of this machine", () => {
  test.each([
    ["an allowed folder", () => ({ host: { sourcePath: allowed } }), () => allowed],
    ["one in it", () => ({ host: { sourcePath: `${allowed}/inner` } }), () => `${allowed}/inner`],
    [
      "one that is to be made",
      () => ({ host: { sourcePath: `${allowed}/new/deep` } }),
      () => `${allowed}/new/deep`,
    ],
    [
      "a file system and its root directory",
      () => ({ efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "/inner" } }),
      () => `${allowed}/inner`,
    ],
  ])("%s", (_name, volume, path) => {
    expect(place(volume())).toEqual({ kind: "folder", path: path() });
  });

  test.each([
    ["another", () => ({ host: { sourcePath: join(root, "secret") } })],
    ["one whose name begins alike", () => ({ host: { sourcePath: `${allowed}-too` } })],
    ["the parent", () => ({ host: { sourcePath: `${allowed}/..` } })],
    ["one that a link leads out to", () => ({ host: { sourcePath: `${allowed}/way-out` } })],
    ["one to be made behind the link", () => ({ host: { sourcePath: `${allowed}/way-out/new` } })],
    [
      "out of a file system",
      () => ({ efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "/../secret" } }),
    ],
    [
      "a folder by the engine's driver",
      () => ({ dockerVolumeConfiguration: { driverOpts: { type: "none", o: "bind", device: "/etc" } } }),
    ],
    [
      "a file system that nothing stands for",
      () => ({ efsVolumeConfiguration: { fileSystemId: "constructor" } }),
    ],
  ])("%s is refused", (_name, volume) => {
    expect(() => place(volume())).toThrow(/^ResourceInitializationError: failed to create a volume: /);
  });
});

describe("volumes of the engine", () => {
  test("without configuration one lives as long as its task, and carries its name", () => {
    const made = place({});
    expect(made).toMatchObject({
      kind: "engine",
      settings: { labels: { "com.amazonaws.ecs.task-arn": testTask().taskArn } },
    });
    expect(place({ dockerVolumeConfiguration: { scope: "task" } })).toEqual(made);
  });

  test("shared ones belong to an account and region, whatever the task", () => {
    const shared = { name: "v", dockerVolumeConfiguration: { scope: "shared" as const, driver: "local" } };
    const one = volumePlace(testTask(), shared, installation, allowances);
    expect(volumePlace(testTask({ taskArn: "other" }), shared, installation, allowances)).toEqual(one);
    expect(volumePlace(testTask(), shared, "1".repeat(32), allowances)).not.toEqual(one);
    expect(one).not.toMatchObject({
      settings: { labels: { "com.amazonaws.ecs.task-arn": expect.anything() } },
    });
  });
});
