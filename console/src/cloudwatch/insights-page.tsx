import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  paginateDescribeLogGroups,
  type ResultField,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { type Failure, failureOf } from "../aws/failure.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { TimeRangeSelect, timesOf, useTimeRange } from "../parts/time-range.tsx";

/** Results are asked for again after this, in ms, so many times. */
const pause = 500;
const patience = 120;
/** Log groups that one query may name (StartQuery). */
const mostGroups = 50;
const first = "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100";

interface Answer {
  readonly rows: readonly (readonly ResultField[])[];
  /** Events that were looked at. */
  readonly scanned: number;
}

/** CloudWatch → Logs Insights: a query over the events of log groups. */
export function InsightsPage() {
  const client = useClient(CloudWatchLogsClient);
  const arnOf = useArns();
  const range = useTimeRange();
  const [parameters, setParameters] = useSearchParams();
  const chosen = parameters.getAll("group");
  const [text, setText] = useState(first);
  const [answer, setAnswer] = useState<Answer>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const groups = useQuery(
    () => everyPage(paginateDescribeLogGroups({ client }, {}), (page) => page.logGroups),
    [client],
  );

  async function ask(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      const { from, to } = timesOf(range);
      setAnswer(await answerOf(client, { groups: chosen, text, from, to }));
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <ContentLayout header={<Header variant="h1">Logs Insights</Header>}>
      <SpaceBetween size="l">
        <Container>
          <SpaceBetween size="m">
            <FormField label="Log groups" description={`Up to ${mostGroups}.`}>
              <Multiselect
                placeholder="Choose log groups"
                filteringType="auto"
                filteringAriaLabel="Find log groups"
                deselectAriaLabel={({ label = "" }) => `Remove ${label}`}
                options={(groups.value ?? []).map(({ logGroupName: name }) => ({ value: name, label: name }))}
                selectedOptions={chosen.map((name) => ({ value: name, label: name }))}
                onChange={({ detail }) =>
                  setParameters((before) => {
                    before.delete("group");
                    for (const { value = "" } of detail.selectedOptions.slice(0, mostGroups)) {
                      before.append("group", value);
                    }
                    return before;
                  })
                }
              />
            </FormField>
            <FormField label="Query">
              <Textarea
                value={text}
                rows={6}
                spellcheck={false}
                onChange={({ detail }) => setText(detail.value)}
              />
            </FormField>
            <FormField label="Time range">
              <TimeRangeSelect range={range} />
            </FormField>
            <ActionButton
              variant="primary"
              needs={chosen.map((name) => ({
                action: "logs:StartQuery",
                resource: arnOf("logs", `log-group:${name}:*`),
              }))}
              disabled={chosen.length === 0}
              loading={busy}
              onClick={() => void ask()}
            >
              Run query
            </ActionButton>
          </SpaceBetween>
        </Container>
        {failure !== undefined && <FailureAlert failure={failure} what="Query" />}
        {answer !== undefined && <Results answer={answer} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Results({ answer }: { readonly answer: Answer }) {
  // `@ptr` leads to the record, and is nothing to read.
  const fields = [...new Set(answer.rows.flatMap((row) => row.map((one) => one.field ?? "")))].filter(
    (field) => field !== "@ptr",
  );
  return (
    <PlainTable<readonly ResultField[]>
      title="Results"
      description={`${answer.scanned} events were looked at.`}
      empty="No results"
      items={answer.rows}
      columns={fields.map((field) => ({
        id: field,
        header: field,
        cell: (row: readonly ResultField[]) => row.find((one) => one.field === field)?.value ?? "–",
      }))}
    />
  );
}

async function answerOf(
  client: CloudWatchLogsClient,
  query: {
    readonly groups: readonly string[];
    readonly text: string;
    readonly from: Date;
    readonly to: Date;
  },
): Promise<Answer> {
  const { queryId } = await client.send(
    new StartQueryCommand({
      logGroupNames: [...query.groups],
      queryString: query.text,
      startTime: Math.floor(query.from.getTime() / 1000),
      endTime: Math.floor(query.to.getTime() / 1000),
    }),
  );
  for (let tries = 0; tries < patience; tries++) {
    const { status, results = [], statistics } = await client.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Complete") return { rows: results, scanned: statistics?.recordsScanned ?? 0 };
    if (status !== "Scheduled" && status !== "Running") throw new Error(`The query ended as ${status}.`);
    await new Promise((resolve) => window.setTimeout(resolve, pause));
  }
  throw new Error("The query is not done yet. Ask for less.");
}
