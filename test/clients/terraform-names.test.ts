import { ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "222222222222";
const example = terraformExample("terraform-names", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on names",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    beforeAll(async () => {
      roadstead = await testRoadstead();
    });
    afterAll(() => roadstead?.stop());

    const terraform = (action: string, ...args: readonly string[]) =>
      example.run(roadstead.url, action, ...args);

    test("applies the example, and then has nothing to change", async () => {
      const applied = await terraform("apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      expect(applied.stdout).toMatch(/ns-\d+\.awsdns-\d\d\.co\.uk/);
      const plan = await terraform("plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
    });

    test.skipIf(missing("dig", "-v") !== undefined)("what it made is answered", async () => {
      const ask = async (...question: readonly string[]) => {
        const { stdout } = await command("dig", [
          ...["-p", String(roadstead.dnsPort), "@127.0.0.1", "+short"],
          ...question,
        ]);
        return stdout.split("\n").filter(Boolean).sort();
      };
      expect(await ask("harbour.example")).toEqual(["192.0.2.10", "192.0.2.11"]);
      expect(await ask("x.apps.harbour.example")).toEqual([
        "192.0.2.10",
        "192.0.2.11",
        "www.harbour.example.",
      ]);
      expect(await ask("harbour.example", "MX")).toEqual(["10 mail.harbour.example."]);
      expect(await ask("harbour.example", "TXT", "+tcp")).toEqual(['"v=spf1 mx -all"']);
      // A private zone is the VPC's alone.
      expect(await ask("db.harbour.internal")).toEqual([]);
    });

    test("destroys it, and nothing of it is left", async () => {
      const destroyed = await terraform("destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      const client = new Route53Client(roadstead.client(account));
      const { HostedZones } = await client.send(new ListHostedZonesCommand({}));
      client.destroy();
      expect(HostedZones).toEqual([]);
    });
  },
);
