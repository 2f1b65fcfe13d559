import { expect, test } from "vitest";
import type { CallContext } from "../../../dispatch/context.ts";
import { account, region, root } from "../../../dispatch/house.testing.ts";
import type { Principal } from "../../../kernel/principal.ts";
import { checkMayChange, type NetworkInterface, wireInterface } from "./network-interface.ts";

const role = {
  type: "AssumedRole",
  account,
  arn: `arn:aws:sts::${account}:assumed-role/AWSServiceRoleForECS/ecs-eni-provisioning`,
  invokedBy: "ecs.amazonaws.com",
} as Extract<Principal, { type: "AssumedRole" }>;

const ofTask: NetworkInterface = {
  kind: "network-interface",
  id: "eni-0d86b6bb2064d79ee",
  account,
  region,
  vpc: "vpc-035ce426be2798a0d",
  parent: "subnet-05b65de6a82abfad2",
  createdAt: 0,
  tags: [],
  document: {
    description: "arn:aws:ecs:eu-west-1:111122223333:attachment/03920334-11ef-44ff-af35-f33fe1f5b6f1",
    mac: "02:ff:e3:46:5c:ab",
    zone: "eu-west-1b",
    addresses: ["10.239.64.12"],
    publicAddresses: { "10.239.64.12": { ip: "198.18.66.184" } },
    groups: [{ id: "sg-0114ad5bc208899e4", name: "web" }],
    sourceDestCheck: true,
    type: "interface",
    requester: "ecs.amazonaws.com",
    attachment: {
      id: "eni-attach-06a2f7c48223bc241",
      instanceOwner: "533267384209",
      deviceIndex: 1,
      attachedAt: Date.UTC(2026, 8, 16, 13, 2, 38),
      deleteOnTermination: false,
    },
    permissions: [],
  },
};

const own: NetworkInterface = { ...ofTask, document: { ...ofTask.document, requester: undefined } };

test.each<[string, Principal, NetworkInterface, string | undefined]>([
  ["a customer may change an interface of their own", root, own, undefined],
  ["the service that made an interface may change it", role, ofTask, undefined],
  [
    "a customer may not change a service's interface",
    root,
    ofTask,
    "You do not have permission to access the specified resource.",
  ],
  [
    "nor may another service",
    { ...role, invokedBy: "lambda.amazonaws.com" },
    ofTask,
    "You do not have permission to access the specified resource.",
  ],
])("%s", (_what, principal, one, refused) => {
  const change = () => checkMayChange({ principal } as CallContext, one);
  if (refused === undefined) expect(change).not.toThrow();
  else expect(change).toThrow(refused);
});

test("a task's interface shows as AWS shows it: managed, its instance out of sight", () => {
  expect(wireInterface(ofTask, { dnsHostnames: true })).toMatchObject({
    RequesterId: "578734482556",
    RequesterManaged: true,
    Status: "in-use",
    PrivateDnsName: "ip-10-239-64-12.eu-west-1.compute.internal",
    Attachment: { InstanceId: undefined, InstanceOwnerId: "533267384209", Status: "attached" },
    Association: { PublicIp: "198.18.66.184", IpOwnerId: "amazon" },
    AvailabilityZoneId: "euw1-az2",
  });
});
