import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "../docker.testing.ts";
import { Watch } from "../suite.ts";
import { testInterface, testTask } from "../task.testing.ts";
import type { TaskInterface, TaskSpec } from "../task.ts";
import type { TaskEngine } from "../task-engine/task-engine.ts";
import { busybox, makeFolder, TaskEngineUnderTest } from "../task-engine.testing.ts";
import { createNamespaceNetworks } from "./namespace-network.ts";
import { createTaskFirewalls } from "./task-firewalls.ts";
import type { AskTraffic, Traffic, TrafficRule } from "./traffic.ts";

/** What may pass, by interface; a test changes it as it goes. */
const traffic = new Map<string, Traffic>();
const askTraffic: AskTraffic = async (_network, ids) =>
  new Map(ids.flatMap((id) => [[id, traffic.get(id) ?? nothing] as const]));
const nothing: Traffic = { inbound: [], outbound: [] };
const all: TrafficRule = { protocol: "-1", peers: ["0.0.0.0/0"] };

const namespaces = createNamespaceNetworks({ socketPath: "/var/run/docker.sock" });
const skipped =
  dockerMissing ?? (await createTaskFirewalls(askTraffic, namespaces.bridgesUnavailable).unavailable());

/** A range that nobody else on the machine has. */
const octet = 100 + ((process.pid + 50) % 100);
let hosts = 10;
const interfaceIn = (vpcId: string): TaskInterface => testInterface(octet, vpcId, hosts++);

let folder: string;
let under: TaskEngineUnderTest;
let runtime: TaskEngine;
const watch = new Watch();
const tasks: TaskSpec[] = [];

beforeAll(async () => {
  if (skipped !== undefined) return;
  folder = await makeFolder();
  under = new TaskEngineUnderTest(connectToDocker(), folder, [], undefined, askTraffic);
  runtime = await under.open(watch);
});

afterEach(() => Promise.all(tasks.splice(0).map(({ taskArn }) => runtime.remove(taskArn))));

afterAll(async () => {
  if (skipped !== undefined) return;
  await runtime.close();
  await under.dispose();
});

async function run(name: string, wanted: TaskInterface, script: string): Promise<TaskSpec> {
  const command = ["sh", "-c", script];
  const task = testTask({
    taskId: randomBytes(16).toString("hex"),
    networkInterface: wanted,
    containers: [{ containerArn: name, definition: { name, image: busybox, stopTimeout: 1, command } }],
  });
  tasks.push(task);
  await runtime.start(task);
  await watch.until(task, ({ status }) => status === "RUNNING");
  return task;
}

const serve =
  "mkdir -p /tmp/w; echo yes > /tmp/w/index.html; httpd -p 9090 -h /tmp/w; exec httpd -f -p 8080 -h /tmp/w";

/** Says again and again which of the ports answer: `8080=yes 9090=no`. */
const ask = (address: string): string =>
  `a() { printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${address} $1 | grep -q yes && echo yes || echo no; }; ` +
  "while sleep 0.1; do echo 8080=$(a 8080) 9090=$(a 9090); done";

/** Waits until the last lines say so: an answer may have been under way when something changed. */
const says = async (name: string, line: string): Promise<void> => {
  const from = watch.text(name).length;
  await expect.poll(() => watch.text(name).slice(from), { timeout: 15_000, interval: 50 }).toContain(line);
};

async function allow(task: TaskSpec, wanted: TaskInterface, now: Traffic): Promise<void> {
  traffic.set(wanted.networkInterfaceId, now);
  const { account, region } = task;
  await runtime.trafficChanged?.({ account, region, vpcId: wanted.vpcId });
}

const port = (from: number, peer: string): TrafficRule => ({
  protocol: "tcp",
  from,
  to: from,
  peers: [peer],
});

test.skipIf(skipped !== undefined)(
  `security groups between two tasks, changed as they run${skipped === undefined ? "" : ` (SKIPPED: ${skipped})`}`,
  async () => {
    const [web, client] = [interfaceIn("vpc-1"), interfaceIn("vpc-1")];
    const [itsClient, itsWeb] = [client.privateIpv4Address, web.privateIpv4Address];
    traffic.set(web.networkInterfaceId, { inbound: [port(8080, itsClient)], outbound: [] });
    traffic.set(client.networkInterfaceId, { inbound: [], outbound: [all] });
    const server = await run("web", web, serve);
    const asker = await run("ask", client, ask(itsWeb));
    // Answers come back though the one lets nothing out and the other nothing in.
    await says("ask", "8080=yes 9090=no");

    await allow(server, web, { inbound: [port(9090, itsClient)], outbound: [] });
    await says("ask", "8080=no 9090=yes");
    await allow(server, web, { inbound: [all], outbound: [] });
    await says("ask", "8080=yes 9090=yes");
    await allow(asker, client, { inbound: [], outbound: [port(8080, `${itsWeb}/32`)] });
    await says("ask", "8080=yes 9090=no");
    // The host is the VPC's router: it may come in.
    await allow(server, web, nothing);
    await says("ask", "8080=no 9090=no");
    expect(await (await fetch(`http://${itsWeb}:8080/`)).text()).toBe("yes\n");
  },
);

test.skipIf(skipped !== undefined)("a task that may reach nobody reaches its credentials", async () => {
  const endpoint = createServer((_request, response) => response.end("credentials\n"));
  endpoint.listen(join(folder, "endpoint.sock"));
  await once(endpoint, "listening");
  await run(
    "alone",
    interfaceIn("vpc-1"),
    "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 169.254.170.2 80 | tail -1; exec sleep 60",
  );
  await watch.untilText("alone", "credentials");
  endpoint.close();
});

test.skipIf(skipped !== undefined)(
  "a VPC whose range the engine has already keeps to its groups too",
  async () => {
    const [first, web, client] = [interfaceIn("vpc-a"), interfaceIn("vpc-b"), interfaceIn("vpc-b")];
    await run("first", first, "exec sleep 60");
    traffic.set(web.networkInterfaceId, { inbound: [port(8080, client.privateIpv4Address)], outbound: [] });
    traffic.set(client.networkInterfaceId, { inbound: [], outbound: [all] });
    await run("web-b", web, serve);
    await run("ask-b", client, ask(web.privateIpv4Address));
    await says("ask-b", "8080=yes 9090=no");
  },
);

test.skipIf(skipped !== undefined)("after a restart of ours the rules are those of now", async () => {
  const [web, client] = [interfaceIn("vpc-1"), interfaceIn("vpc-1")];
  traffic.set(web.networkInterfaceId, { inbound: [port(8080, client.privateIpv4Address)], outbound: [] });
  traffic.set(client.networkInterfaceId, { inbound: [], outbound: [all] });
  const server = await run("web-r", web, serve);
  await run("ask-r", client, ask(web.privateIpv4Address));
  await says("ask-r", "8080=yes 9090=no");
  traffic.set(web.networkInterfaceId, { inbound: [port(9090, client.privateIpv4Address)], outbound: [] });
  const another = await under.open(watch);
  await another.start(server);
  await says("ask-r", "8080=no 9090=yes");
  await another.close();
});
