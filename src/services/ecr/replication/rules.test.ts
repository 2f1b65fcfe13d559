import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId } from "../../../kernel/brand.ts";
import { commercialRegions } from "../../../kernel/region.ts";
import type { RegistryScope } from "../ports.ts";
import { checkReplication, type ReplicationConfiguration, replicationDestinations } from "./rules.ts";

const account = fc.constantFrom("111111111111", "222222222222", "333333333333") as fc.Arbitrary<AccountId>;
const region = fc.constantFrom(...commercialRegions.slice(0, 4));
const registry: fc.Arbitrary<RegistryScope> = fc.record({ account, region });
const name = fc.stringMatching(/^[ab]{1,3}(\/[ab]{1,2})?$/);
const configuration: fc.Arbitrary<ReplicationConfiguration> = fc.record({
  rules: fc.array(
    fc.record(
      {
        destinations: fc.array(fc.record({ registryId: account, region }), { maxLength: 4 }),
        repositoryFilters: fc.array(
          fc.record({ filter: name, filterType: fc.constant("PREFIX_MATCH" as const) }),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: ["destinations"] },
    ),
    { maxLength: 4 },
  ),
});
const run = { numRuns: 300, seed: 6 };
const keyOf = (scope: RegistryScope): string => `${scope.account}/${scope.region}`;

describe("where a push goes", () => {
  test("is never the source, and nowhere twice", () => {
    fc.assert(
      fc.property(configuration, registry, name, (rules, source, repository) => {
        const keys = replicationDestinations(rules, source, repository).map(keyOf);
        expect(keys).not.toContain(keyOf(source));
        expect(new Set(keys).size).toBe(keys.length);
      }),
      run,
    );
  });

  test("is exactly what some rule names whose filters let the repository pass", () => {
    fc.assert(
      fc.property(configuration, registry, name, (rules, source, repository) => {
        const wanted = rules.rules
          .filter(({ repositoryFilters = [] }) =>
            repositoryFilters.length === 0
              ? true
              : repositoryFilters.some(({ filter }) => repository.slice(0, filter.length) === filter),
          )
          .flatMap(({ destinations }) => destinations.map((to) => `${to.registryId}/${to.region}`))
          .filter((key) => key !== keyOf(source));
        const got = replicationDestinations(rules, source, repository).map(keyOf);
        expect(got.sort()).toEqual([...new Set(wanted)].sort());
      }),
      run,
    );
  });

  test("only grows when a rule is added", () => {
    fc.assert(
      fc.property(configuration, configuration, registry, name, (some, more, source, repository) => {
        const before = replicationDestinations(some, source, repository).map(keyOf);
        const both = { rules: [...some.rules, ...more.rules] };
        expect(replicationDestinations(both, source, repository).map(keyOf)).toEqual(
          expect.arrayContaining(before),
        );
      }),
      run,
    );
  });
});

describe("a configuration", () => {
  const source: RegistryScope = {
    account: "111111111111" as AccountId,
    region: "us-east-1" as RegistryScope["region"],
  };
  const to = (registryId: string, at: string) => ({ registryId, region: at });
  const many = commercialRegions.slice(0, 26).map((at) => to("222222222222", at));

  test.each([
    ["may go to the same region of another account", [to("222222222222", "us-east-1")], undefined],
    ["may go to 25 destinations", many.slice(0, 25), undefined],
    [
      "may name one destination often",
      Array.from({ length: 30 }, () => to("222222222222", "us-east-1")),
      undefined,
    ],
    ["may not go to 26", many, "must not exceed 25"],
    [
      "may not go to itself",
      [to("111111111111", "us-east-1")],
      "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: 'Replication destination cannot be the same as the source registry'",
    ],
    ["may not go to a region that does not exist", [to("111111111111", "us-east-9")], "us-east-9"],
  ])("%s", (_what, destinations, said) => {
    const check = (): void => checkReplication({ rules: [{ destinations }] }, source);
    if (said === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(said);
  });
});
