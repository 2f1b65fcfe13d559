import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const run = promisify(execFile);

/** An address of this machine that a target of type ip may have: AWS takes private ones only. */
const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find(
    (one) => one?.family === "IPv4" && /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/.test(one.address),
  )?.address;

const lacking = missing("aws", "--version") ?? missing("curl", "--version");

describe.skipIf(lacking !== undefined || ownAddress === undefined)(
  "the traffic of a load balancer, made by the AWS CLI",
  () => {
    let roadstead: TestRoadstead;
    let web: Server;

    beforeAll(async () => {
      roadstead = await testRoadstead();
      web = createServer((request, response) => void response.end(`target ${request.url}\n`));
      await new Promise<void>((resolve) => web.listen(0, ownAddress, resolve));
    });

    afterAll(async () => {
      await roadstead.stop();
      web.close();
      web.closeAllConnections();
    });

    async function elbv2(...args: readonly string[]): Promise<Record<string, never>> {
      const { stdout } = await run("aws", ["elbv2", ...args, "--output", "json"], {
        env: roadstead.environment(),
      });
      return stdout === "" ? {} : JSON.parse(stdout);
    }
    async function first(list: string, key: string, ...args: readonly string[]): Promise<string> {
      const answer: Record<string, Record<string, string>[]> = await elbv2(...args);
      return answer[list]?.[0]?.[key] ?? "";
    }

    test("a listener's port answers with what the target says, once its health check has passed", async () => {
      const port = String((web.address() as AddressInfo).port);
      const { stdout } = await run(
        "aws",
        ["ec2", "describe-subnets", "--query", "Subnets[:2].[SubnetId,VpcId]", "--output", "text"],
        { env: roadstead.environment() },
      );
      const [subnetA = "", vpc = "", subnetB = ""] = stdout.trim().split(/\s+/);
      const lb = await first(
        "LoadBalancers",
        "LoadBalancerArn",
        "create-load-balancer",
        "--name",
        "front",
        "--subnets",
        subnetA,
        subnetB,
      );
      const group = await first(
        ...["TargetGroups", "TargetGroupArn", "create-target-group", "--name", "web", "--protocol", "HTTP"],
        ...["--port", port, "--vpc-id", vpc, "--target-type", "ip", "--health-check-interval-seconds", "5"],
      );
      await elbv2(
        "register-targets",
        "--target-group-arn",
        group,
        "--targets",
        `Id=${ownAddress},Port=${port},AvailabilityZone=all`,
      );
      await elbv2(
        ...["create-listener", "--load-balancer-arn", lb, "--protocol", "HTTP", "--port", "8099"],
        ...["--default-actions", `Type=forward,TargetGroupArn=${group}`],
      );
      await vi.waitFor(
        async () => {
          const health: { TargetHealthDescriptions?: { TargetHealth: { State: string } }[] } = await elbv2(
            "describe-target-health",
            ...["--target-group-arn", group],
          );
          expect(health.TargetHealthDescriptions?.[0]?.TargetHealth.State).toBe("healthy");
        },
        { timeout: 20_000, interval: 500 },
      );
      const places = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
      const [{ host, dnsName }] = places.listeners;
      const { stdout: said } = await run("curl", [
        "-s",
        "-H",
        `Host: ${dnsName}`,
        `http://${host.address}:${host.port}/hello`,
      ]);
      expect(said).toBe("target /hello\n");
      await elbv2(
        "deregister-targets",
        "--target-group-arn",
        group,
        "--targets",
        `Id=${ownAddress},Port=${port}`,
      );
      await vi.waitFor(
        async () => {
          const { stdout: status } = await run("curl", [
            ...["-s", "-o", "/dev/null", "-w", "%{http_code}"],
            `http://${host.address}:${host.port}/`,
          ]);
          expect(status).toBe("503");
        },
        { timeout: 10_000, interval: 200 },
      );
      await elbv2("delete-load-balancer", "--load-balancer-arn", lb);
      await vi.waitFor(
        async () => {
          const left = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
          expect(left.listeners).toEqual([]);
        },
        { timeout: 10_000, interval: 200 },
      );
    });
  },
);
