import type * as ecs from "@aws-sdk/client-ecs";

/** What each reason lacks, the nearest to a placement first (Developer Guide, "Viewing service event messages"). */
const reasons: readonly (readonly [reason: RegExp, words: (reason: string) => string])[] = [
  [/^RESOURCE:CPU$/, () => "has insufficient CPU units available."],
  [/^RESOURCE:MEMORY$/, () => "has insufficient memory available."],
  [/^RESOURCE:PORTS$/, () => "is already using a port required by your task."],
  [/^RESOURCE:GPU$/, () => "has insufficient GPU resource available."],
  [/^ATTRIBUTE$/, () => "is missing an attribute required by your task."],
  [/./, (reason) => `encountered error "${reason}".`],
];

/** The failure that is nearest to a placement. */
export function closestOf(failures: readonly ecs.Failure[]): ecs.Failure | undefined {
  const rank = ({ reason = "" }: ecs.Failure): number => reasons.findIndex(([of]) => of.test(reason));
  return [...failures].sort((a, b) => rank(a) - rank(b))[0];
}

/** AWS's words for tasks that no container instance could take. */
export function unplacedWords(closest: ecs.Failure | undefined): string {
  const sorry = " was unable to place a task because no container instance met all of its requirements.";
  const more = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
  if (closest === undefined) {
    return `${sorry} Reason: No Container Instances were found in your cluster.${more}`;
  }
  const { arn = "", reason = "" } = closest;
  const id = arn.split("/").at(-1) ?? "";
  const words = reasons.find(([of]) => of.test(reason))?.[1](reason) ?? "";
  return `${sorry} The closest matching (container-instance ${id}) ${words}${more}`;
}
