import type { AnyOperation } from "../../../dispatch/operation.ts";
import type { EcsPorts } from "../ports.ts";
import { deleteTaskSet, updateServicePrimaryTaskSet, updateTaskSet } from "./change-task-set.ts";
import { createService } from "./create-service.ts";
import { createTaskSet } from "./create-task-set.ts";
import { deleteService } from "./delete-service.ts";
import { describeServiceDeployments } from "./describe-service-deployments.ts";
import { describeServiceRevisions } from "./describe-service-revisions.ts";
import { describeServices } from "./describe-services.ts";
import { describeTaskSets } from "./describe-task-sets.ts";
import { listServiceDeployments } from "./list-service-deployments.ts";
import { listServices, listServicesByNamespace } from "./list-services.ts";
import { continueServiceDeployment, stopServiceDeployment } from "./stop-service-deployment.ts";
import { updateService } from "./update-service.ts";

/** Services, their deployments and revisions, and task sets. */
export const serviceOperations = (ports: EcsPorts): readonly AnyOperation[] => [
  createService(ports),
  updateService(ports),
  deleteService,
  describeServices,
  listServices,
  listServicesByNamespace,
  listServiceDeployments,
  describeServiceDeployments,
  describeServiceRevisions,
  stopServiceDeployment,
  continueServiceDeployment,
  createTaskSet(ports),
  updateTaskSet,
  deleteTaskSet,
  describeTaskSets,
  updateServicePrimaryTaskSet,
];
