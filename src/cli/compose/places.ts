/** Where a listener of a load balancer is reached. */
interface Published {
  readonly port: number;
  /** `127.0.0.1:8080`; undefined when it is nowhere on the host. */
  readonly address: string | undefined;
}

/** Where the listeners of a load balancer are reached on Roadstead's host: ports that are taken there become others. */
export async function publishedPlaces(
  endpoint: string,
  loadBalancerArn: string,
  adminToken: string | undefined,
): Promise<readonly Published[]> {
  const answer = await fetch(new URL("/_roadstead/load-balancers", endpoint), {
    headers: adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` },
  });
  if (!answer.ok) return [];
  const { listeners } = (await answer.json()) as {
    readonly listeners: readonly {
      readonly loadBalancerArn: string;
      readonly port: number;
      readonly host: { readonly address: string; readonly port: number } | null;
    }[];
  };
  return listeners
    .filter((one) => one.loadBalancerArn === loadBalancerArn)
    .map(({ port, host }) => ({ port, address: host === null ? undefined : `${host.address}:${host.port}` }))
    .sort((a, b) => a.port - b.port);
}
