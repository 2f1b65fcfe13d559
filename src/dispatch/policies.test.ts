import { expect, test } from "vitest";
import type { AccountId, Arn } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Store } from "../store/types.ts";
import type { IdentityDirectory } from "./identity.ts";
import { createPolicies } from "./policies.ts";
import type { ResourceFacts, Service } from "./service.ts";

const account = "000000000000" as AccountId;
const caller: Principal = {
  type: "Root",
  account,
  arn: `arn:aws:iam::${account}:root` as Arn,
  accessKeyId: "AKIAEXAMPLE",
};

function policies() {
  const asked: string[] = [];
  let epoch = 1;
  const store = {
    rows: {},
    epoch: (of: AccountId) => {
      asked.push(of);
      return epoch;
    },
  } as unknown as Store;
  const directory = {
    standing: async () => ({
      identity: [],
      tags: [{ key: "epoch", value: String(epoch) }],
      serviceLinked: false,
    }),
  } as unknown as IdentityDirectory;
  const service = {
    resource: async (): Promise<ResourceFacts> => ({
      policies: [],
      tags: [{ key: "epoch", value: String(epoch) }],
    }),
  } as unknown as Service;
  const change = () => {
    epoch++;
  };
  return { asked, change, service, of: createPolicies(store, directory) };
}

const repository = "arn:aws:ecr:us-east-1:000000000000:repository/app";

test("one look asks the epoch of each account once", async () => {
  const { asked, service, of } = policies();
  const look = of.look();
  await look.ofPrincipal(caller);
  await look.ofResource(service, repository, "ecr:BatchGetImage", account);
  await look.ofResource(service, repository, "ecr:PutImage", account);
  await look.ofResource(service, repository, "ecr:PutImage", "111111111111" as AccountId);
  expect(asked).toEqual([account, "111111111111"]);
});

test("a change binds at the next look, also for what was kept during a look that it met", async () => {
  const { change, service, of } = policies();
  const first = of.look();
  expect((await first.ofPrincipal(caller))?.tags).toEqual([{ key: "epoch", value: "1" }]);
  change();
  await first.ofResource(service, repository, "ecr:PutImage", account);
  change();
  const second = of.look();
  expect((await second.ofPrincipal(caller))?.tags).toEqual([{ key: "epoch", value: "3" }]);
  const { tags } = await second.ofResource(service, repository, "ecr:PutImage", account);
  expect(tags).toEqual([{ key: "epoch", value: "3" }]);
});
