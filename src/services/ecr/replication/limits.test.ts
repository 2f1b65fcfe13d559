import { ECRClient, PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

/** How many rules and filters a replication configuration may have ("Amazon ECR service quotas", User Guide). */

let roadstead: TestRoadstead;
let ecr: ECRClient;
beforeAll(async () => {
  roadstead = await testRoadstead();
  ecr = new ECRClient(roadstead.client("111111111111"));
});
afterAll(async () => {
  ecr.destroy();
  await roadstead.stop();
});

const destinations = [{ region: "eu-west-1", registryId: "111111111111" }];
const filters = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ filter: `team${i}`, filterType: "PREFIX_MATCH" as const }));
const rules = (count: number, repositoryFilters?: ReturnType<typeof filters>) =>
  Array.from({ length: count }, () => ({ destinations, repositoryFilters }));

test.each<[string, ReturnType<typeof rules>, string | undefined]>([
  ["10 rules", rules(10), undefined],
  ["11 rules", rules(11), "length less than or equal to 10"],
  ["100 filters", rules(1, filters(100)), undefined],
  ["101 filters", rules(1, filters(101)), "length less than or equal to 100"],
  ["a list of no filters", rules(1, []), "length greater than or equal to 1"],
])("%s", async (_, given, refused) => {
  const put = ecr.send(
    new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: given } }),
  );
  if (refused === undefined) expect((await put).replicationConfiguration?.rules).toHaveLength(given.length);
  else {
    const error: Error = await put.then(
      () => new Error("it was taken"),
      (thrown: Error) => thrown,
    );
    expect([error.name, error.message]).toEqual([
      "InvalidParameterException",
      expect.stringContaining(refused),
    ]);
    expect(error.message).toContain("replicationConfiguration.rules");
  }
});
