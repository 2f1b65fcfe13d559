import {
  ElasticLoadBalancingV2Client,
  type Listener,
  paginateDescribeListeners,
  paginateDescribeRules,
  type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { Actions } from "./actions.tsx";
import { conditionsOf } from "./conditions.ts";

interface ListenerRules {
  readonly listener: Listener;
  readonly rules: readonly Rule[];
}

/** The listeners of a load balancer, each with its rules in the order in which they are tried. */
export function Listeners({ loadBalancer: LoadBalancerArn }: { readonly loadBalancer: string }) {
  const elb = useClient(ElasticLoadBalancingV2Client);
  const query = useQuery(
    async (): Promise<readonly ListenerRules[]> => {
      const listeners = await everyPage(
        paginateDescribeListeners({ client: elb }, { LoadBalancerArn }),
        (page) => page.Listeners,
      );
      return Promise.all(
        listeners.map(async (listener) => ({
          listener,
          rules: await everyPage(
            paginateDescribeRules({ client: elb }, { ListenerArn: listener.ListenerArn }),
            (page) => page.Rules,
          ),
        })),
      );
    },
    [elb, LoadBalancerArn],
    { every: 10_000 },
  );
  if (query.failure !== undefined) return <FailureAlert failure={query.failure} what="Listeners" />;
  if (query.value === undefined) return <Waiting />;
  if (query.value.length === 0)
    return <PlainTable title="Listeners" empty="No listeners" items={[]} columns={[]} />;
  return (
    <SpaceBetween size="l">
      {query.value.map(({ listener, rules }) => (
        <PlainTable<Rule>
          key={listener.ListenerArn}
          title={`${listener.Protocol}:${listener.Port}`}
          description={aboutTls(listener)}
          empty="No rules"
          items={rules}
          columns={[
            { id: "priority", header: "Priority", cell: (rule) => rule.Priority },
            { id: "conditions", header: "If", cell: conditionsOf },
            { id: "actions", header: "Then", cell: (rule) => <Actions actions={rule.Actions ?? []} /> },
          ]}
        />
      ))}
    </SpaceBetween>
  );
}

function aboutTls({ SslPolicy: policy, Certificates: certificates }: Listener): string | undefined {
  if (policy === undefined) return undefined;
  return `${policy}; certificate ${certificates?.map((one) => one.CertificateArn).join(", ") || "–"}`;
}
