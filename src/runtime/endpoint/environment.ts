import type { ContainerSpec, TaskSpec } from "../task.ts";
import type { TaskEndpoint } from "../task-engine/ports.ts";

/** Where every container finds the endpoint (Developer Guide, "Amazon ECS task metadata endpoint version 4"). */
export const endpointAddress = "169.254.170.2";

/** Developer Guide, "Amazon ECS environment variables". External hosts have none (seen on a real agent). */
const executionEnvironments: Partial<Record<TaskSpec["launchType"], string>> = {
  FARGATE: "AWS_ECS_FARGATE",
  EC2: "AWS_ECS_EC2",
  MANAGED_INSTANCES: "AWS_ECS_MANAGED_INSTANCES",
};

/**
 * Tells containers where their credentials and metadata are, and sends the SDKs in them to this Roadstead.
 * @param serviceUrl where containers reach the AWS APIs (`http://172.17.0.1:4567`); nothing is said when left out.
 */
export function taskEndpoint(serviceUrl: (task: TaskSpec) => string | undefined): TaskEndpoint {
  return {
    environment(task: TaskSpec, _container: ContainerSpec, endpointId: string) {
      const base = `http://${endpointAddress}`;
      const url = serviceUrl(task);
      const environment = executionEnvironments[task.launchType];
      const credentials = task.taskRoleArn === undefined ? undefined : task.credentialsId;
      return {
        AWS_REGION: task.region,
        AWS_DEFAULT_REGION: task.region,
        ...(url !== undefined && { AWS_ENDPOINT_URL: url }),
        ...(environment !== undefined && { AWS_EXECUTION_ENV: environment }),
        ...(task.networkMode !== "none" && {
          ECS_CONTAINER_METADATA_URI: `${base}/v3/${endpointId}`,
          ECS_CONTAINER_METADATA_URI_V4: `${base}/v4/${endpointId}`,
          ECS_AGENT_URI: `${base}/api/${endpointId}`,
          ...(credentials !== undefined && {
            AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${credentials}`,
          }),
        }),
      };
    },
  };
}
