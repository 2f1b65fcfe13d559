import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Cast } from "../cast.ts";

export const roleName = "AWSServiceRoleForECRReplication";
const policyArn = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const PolicyDocument =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}';

/** The role's shape, what may not be changed about it, and what may. */
export async function roleIsProtected(cast: Cast): Promise<void> {
  const { stage, home, endpoint } = cast;
  const { iam } = home;
  const RoleName = roleName;
  stage.chapter("The role is AWS's own shape, and protected");
  await stage.step(
    `aws iam get-role --role-name ${roleName}`,
    () => iam.send(new GetRoleCommand({ RoleName })),
    ({ Role: role }) => `${role?.Arn}\n${decodeURIComponent(role?.AssumeRolePolicyDocument ?? "")}`,
  );
  await stage.step(
    `aws iam list-attached-role-policies --role-name ${roleName}`,
    () => iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
    ({ AttachedPolicies = [] }) => AttachedPolicies.map((policy) => policy.PolicyArn).join("\n"),
  );
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "demo" }));
  const InstanceProfileName = "demo";
  const edits: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      "update-role --max-session-duration 7200",
      () => iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 })),
    ],
    [
      "update-assume-role-policy",
      () => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })),
    ],
    [
      "put-role-policy",
      () => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "more", PolicyDocument })),
    ],
    ["delete-role-policy", () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "more" }))],
    [
      "attach-role-policy",
      () => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: administrator })),
    ],
    ["detach-role-policy", () => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: policyArn }))],
    [
      "put-role-permissions-boundary",
      () => iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: administrator })),
    ],
    [
      "delete-role-permissions-boundary",
      () => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
    ],
    [
      "add-role-to-instance-profile",
      () => iam.send(new AddRoleToInstanceProfileCommand({ RoleName, InstanceProfileName })),
    ],
    [
      "remove-role-from-instance-profile",
      () => iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName })),
    ],
    ["delete-role", () => iam.send(new DeleteRoleCommand({ RoleName }))],
    [
      "create-role --path /aws-service-role/replication.ecr.amazonaws.com/",
      () =>
        iam.send(
          new CreateRoleCommand({
            RoleName: "Mine",
            Path: "/aws-service-role/replication.ecr.amazonaws.com/",
            AssumeRolePolicyDocument: trust,
          }),
        ),
    ],
  ];
  for (const [edit, act] of edits) await stage.refused(`aws iam ${edit}`, act);
  await stage.step(
    "aws iam update-role-description --description 'ships images'; aws iam tag-role --tags Key=team,Value=harbour",
    async () => {
      await iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "ships images" }));
      await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "team", Value: "harbour" }] }));
      return iam.send(new GetRoleCommand({ RoleName }));
    },
    ({ Role: role }) => `description: ${role?.Description}; tags: ${JSON.stringify(role?.Tags)}`,
  );
  await iam.send(new CreateUserCommand({ UserName: "admin" }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "admin", PolicyArn: administrator }));
  await stage.refused(`aws iam attach-user-policy --user-name admin --policy-arn ${policyArn}`, () =>
    iam.send(new AttachUserPolicyCommand({ UserName: "admin", PolicyArn: policyArn })),
  );
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: "admin" }));
  const admin = new STSClient({
    endpoint,
    region: home.region,
    credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" },
  });
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName }));
  await stage.refused("aws sts assume-role   # as an administrator", () =>
    admin.send(new AssumeRoleCommand({ RoleArn: role?.Arn ?? "", RoleSessionName: "mine" })),
  );
  stage.proved(`${edits.length} edits refused with AWS's code and words; description and tags changed`);
  stage.proved("its policy attaches to nobody else, and not even an administrator can assume it");
}
