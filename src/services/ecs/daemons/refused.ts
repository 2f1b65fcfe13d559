import type { Service } from "../../../dispatch/service.ts";

const reason =
  "daemons run on Amazon ECS Managed Instances, and there are no EC2 instances here; a service with the scheduling strategy DAEMON runs one task on each container instance";

/** Daemons exist on capacity providers of managed instances only (API Reference, "CreateDaemon"). */
export const refusedDaemonOperations: Service["refused"] = Object.fromEntries(
  [
    "CreateDaemon",
    "DeleteDaemon",
    "DeleteDaemonTaskDefinition",
    "DescribeDaemon",
    "DescribeDaemonDeployments",
    "DescribeDaemonRevisions",
    "DescribeDaemonTaskDefinition",
    "ListDaemonDeployments",
    "ListDaemonTaskDefinitions",
    "ListDaemons",
    "RegisterDaemonTaskDefinition",
    "UpdateDaemon",
  ].map((operation) => [operation, reason]),
);
