import { expect, test } from "vitest";
import type { Bridge } from "./namespace-network.ts";
import { createNodeAddresses, type NodeAddress } from "./node-addresses.ts";

const node: NodeAddress = {
  ...{ address: "172.31.0.9", vpcId: "vpc-1", vpcCidr: "172.31.0.0/16", subnetCidr: "172.31.0.0/20" },
};
const key = "vpc-1/172.31.0.0/16";
const bridge: Bridge = { name: "br-one" };

function addresses() {
  const done: string[] = [];
  const errors: object[] = [];
  const all = createNodeAddresses(
    { info() {}, error: (fields: object) => void errors.push(fields) },
    async (action, address, { name }) => {
      if (name === "br-bad") throw new Error("no such device");
      done.push(`${action} ${address} ${name}`);
    },
  );
  const told: boolean[] = [];
  return { all, done, errors, told, hold: () => all.hold(node, (present) => void told.push(present)) };
}

test("an address comes with its VPC's bridge, once, and goes with it", async () => {
  const { all, done, told, hold } = addresses();
  hold();
  await all.ready("vpc-2/172.31.0.0/16", bridge);
  expect(done).toEqual([]);
  await all.ready(key, bridge);
  await all.ready(key, bridge);
  expect(done).toEqual(["replace 172.31.0.9 br-one"]);
  all.gone(key);
  await all.ready(key, { name: "br-two" });
  expect(told).toEqual([true, false, true]);
});

test("a bridge that is there already is found", async () => {
  const { all, told, hold } = addresses();
  const asked: string[] = [];
  all.findWith(async (range) => {
    asked.push(range);
    return bridge;
  });
  hold();
  await expect.poll(() => told).toEqual([true]);
  expect(asked).toEqual([key]);
});

test("an address that is let go is taken off, and told nothing any more", async () => {
  const { all, done, told, hold } = addresses();
  const release = hold();
  await all.ready(key, bridge);
  release();
  await all.ready(key, { name: "br-two" });
  expect(done).toEqual(["replace 172.31.0.9 br-one", "delete 172.31.0.9 br-one"]);
  expect(told).toEqual([true]);
});

test("one that cannot be set is said, and nobody is told that it is there", async () => {
  const { all, errors, told, hold } = addresses();
  hold();
  await all.ready(key, { name: "br-bad" });
  expect(errors).toHaveLength(1);
  expect(told).toEqual([]);
});
