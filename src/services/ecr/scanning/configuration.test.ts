import {
  BatchGetRepositoryScanningConfigurationCommand,
  CreateRepositoryCommand,
  GetRegistryScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestWorld, type TestWorld } from "../world.testing.ts";
import { appliedFilters, readScanningRules, type ScanningRule } from "./configuration.ts";

const account = "111111111111";
const rule = (...filters: readonly string[]): ScanningRule => ({
  scanFrequency: "SCAN_ON_PUSH",
  repositoryFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD" })),
});

describe("which repositories a filter takes in", () => {
  const rows: readonly (readonly [filter: string, repository: string, taken: boolean])[] = [
    ["*", "anything/at-all", true],
    ["prod", "prod", true],
    ["prod", "team/prod-east", true],
    ["prod", "team/dev", false],
    ["prod*", "prod/app", true],
    ["prod*", "team/prod", false],
    ["*prod", "team/prod", true],
    ["*prod", "team/prod-east", false],
    ["team/*/app", "team/a/app", true],
    ["team/*/app", "team/app", false],
  ];
  test.each(rows)("%s of %s: %s", (filter, repository, taken) => {
    expect(appliedFilters([rule(filter)], repository).length === 1).toBe(taken);
  });
});

describe("what cannot be kept is refused", () => {
  const filters = [{ filter: "*", filterType: "WILDCARD" as const }];
  test.each([
    [{ scanType: "ENHANCED" as const }, "scanType ENHANCED is not served by Roadstead"],
    [
      { rules: [{ scanFrequency: "CONTINUOUS_SCAN" as const, repositoryFilters: filters }] },
      "scanFrequency CONTINUOUS_SCAN is not supported with scanType BASIC",
    ],
    [
      { rules: [{ scanFrequency: "MANUAL" as const, repositoryFilters: filters }] },
      "scanFrequency MANUAL is not supported with scanType BASIC",
    ],
    [{ rules: [rule("a"), rule("b")].map(mutable) }, "there can be only one rule"],
  ])("%j", (input, words) => {
    expect(() => readScanningRules(input)).toThrow(words);
  });
});

describe("the registry's configuration", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await openTestWorld();
  });
  afterAll(() => world.close());

  test("is BASIC without rules until it is put, and applies to the repositories of the registry", async () => {
    const root = world.root(account);
    expect(await root.send(new GetRegistryScanningConfigurationCommand({}))).toMatchObject({
      registryId: account,
      scanningConfiguration: { scanType: "BASIC", rules: [] },
    });
    for (const repositoryName of ["prod/app", "dev/app"]) {
      await root.send(new CreateRepositoryCommand({ repositoryName }));
    }
    const rules = [mutable(rule("prod/*"))];
    await root.send(new PutRegistryScanningConfigurationCommand({ scanType: "BASIC", rules }));
    expect(await root.send(new GetRegistryScanningConfigurationCommand({}))).toMatchObject({
      scanningConfiguration: { scanType: "BASIC", rules },
    });
    const { scanningConfigurations = [] } = await root.send(
      new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: ["prod/app", "dev/app"] }),
    );
    expect(
      scanningConfigurations.map(({ scanFrequency, appliedScanFilters }) => [
        scanFrequency,
        appliedScanFilters?.map(({ filter }) => filter),
      ]),
    ).toEqual([
      ["SCAN_ON_PUSH", ["prod/*"]],
      ["MANUAL", []],
    ]);
    const elsewhere = await world
      .root(account, "eu-west-1")
      .send(new GetRegistryScanningConfigurationCommand({}));
    expect(elsewhere.scanningConfiguration?.rules).toEqual([]);
  });
});

function mutable({ scanFrequency, repositoryFilters }: ScanningRule) {
  return { scanFrequency, repositoryFilters: [...repositoryFilters] };
}
