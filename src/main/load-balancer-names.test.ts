import { describe, expect, test } from "vitest";
import type { Asker } from "../edge/dns/name-source.ts";
import type { ListeningPlace } from "../edge/load-balancer/places.ts";
import type { Region } from "../kernel/brand.ts";
import { loadBalancerNames } from "./load-balancer-names.ts";

const place: ListeningPlace = {
  loadBalancerArn: "arn:lb",
  listenerArn: "arn:listener",
  dnsName: "Web-1.us-east-1.elb.localhost",
  protocol: "HTTP",
  port: 80,
  host: { address: "127.0.0.1", port: 8080 },
  nodes: ["10.0.0.4", "10.0.1.4"],
};

const host: Asker = { kind: "host" };
const vpc: Asker = { kind: "vpc", vpcId: "vpc-1", region: "us-east-1" as Region };

describe("the name of a load balancer", () => {
  test.each<[string, Asker, readonly string[] | undefined]>([
    ["web-1.us-east-1.elb.localhost.", host, ["127.0.0.1"]],
    ["web-1.us-east-1.elb.localhost.", vpc, ["10.0.0.4", "10.0.1.4"]],
    ["dualstack.web-1.us-east-1.elb.localhost.", vpc, ["10.0.0.4", "10.0.1.4"]],
    ["web-2.us-east-1.elb.localhost.", host, undefined],
    ["www.example.", host, undefined],
  ])("%s, asked by %j", (name, asker, addresses) => {
    // Each of its listeners has a place; the addresses are told once.
    const source = loadBalancerNames(() => [place, { ...place, port: 443 }]);
    expect(source.find(name, asker)?.addresses).toEqual(addresses);
  });
});
