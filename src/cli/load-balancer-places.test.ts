import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { loadBalancerPlaces } from "./load-balancer-places.ts";

const rows: [listeners: object[], told: string][] = [
  [[], "none listens"],
  [
    [
      { dnsName: "a.localhost", port: 80, host: { address: "127.0.0.1", port: 4080 }, nodes: ["172.31.0.9"] },
      { dnsName: "b.localhost", port: 443, host: null, nodes: [] },
    ],
    "a.localhost port 80 at 127.0.0.1:4080, in its VPC at 172.31.0.9; b.localhost port 443 at nowhere on this host",
  ],
];

test.each(rows)("listeners %j are told as %s", async (listeners, told) => {
  const server = createServer((_request, response) => void response.end(JSON.stringify({ listeners })));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await loadBalancerPlaces({ host: "127.0.0.1", port, adminToken: undefined })).toBe(told);
  server.close();
  server.closeAllConnections();
});

test("where no Roadstead runs, that is said", async () => {
  const place = { host: "127.0.0.1", port: 1, adminToken: undefined };
  expect(await loadBalancerPlaces(place)).toBe("no Roadstead answers at 127.0.0.1:1");
});
