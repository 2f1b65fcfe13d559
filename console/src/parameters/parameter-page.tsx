import {
  GetParameterCommand,
  ListTagsForResourceCommand,
  type ParameterHistory,
  paginateDescribeParameters,
  paginateGetParameterHistory,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { SecretText } from "../parts/secret-text.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { shownTime } from "../parts/time.tsx";

/** Systems Manager → Parameter Store → one parameter: its versions, and its value when it is asked for. */
export function ParameterPage() {
  const { name = "" } = useParams();
  const client = useClient(SSMClient);
  const query = useQuery(async () => {
    const [found, history, { TagList: tags = [] }] = await Promise.all([
      everyPage(
        paginateDescribeParameters(
          { client },
          { ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [name] }] },
        ),
        (page) => page.Parameters,
      ),
      everyPage(paginateGetParameterHistory({ client }, { Name: name }), (page) => page.Parameters),
      client.send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: name })),
    ]);
    return { parameter: found[0], history: [...history].reverse(), tags };
  }, [client, name]);

  async function retrieve(): Promise<string> {
    const { Parameter: parameter } = await client.send(
      new GetParameterCommand({ Name: name, WithDecryption: true }),
    );
    return parameter?.Value ?? "";
  }

  return (
    <ResourcePage title={name} description={query.value?.parameter?.Description} query={query}>
      {({ parameter, history, tags }) => (
        <>
          <Details
            title="Parameter details"
            facts={{
              ARN: parameter?.ARN,
              Type: parameter?.Type,
              Tier: parameter?.Tier,
              Version: parameter?.Version,
              "Encryption key": parameter?.KeyId,
              "Last modified": shownTime(parameter?.LastModifiedDate),
            }}
          />
          <TabsInAddress
            label="About the parameter"
            tabs={[
              {
                id: "value",
                label: "Overview",
                content: <SecretText key={name} title="Value" retrieve={retrieve} />,
              },
              {
                id: "history",
                label: "History",
                content: (
                  <PlainTable<ParameterHistory>
                    title="History"
                    empty="No versions"
                    items={history}
                    columns={[
                      textColumn("Version", (one) => one.Version),
                      textColumn("Labels", (one) => one.Labels?.join(", ")),
                      timeColumn("Modified", (one) => one.LastModifiedDate),
                      textColumn("Modified by", (one) => one.LastModifiedUser),
                    ]}
                  />
                ),
              },
              { id: "tags", label: "Tags", content: <TagsTable tags={tags} /> },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
