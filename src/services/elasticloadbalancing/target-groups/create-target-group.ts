import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { type InputOf, StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { TargetGroupSettings } from "../documents.ts";
import { notServed, validation } from "../faults.ts";
import { limits } from "../limits.ts";
import { newId } from "../load-balancers/name.ts";
import type { Elb } from "../operation.ts";
import { insertResource, listResources, type TargetGroup } from "../resource.ts";
import { asElb, holdRole, prepareRole, type RolePreparation, seen } from "../role-use/role.ts";
import { linksOf } from "../rules/links.ts";
import { addedTags, making } from "../tags/tags.ts";
import { checkHealthCheck } from "./health-check.ts";
import { apiTargetGroup } from "./target-group.ts";

type Input = InputOf<Elb, "CreateTargetGroup">;

interface Prepared {
  readonly role: RolePreparation;
  readonly settings: TargetGroupSettings;
}

/** Makes a target group. */
export const createTargetGroup: WriteOperation<Elb, "CreateTargetGroup", Prepared> = {
  name: "CreateTargetGroup",
  authorise({ Name = "*", Tags }, { account, region }) {
    const made = formatArn("elasticloadbalancing", region, account, `targetgroup/${Name}/*`);
    return making("CreateTargetGroup", { on: made, made, tags: Tags });
  },
  async prepare(ctx, input) {
    const settings = checkTargetGroup(input);
    const role = await prepareRole(ctx);
    await needVpc(ctx, settings.VpcId ?? "", role);
    return { role, settings };
  },
  async commit(tx, ctx, input, { role, settings }) {
    const name = input.Name ?? "";
    await holdRole(tx, ctx.account, role);
    const all = await listResources(tx, "target-group", { place: ctx });
    const had = all.find((one) => one.name === name);
    if (had !== undefined) {
      if (JSON.stringify(had.document.settings) !== JSON.stringify(settings)) {
        throw new Fault(
          "DuplicateTargetGroupName",
          `A target group with the same name '${name}' exists, but with different settings`,
        );
      }
      return { TargetGroups: [apiTargetGroup(had, await linksOf(tx, had.arn))] };
    }
    if (all.length >= limits.targetGroups) {
      throw new Fault("TooManyTargetGroups", "The maximum number of target groups has been reached");
    }
    const { account, region } = ctx;
    const made: TargetGroup = {
      kind: "target-group",
      arn: formatArn("elasticloadbalancing", region, account, `targetgroup/${name}/${newId(ctx.random)}`),
      ...{ account, region, name, parent: "", position: 0, version: 0, createdAt: ctx.now },
      tags: addedTags([], input.Tags),
      document: { settings, attributes: {} },
    };
    await insertResource(tx, made);
    return { TargetGroups: [apiTargetGroup(made)] };
  },
};

/** @throws Fault `ValidationError` */
async function needVpc(ctx: PrepareContext, vpcId: string, { denial }: RolePreparation): Promise<void> {
  try {
    const found = await seen(() => asElb(ctx).send(new DescribeVpcsCommand({ VpcIds: [vpcId] })));
    if (found === undefined) throw denial ?? new StalePreparation("the role has just been deleted");
  } catch (error) {
    if (!isFault(error, "InvalidVpcID.NotFound", "InvalidVpcID.Malformed", "InvalidVpcId.Malformed"))
      throw error;
    throw validation(`The VPC ID '${vpcId.slice(0, 64)}' is not found`);
  }
}

const protocols: readonly string[] = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"];

/** The settings of a target group as a request makes them. Throws for what is wrong, or cannot be here. */
function checkTargetGroup(input: Input): TargetGroupSettings {
  const { Name = "", Protocol, Port, VpcId, TargetType = "instance" } = input;
  checkTargetGroupName(Name);
  if (TargetType === "lambda") throw notServed("A target group of the type 'lambda'");
  if (input.TargetControlPort !== undefined) throw notServed("A target control port");
  if ((input.IpAddressType ?? "ipv4") !== "ipv4") throw notServed("An IPv6 target group");
  if (Protocol === undefined) throw validation("A protocol must be specified");
  if (Protocol === "GENEVE" || Protocol === "QUIC" || Protocol === "TCP_QUIC") {
    throw notServed(`The protocol '${Protocol}'`);
  }
  if (!protocols.includes(Protocol)) throw validation(`Protocol '${Protocol}' is not supported`);
  if (Port === undefined) throw validation("A port must be specified");
  if (VpcId === undefined) throw validation("A VPC ID must be specified");
  if (TargetType === "alb" && Protocol !== "TCP") {
    throw validation("The protocol of a target group of the type 'alb' must be TCP");
  }
  const isApplication = Protocol === "HTTP" || Protocol === "HTTPS";
  // Go clients write nothing as an empty text.
  const version = input.ProtocolVersion || undefined;
  if (version !== undefined && !isApplication) {
    throw validation(
      `Protocol version cannot be specified for target groups with the protocol '${Protocol}'`,
    );
  }
  if (version !== undefined && !["HTTP1", "HTTP2", "GRPC"].includes(version)) {
    throw validation(`Protocol version '${version.slice(0, 32)}' must be one of 'GRPC, HTTP1, HTTP2'`);
  }
  const ProtocolVersion = version ?? (isApplication ? "HTTP1" : undefined);
  const checked = { Protocol, TargetType, ProtocolVersion };
  return {
    Protocol,
    Port,
    VpcId,
    ...checkHealthCheck(checked, input),
    TargetType,
    ...(ProtocolVersion !== undefined && { ProtocolVersion }),
    IpAddressType: "ipv4",
  };
}

/** @throws Fault `ValidationError` */
function checkTargetGroupName(name: string): void {
  if (name === "") throw validation("A target group name must be specified");
  if (name.length > 32) {
    throw validation(`Target group name '${name.slice(0, 64)}' cannot be longer than '32' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validation(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`,
    );
  }
  if (name.startsWith("-") || name.endsWith("-")) {
    throw validation(`Target group name '${name}' cannot begin or end with a hyphen(-)`);
  }
}
