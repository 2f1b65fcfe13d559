import { CreateClusterCommand } from "@aws-sdk/client-ecs";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { cluster, ecsRole, type Harbour } from "../harbour.ts";

/** The first cluster of an account brings the service-linked role, made with the caller's own permission. */
export async function clusterAndRole({ stage, home }: Harbour): Promise<void> {
  const show = () => home.iam.send(new GetRoleCommand({ RoleName: ecsRole }));
  stage.chapter("A cluster brings its role");
  await stage.refused(`aws iam get-role --role-name ${ecsRole}`, show);
  await stage.step(
    `aws ecs create-cluster --cluster-name ${cluster}`,
    () => home.ecs.send(new CreateClusterCommand({ clusterName: cluster })),
    (made) => `${made.cluster?.clusterArn} ${made.cluster?.status}`,
  );
  await stage.step(
    `aws iam get-role --role-name ${ecsRole}`,
    show,
    ({ Role: role }) => `${role?.Arn}\n${role?.Description}`,
  );
  stage.proved(`create-cluster made ${ecsRole}`);
}
