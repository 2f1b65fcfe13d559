import { describe, expect, test } from "vitest";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { NetworkInterfaceDocument, SecurityGroupRuleDocument } from "../documents.ts";
import type { Resource } from "../resource.ts";
import { trafficOf } from "./traffic.ts";

const place = {
  account: "000000000000" as AccountId,
  region: "us-east-1" as Region,
  vpc: "vpc-1",
  createdAt: 0,
  tags: [],
};

function networkInterface(
  id: string,
  groups: readonly string[],
  addresses: readonly string[],
): Resource<"network-interface"> {
  const document: NetworkInterfaceDocument = {
    description: "",
    mac: "02:00:00:00:00:01",
    zone: "us-east-1a",
    addresses,
    publicAddresses: {},
    groups: groups.map((group) => ({ id: group, name: group })),
    sourceDestCheck: true,
    type: "interface",
    permissions: [],
  };
  return { ...place, kind: "network-interface", id, document };
}

const rule = (parent: string, document: SecurityGroupRuleDocument): Resource<"security-group-rule"> => ({
  ...place,
  kind: "security-group-rule",
  id: `sgr-${parent}`,
  parent,
  document,
});

const web = networkInterface("eni-web", ["sg-web"], ["10.0.0.4", "10.0.0.5"]);
const client = networkInterface("eni-client", ["sg-client", "sg-web"], ["10.0.0.6"]);
const all = { egress: true, protocol: "-1", cidr: "0.0.0.0/0" };

describe("what may pass an interface", () => {
  test("each rule of each of its groups, by direction", () => {
    const rules = [
      rule("sg-web", { egress: false, protocol: "tcp", from: 80, to: 80, cidr: "10.0.0.0/8" }),
      rule("sg-web", all),
      rule("sg-client", { egress: false, protocol: "icmp", from: 8, to: -1, cidr6: "::/0" }),
    ];
    const traffic = trafficOf([web, client], [web, client], rules);
    const onPort80 = { protocol: "tcp", from: 80, to: 80, peers: ["10.0.0.0/8"] };
    const outbound = [{ protocol: "-1", peers: ["0.0.0.0/0"] }];
    expect(traffic.get("eni-web")).toEqual({ inbound: [onPort80], outbound });
    expect(traffic.get("eni-client")).toEqual({
      inbound: [{ protocol: "icmp", from: 8, to: -1, peers: ["::/0"] }, onPort80],
      outbound,
    });
  });

  test.each([
    ["sg-client", ["10.0.0.6"]],
    ["sg-web", ["10.0.0.4", "10.0.0.5", "10.0.0.6"]],
    ["sg-empty", []],
  ])("a group stands for every address of its members: %s", (group, peers) => {
    const rules = [rule("sg-web", { egress: false, protocol: "-1", group })];
    const traffic = trafficOf([web], [web, client], rules);
    expect(traffic.get("eni-web")?.inbound).toEqual([{ protocol: "-1", peers }]);
  });

  test("an interface whose groups have no rules lets nothing pass", () => {
    expect(trafficOf([web], [web], []).get("eni-web")).toEqual({ inbound: [], outbound: [] });
  });
});
