import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type ServiceKey, serviceArn, serviceDeploymentArn, serviceRevisionArn } from "../arn.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import type { EcsPorts } from "../ports.ts";
import { listDeployments } from "../services/deployment.ts";
import { changeService, findService, needService } from "../services/service.ts";
import { currentServiceDeployment } from "../services/service-deployment.ts";
import { tagsOf } from "../tags/tags.ts";
import { admitExpressNetwork } from "./configuration.ts";
import { expressPermissions, readWish } from "./create-express-service.ts";
import {
  describeConfiguration,
  describeExpress,
  type ExpressDocument,
  type ExpressService,
  needExpress,
  putExpress,
  readExpressArn,
} from "./express-service.ts";

/** An express service, and what ECS has made of it. */
export const describeExpressService: ReadOperation<typeof ecs, "DescribeExpressGatewayService"> = {
  name: "DescribeExpressGatewayService",
  authorise: ({ serviceArn: arn }) => [
    { action: "ecs:DescribeExpressGatewayService", resource: serviceArn(readExpressArn(arn)) },
  ],
  async read(ctx, { serviceArn: arn, include = [] }) {
    const key = readExpressArn(arn);
    const express = await needExpress(ctx.rows, key);
    const service = describeExpress(express, await underWay(ctx.rows, key));
    const tags = include.includes("TAGS") ? await tagsOf(ctx.rows, serviceArn(key)) : undefined;
    return { service: { ...service, ...(tags !== undefined && { tags: tags.map((tag) => ({ ...tag })) }) } };
  },
};

async function underWay(rows: Rows, key: ServiceKey) {
  const [primary] = await listDeployments(rows, key);
  const current = await currentServiceDeployment(rows, key);
  return {
    ...(primary !== undefined && { revisionArn: serviceRevisionArn(key, primary.number) }),
    ...(current !== undefined && { deploymentArn: serviceDeploymentArn(key, current.progress.id) }),
  };
}

/** Gives an express service another configuration; the loop deploys it. */
export const updateExpressService = (
  ports: EcsPorts,
): WriteOperation<typeof ecs, "UpdateExpressGatewayService", ExpressDocument> => ({
  name: "UpdateExpressGatewayService",
  authorise: (input, ctx) =>
    expressPermissions("ecs:UpdateExpressGatewayService", readExpressArn(input.serviceArn), input, ctx, {}),
  async prepare(ctx, input) {
    const key = readExpressArn(input.serviceArn);
    const { document } = await needActive(ctx.rows, key);
    const { configuration: before, infrastructureRoleArn } = document;
    if (input.healthCheckPath !== undefined && input.healthCheckPath !== before.healthCheckPath) {
      throw unsupported("Roadstead does not change the healthCheckPath of an express service.");
    }
    const network =
      input.networkConfiguration === undefined
        ? document.network
        : await admitExpressNetwork(ctx, infrastructureRoleArn, input.networkConfiguration);
    if (network.vpcId !== document.network.vpcId || network.isPublic !== document.network.isPublic) {
      // Ours.
      throw invalidParameter(
        "The subnets of an express service stay in their VPC, public or private as they were.",
      );
    }
    const { serviceArn: _arn, ...wish } = input;
    const runs = [
      "primaryContainer",
      "taskDefinitionArn",
      "executionRoleArn",
      "taskRoleArn",
      "cpu",
      "memory",
    ] as const;
    const revised = runs.some((member) => input[member] !== undefined) || input.cpuArchitecture !== undefined;
    const configuration = await readWish(ports, ctx, {
      wish:
        revised || before.container === undefined ? wish : { ...wish, primaryContainer: before.container },
      ...{ key, network, before },
    });
    return { ...document, network, configuration, updatedAt: ctx.now };
  },
  async commit(tx, _ctx, input, { configuration, network, updatedAt }) {
    const express = await needActive(tx, readExpressArn(input.serviceArn));
    const changed = { ...express, document: { ...express.document, configuration, network, updatedAt } };
    await putExpress(tx, changed);
    const { cluster, serviceName, status, createdAt } = describeExpress(changed, {});
    const targetConfiguration = describeConfiguration(changed.document);
    return {
      service: {
        ...{ serviceArn: input.serviceArn, cluster, serviceName, status, createdAt },
        ...{ targetConfiguration, updatedAt: new Date(updatedAt) },
      },
    };
  },
});

/** Deletes an express service: its tasks stop, then the loop removes what was made around it. */
export const deleteExpressService: WriteOperation<typeof ecs, "DeleteExpressGatewayService"> = {
  name: "DeleteExpressGatewayService",
  authorise: ({ serviceArn: arn }) => [
    { action: "ecs:DeleteExpressGatewayService", resource: serviceArn(readExpressArn(arn)) },
  ],
  async commit(tx, ctx, { serviceArn: arn }) {
    const key = readExpressArn(arn);
    const express = await needActive(tx, key);
    const service = await findService(tx, key);
    if (service?.status === "ACTIVE") {
      const { document } = await needService(tx, key);
      const drained = { status: "DRAINING" as const, document: { ...document, desiredCount: 0 } };
      if ((await changeService(tx, service, drained)) === undefined) {
        throw new StalePreparation(`${service.arn} has changed`);
      }
    }
    const changed: ExpressService = {
      ...express,
      status: "DRAINING",
      document: { ...express.document, updatedAt: ctx.now },
    };
    await putExpress(tx, changed);
    return { service: describeExpress(changed, {}) };
  },
};

async function needActive(rows: Rows, key: ServiceKey): Promise<ExpressService> {
  const express = await needExpress(rows, key);
  if (express.status === "ACTIVE") return express;
  throw new Fault("ServiceNotActiveException", "Service was not ACTIVE.");
}
