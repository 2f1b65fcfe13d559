import { createPublicKey, verify } from "node:crypto";
import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { minute } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { InstanceFacts } from "../../../runtime/agent/metadata/instance-source.ts";
import type { Rows } from "../../../store/types.ts";
import type { InstanceDocument } from "../documents.ts";
import type { Ec2Ports } from "../ports.ts";
import { ec2Principal } from "../principal.ts";
import { amend, findResource, resourceArn } from "../resource.ts";
import { needZone } from "../zones/zone.ts";
import { privateName } from "./instance.ts";
import { findInstance, type Instance } from "./instance-store.ts";

/** A machine that wants to be an instance. */
export interface JoinInput {
  readonly instance: string;
  /** Ed25519, Base64 of the 32 bytes. */
  readonly publicKey: string;
  readonly architecture: InstanceDocument["architecture"];
  readonly cores: number;
}

/** What a machine says to show that it is an instance. */
export interface HostProof {
  readonly instance: string;
  /** What it asks for; part of what it signs. */
  readonly action: string;
  /** Epoch ms, by the machine's clock, and what the time is by ours. */
  readonly signedAt: number;
  readonly now: number;
  /** Base64 of the signature over `signedText`. */
  readonly signature: string;
}

/** An instance as its own machine sees it. */
export interface OwnInstance extends InstanceFacts {
  readonly arn: Arn;
}

/** What machines do that are instances. */
export interface HostOperations {
  /** Makes the machine the instance. Throws `InvalidJoin` when another one is, or the instance is gone. */
  readonly join: InternalOperation<JoinInput, unknown, { readonly instance: string }>;
  /** What the instance's machine sees of it. Throws `InvalidProof`, `InstanceTerminated`. */
  readonly see: InternalOperation<HostProof, never, OwnInstance>;
}

/** How far a machine's clock may be off: what AWS allows signatures of requests. */
const clockSkew = 5 * minute;

const publicKeys = /^[A-Za-z0-9+/]{43}=$/;
/** RFC 8410: what stands before the 32 bytes of an Ed25519 key. */
const keyHeader = Buffer.from("302a300506032b6570032100", "hex");

/** What a machine signs. */
function signedText({ instance, action, signedAt }: Omit<HostProof, "signature" | "now">): string {
  return `${action}\n${instance}\n${signedAt}`;
}

/** What a machine asks of EC2: to be an instance, once, by its console's token; then what it is, by proofs of its own key. */
export function createHostOperations(
  ports: Pick<Ec2Ports, "signIdentity" | "instanceProfile">,
): HostOperations {
  const own = { service: "ec2", onlyFor: ec2Principal, authorise: () => [] } as const;
  return {
    join: {
      ...own,
      name: "JoinInstance",
      describe: ({ instance }) => ({ instanceId: instance }),
      async commit(tx, ctx, { instance: id, publicKey, architecture, cores }) {
        const instance = await findInstance(tx, ctx, id);
        if (instance === undefined) throw invalidJoin("The instance is gone.");
        const { state, host } = instance.document;
        // The same machine, which has not heard our answer.
        if (state === "running" && host?.publicKey === publicKey) return { instance: id };
        if (state !== "pending") throw invalidJoin("The instance does not wait for a machine.");
        if (!publicKeys.test(publicKey)) throw invalidJoin("The public key is not an Ed25519 key.");
        if (architecture !== instance.document.architecture) {
          throw invalidJoin(`The instance is of the architecture ${instance.document.architecture}.`);
        }
        await amend(tx, instance, {
          state: "running",
          cores: Math.min(Math.max(1, Math.trunc(cores)), 1024),
          host: { publicKey, joinedAt: ctx.now },
        });
        return { instance: id };
      },
    },
    see: {
      ...own,
      name: "SeeOwnInstance",
      unrecorded: true,
      async read(ctx, proof) {
        const instance = await findInstance(ctx.rows, ctx, proof.instance);
        const { host } = instance?.document ?? {};
        if (instance === undefined || host === undefined || !proves(host.publicKey, proof)) {
          throw new Fault("InvalidProof", "The machine has not shown that it is the instance.", {
            status: 403,
          });
        }
        if (instance.document.state === "terminated") {
          throw new Fault("InstanceTerminated", `The instance ${instance.id} has been terminated.`, {
            status: 410,
          });
        }
        return seen(ports, ctx, ctx.rows, instance);
      },
    },
  };
}

/** Ours. */
function invalidJoin(message: string): Fault {
  return new Fault("InvalidJoin", message, { status: 403 });
}

function proves(publicKey: string, proof: HostProof): boolean {
  if (Math.abs(proof.now - proof.signedAt) > clockSkew) return false;
  const key = createPublicKey({
    key: Buffer.concat([keyHeader, Buffer.from(publicKey, "base64")]),
    format: "der",
    type: "spki",
  });
  return verify(null, Buffer.from(signedText(proof), "utf8"), key, Buffer.from(proof.signature, "base64"));
}

async function seen(
  ports: Pick<Ec2Ports, "signIdentity" | "instanceProfile">,
  ctx: CallContext,
  rows: Rows,
  instance: Instance,
): Promise<OwnInstance> {
  const { document } = instance;
  const primary = await findResource(rows, ctx, "network-interface", document.networkInterface);
  const subnet = await findResource(rows, ctx, "subnet", instance.parent ?? "");
  const vpc = await findResource(rows, ctx, "vpc", instance.vpc ?? "");
  const identityDocument = identityOf(instance);
  return {
    id: instance.id,
    arn: resourceArn(ctx, "instance", instance.id),
    account: ctx.account,
    region: ctx.region,
    zone: document.zone,
    zoneId: needZone(ctx.region, document.zone).id,
    type: document.type,
    image: document.image,
    reservation: document.reservation,
    privateIp: document.privateIp,
    privateName: privateName(instance),
    mac: primary?.document.mac ?? "",
    vpc: instance.vpc ?? "",
    vpcCidr: vpc?.document.cidrs[0]?.cidr ?? "",
    subnet: instance.parent ?? "",
    subnetCidr: subnet?.document.cidr ?? "",
    groups: primary?.document.groups ?? [],
    ...(document.profile !== undefined && { profile: await profileOf(ports, ctx, rows, document.profile) }),
    ...(document.userData !== undefined && { userData: document.userData }),
    identityDocument,
    identitySignature: ports.signIdentity(identityDocument),
  };
}

/** The role is looked up anew: a profile may be given another one. */
async function profileOf(
  ports: Pick<Ec2Ports, "instanceProfile">,
  ctx: CallContext,
  rows: Rows,
  { arn, id }: NonNullable<InstanceDocument["profile"]>,
): Promise<NonNullable<OwnInstance["profile"]>> {
  const found = await ports.instanceProfile(rows, ctx.account, arn.split("/").at(-1) ?? "");
  // One of the same name that was made anew is another profile.
  const roleArn = found?.id === id ? found.roleArn : undefined;
  return { arn, id, ...(roleArn !== undefined && { roleArn }) };
}

/** EC2 User Guide, "Instance identity documents": all members, in their order. */
function identityOf({ id, account, region, createdAt, document }: Instance): string {
  return JSON.stringify(
    {
      accountId: account,
      architecture: document.architecture,
      availabilityZone: document.zone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: document.image,
      instanceId: id,
      instanceType: document.type,
      kernelId: null,
      pendingTime: `${new Date(createdAt).toISOString().slice(0, 19)}Z`,
      privateIp: document.privateIp,
      ramdiskId: null,
      region,
      version: "2017-09-30",
    },
    undefined,
    2,
  );
}
