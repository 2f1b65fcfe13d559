import { expect, test } from "vitest";
import type { ConnectedName, ConnectedPort, ContainerSpec } from "../task.ts";
import { connectDoors, doorArguments } from "./connect-doors.ts";

const call = (dnsName: string, port: number): ConnectedName => ({
  ...{ dnsName, port, discoveryName: dnsName, protocol: "http" },
});
const port = (containerPort: number, ingressPort?: number): ConnectedPort => ({
  ...{ discoveryName: `p${containerPort}`, protocol: "http", containerPort, ingressPort },
});

/** A container that has these ports, or a range of them. */
function container(...ports: readonly (number | string)[]): ContainerSpec {
  const portMappings = ports.map((one) =>
    typeof one === "number" ? { containerPort: one } : { containerPortRange: one },
  );
  return { containerArn: "arn", definition: { name: "main", image: "i", portMappings } };
}

test.each([
  [
    "names have an address each, and a listener at each port",
    { routes: [call("web", 80), call("db", 80), call("web", 81)], ports: [] },
    container(8080),
    ["127.255.0.1:80=/r/t-0.sock", "127.255.0.2:80=/r/t-1.sock", "127.255.0.1:81=/r/t-2.sock"],
  ],
  [
    "a port that a container has is redirected",
    { routes: [call("web", 80), call("web", 81)], ports: [] },
    container(80, "8000-8001"),
    ["127.255.0.1:80@15100=/r/t-0.sock", "127.255.0.1:81=/r/t-1.sock"],
  ],
  [
    "what is called stands before its container",
    { routes: [], ports: [port(8080)] },
    container(8080),
    ["0.0.0.0:8080@15100=/r/t-in-0.sock"],
  ],
  [
    "a port of its own needs no redirection, but keeps names from it",
    { routes: [call("web", 7070)], ports: [port(8080, 7070)] },
    container(8080),
    ["127.255.0.1:7070@15100=/r/t-0.sock", "0.0.0.0:7070=/r/t-in-0.sock"],
  ],
  [
    "redirected calls are taken at ports that no container has",
    { routes: [call("web", 8001)], ports: [port(15_100)] },
    container(15_100, "8000-8001", 15_102),
    ["127.255.0.1:8001@15103=/r/t-0.sock", "0.0.0.0:15100@15101=/r/t-in-0.sock"],
  ],
  [
    "two names of a port are one listener",
    { routes: [], ports: [port(8080), { ...port(8080), discoveryName: "second" }] },
    container(8080),
    ["0.0.0.0:8080@15100=/r/t-in-0.sock"],
  ],
])("%s", (_what, connect, one, expected) => {
  const doors = connectDoors({ taskId: "t", connect: { namespace: "n", ...connect }, containers: [one] });
  expect(doorArguments(doors, "/r")).toEqual(expected);
});

test("a task without Service Connect has none", () => {
  const doors = connectDoors({ taskId: "t", containers: [container(80)] });
  expect(doorArguments(doors, "/r")).toEqual([]);
});
