/** How many tasks a service may have, and how many of them must be healthy, while it is being changed. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** AWS: the minimum rounds up, the maximum rounds down (Developer Guide, "Deploy Amazon ECS services"). */
export function boundsOf(
  desired: number,
  { minimumHealthyPercent, maximumPercent }: { minimumHealthyPercent: number; maximumPercent: number },
): Bounds {
  return {
    lower: Math.ceil((desired * minimumHealthyPercent) / 100),
    upper: Math.floor((desired * maximumPercent) / 100),
  };
}
