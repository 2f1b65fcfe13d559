import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** The AWS CLI on Route 53, and what dig and kdig are answered. */

const reason = missing("aws", "--version") ?? missing("dig", "-v") ?? missing("kdig", "--version");

describe.skipIf(reason !== undefined)("names, by command line", { timeout: 120_000 }, () => {
  let roadstead: TestRoadstead;
  let web: Server;
  let status = 200;
  let zone = "";

  async function aws(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await command("aws", ["route53", ...args, "--output", "text"], {
      env: roadstead.environment("000000000000", "eu-central-1"),
    });
    expect(code, stderr).toBe(0);
    return stdout.trim();
  }

  const change = (...sets: readonly object[]) =>
    aws(
      "change-resource-record-sets",
      ...["--hosted-zone-id", zone, "--change-batch"],
      JSON.stringify({ Changes: sets.map((ResourceRecordSet) => ({ Action: "UPSERT", ResourceRecordSet })) }),
    );

  async function ask(tool: "dig" | "kdig", ...question: readonly string[]): Promise<string> {
    const { stdout } = await command(tool, ["-p", String(roadstead.dnsPort), "@127.0.0.1", ...question]);
    return stdout;
  }

  const record = (Name: string, Value: string, more: object = {}) => ({
    Name,
    Type: "A",
    TTL: 30,
    ResourceRecords: [{ Value }],
    ...more,
  });

  beforeAll(async () => {
    web = createServer((_, response) => {
      response.statusCode = status;
      response.end("all is well");
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    roadstead = await testRoadstead({ allowPrivateEgress: true });
    zone = await aws(
      "create-hosted-zone",
      "--name",
      "cli.example",
      "--caller-reference",
      "1",
      "--query",
      "HostedZone.Id",
    );
  }, 60_000);

  afterAll(async () => {
    web?.close();
    await roadstead?.stop();
  });

  test("a change is in sync, and answered at once, over UDP and TCP", async () => {
    const id = await aws(
      ...[
        "change-resource-record-sets",
        "--hosted-zone-id",
        zone,
        "--query",
        "ChangeInfo.Id",
        "--change-batch",
      ],
      JSON.stringify({
        Changes: [{ Action: "CREATE", ResourceRecordSet: record("www.cli.example", "10.0.0.1") }],
      }),
    );
    await aws("wait", "resource-record-sets-changed", "--id", id);
    expect(await ask("dig", "+short", "www.cli.example")).toBe("10.0.0.1\n");
    expect(await ask("kdig", "+short", "+tcp", "www.cli.example")).toBe("10.0.0.1\n");
    await change(record("www.cli.example", "10.0.0.2"));
    expect(await ask("dig", "+short", "www.cli.example")).toBe("10.0.0.2\n");
    const listed = await aws(
      "list-resource-record-sets",
      "--hosted-zone-id",
      zone,
      "--query",
      "ResourceRecordSets[].Name",
    );
    expect(listed.split(/\s+/)).toEqual(["cli.example.", "cli.example.", "www.cli.example."]);
  });

  test("what is too large for a datagram comes over TCP", async () => {
    const many = Array.from({ length: 120 }, (_, i) => ({ Value: `10.1.0.${i}` }));
    await change({ ...record("many.cli.example", ""), ResourceRecords: many });
    expect(await ask("dig", "+ignore", "many.cli.example")).toMatch(/flags: qr aa tc/);
    expect((await ask("dig", "+short", "many.cli.example")).trim().split("\n")).toHaveLength(120);
  });

  test("names that are not there, and those of others, are told apart", async () => {
    expect(await ask("dig", "none.cli.example")).toMatch(/status: NXDOMAIN[\s\S]*SOA/);
    expect(await ask("dig", "www.cli.example", "AAAA")).toMatch(/status: NOERROR[\s\S]*AUTHORITY: 1/);
    expect(await ask("kdig", "elsewhere.org")).toMatch(/status: REFUSED/);
    expect(await ask("dig", "+short", "000000000000.dkr.ecr.eu-west-1.roadstead.internal")).toBe(
      "127.0.0.1\n",
    );
  });

  test("a name fails over when its endpoint is not well, and comes back", async () => {
    const { port } = web.address() as AddressInfo;
    const config = {
      Type: "HTTP_STR_MATCH",
      IPAddress: "127.0.0.1",
      Port: port,
      SearchString: "all is well",
      RequestInterval: 10,
      FailureThreshold: 2,
    };
    const check = await aws(
      ...["create-health-check", "--caller-reference", "h1", "--query", "HealthCheck.Id"],
      ...["--health-check-config", JSON.stringify(config)],
    );
    await change(
      record("app.cli.example", "10.0.0.1", {
        SetIdentifier: "p",
        Failover: "PRIMARY",
        HealthCheckId: check,
      }),
      record("app.cli.example", "10.0.0.2", { SetIdentifier: "s", Failover: "SECONDARY" }),
    );
    const look = async () => {
      await fetch(`${roadstead.url}/_roadstead/clock`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ advanceSeconds: 11 }),
      });
    };
    const answers = (address: string) =>
      eventually(30, async () => {
        await look();
        return (await ask("dig", "+short", "app.cli.example")).trim() === address;
      });
    await answers("10.0.0.1");
    status = 503;
    await answers("10.0.0.2");
    const why = await aws("get-health-check-last-failure-reason", "--health-check-id", check);
    expect(why).toContain("Failure: HTTP Status Code 503, Service Unavailable");
    status = 200;
    await answers("10.0.0.1");
    const now = await aws("get-health-check-status", "--health-check-id", check);
    expect(now).toContain("Success: HTTP Status Code 200, OK");
  });
});
