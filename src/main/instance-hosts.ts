import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { Client } from "../dispatch/context.ts";
import type { InstanceHostCommands, ShownProof } from "../http/instance-hosts.ts";
import { isAccountId } from "../kernel/account.ts";
import type { AccountId, Arn, Region } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault } from "../kernel/fault.ts";
import { isRegion } from "../kernel/region.ts";
import { createHostOperations, type OwnInstance } from "../services/ec2/instances/hosts.ts";
import { openJoinToken } from "../services/ec2/instances/join-token.ts";
import type { Ec2Ports } from "../services/ec2/ports.ts";
import { ec2Principal } from "../services/ec2/principal.ts";

interface HostPorts {
  readonly ec2: Ec2Ports;
  readonly clock: Clock;
  /** The time of this machine, by which what a machine has signed is judged. */
  readonly machineClock: Clock;
  clientOf(servicePrincipal: string, account: AccountId, region: Region, sourceArn?: Arn): Client;
}

/** What machines do that are EC2 instances, as calls of EC2 in its own name. */
export function instanceHostCommands({
  ec2,
  clock,
  machineClock,
  clientOf,
}: HostPorts): InstanceHostCommands {
  const operations = createHostOperations(ec2);

  async function see(action: string, { instance, signedAt, signature }: ShownProof): Promise<OwnInstance> {
    const [account = "", region = "", id = ""] = instance.split("/");
    if (!isAccountId(account) || !isRegion(region)) {
      throw new Fault("ValidationException", "instance: <account>/<region>/<instance id>", { status: 400 });
    }
    const proof = { instance: id, action, signedAt, signature, now: machineClock.now() };
    return clientOf(ec2Principal, account, region).invoke(operations.see, proof);
  }

  return {
    async join({ token, publicKey, architecture, cores }) {
      const joining = openJoinToken(ec2.sealer, token, clock.now());
      if (joining === undefined) {
        throw new Fault("InvalidJoin", "The token is not valid, or an hour has passed.", { status: 403 });
      }
      const { account, region, instance } = joining;
      await clientOf(ec2Principal, account, region).invoke(operations.join, {
        ...{ instance, publicKey, cores },
        architecture: architecture === "arm64" ? "arm64" : "x86_64",
      });
      return { instance: `${account}/${region}/${instance}` };
    },

    metadata: (proof) => see("metadata", proof),

    /** AWS: the session is named after the instance, and what refuses the role is told in `Code`. */
    async credentials(proof) {
      const { id, arn, account, region, profile } = await see("credentials", proof);
      if (profile?.roleArn === undefined) throw new Fault("NotFound", "no role", { status: 404 });
      const client = clientOf(ec2Principal, account as AccountId, region as Region, arn);
      const role = profile.roleArn.split("/").at(-1) ?? "";
      try {
        const { Credentials } = await client.send(
          new AssumeRoleCommand({ RoleArn: profile.roleArn, RoleSessionName: id }),
        );
        return {
          role,
          accessKeyId: Credentials?.AccessKeyId,
          secretAccessKey: Credentials?.SecretAccessKey,
          sessionToken: Credentials?.SessionToken,
          expiresAt: Credentials?.Expiration?.getTime(),
        };
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { role, refused: `EC2 cannot assume the role ${role}: ${error.message}` };
      }
    },
  };
}
