import * as ecr from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { contractOf } from "./contract.ts";
import { rpcJson } from "./json.ts";

const contract = contractOf(ecr);

test("a member that the client lacks is read, validated and answered", () => {
  const operation = contract.operations.get("PutReplicationConfiguration");
  if (operation?.input === undefined || operation.output === undefined) throw new Error("no shapes");
  const rules = (deleteReplication: unknown) => ({
    replicationConfiguration: {
      rules: [{ destinations: [{ region: "eu-west-1", registryId: "111111111111" }], deleteReplication }],
    },
  });
  const given = rules({ enabled: true });
  const read = rpcJson.decode(operation.input, JSON.stringify(given));
  expect(read).toEqual(given);
  expect(operation.validate(read)).toBeUndefined();
  expect(rpcJson.write(operation.output, read)).toEqual(given);
  expect(operation.validate(rules({}))?.message).toContain("enabled");
  expect(() =>
    rpcJson.decode(operation.input ?? ({} as never), JSON.stringify(rules({ enabled: "x" }))),
  ).toThrow("Boolean");
});

test("no supplement repeats what the client has by now", () => {
  expect(ecr.ReplicationRule$[4]).not.toContain("deleteReplication");
});
