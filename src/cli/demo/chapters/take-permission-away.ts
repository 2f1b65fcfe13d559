import { setTimeout as wait } from "node:timers/promises";
import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeRepositoriesCommand, PutRegistryPolicyCommand } from "@aws-sdk/client-ecr";
import { type Cast, repository } from "../cast.ts";
import { clientsOf } from "../clients.ts";
import { registryToken } from "./registry-login.ts";
import { registryPolicy, settled, statusLines } from "./replicate.ts";

/** Without the permission the feature stops, with AWS's error; with it, the next push replicates. */
export async function takePermissionAway(cast: Cast): Promise<void> {
  const { stage, carrier, home, neighbour } = cast;
  stage.chapter("Take a permission away, give it back");
  const [{ repositoryUri: uri = "" } = {}] =
    (await home.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }))).repositories ??
    [];
  const token = await registryToken(home);
  const allow = (actions: readonly string[]) =>
    neighbour.ecr.send(
      new PutRegistryPolicyCommand({ policyText: registryPolicy(home, neighbour, actions) }),
    );
  const pushed = async (tag: string) => {
    const digest = await stage.step(
      carrier.pushCommand(uri, tag),
      () => carrier.push(uri, tag, token, tag),
      (found) => `pushed ${found}`,
    );
    return stage.step(
      `aws ecr describe-image-replication-status --repository-name ${repository} --image-id imageTag=${tag}`,
      () => settled(home, digest),
      statusLines,
    );
  };

  await stage.step(
    `aws ecr put-registry-policy …   # ${neighbour.account}: without ecr:ReplicateImage`,
    () => allow(["ecr:CreateRepository"]),
    () => "ecr:ReplicateImage is gone",
  );
  const failed = (await pushed("v3")).find((one) => one.registryId === neighbour.account);
  if (failed?.status !== "FAILED") throw new Error("replication went on without permission");
  await stage.step(
    "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=ReplicateImage",
    () => refusal(cast),
    (record) => `${record.errorCode}: ${record.errorMessage}\ninvokedBy ${record.userIdentity.invokedBy}`,
  );
  await stage.step(
    `aws ecr put-registry-policy …   # ${neighbour.account}: with ecr:ReplicateImage again`,
    () => allow(["ecr:ReplicateImage", "ecr:CreateRepository"]),
    () => "ecr:ReplicateImage is back",
  );
  const statuses = await pushed("v4");
  if (statuses.some(({ status }) => status !== "COMPLETE")) throw new Error(statusLines(statuses));
  stage.proved(
    `without ecr:ReplicateImage: FAILED (${failed.failureCode}), and the role's own denied call is on record`,
  );
  stage.proved("with it again: the next push replicates");
}

interface RefusedCall {
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly userIdentity: { readonly invokedBy?: string };
}

/** The role's own refused call, from the audit trail of the source account in the destination's region. */
async function refusal({ home, neighbour, endpoint }: Cast): Promise<RefusedCall> {
  const { cloudtrail } = clientsOf(endpoint, home.account, neighbour.region);
  for (let i = 0; i < 100; i++) {
    const { Events = [] } = await cloudtrail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "ReplicateImage" }],
      }),
    );
    const records = Events.map((event) => JSON.parse(event.CloudTrailEvent ?? "{}") as RefusedCall);
    const found = records.find((record) => record.errorCode !== undefined);
    if (found !== undefined) return found;
    await wait(50);
  }
  throw new Error("the refused call is not in the audit trail");
}
