import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type DecisionReport, decisionOf, type VerdictReport } from "../aws/decisions.ts";
import { useQuery } from "../aws/query.ts";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { useSession } from "../session/session.ts";

/** The decision of a call: each permission that it needed, what decided, and every policy that was considered. */
export function Decision({ requestId }: { readonly requestId: string }) {
  const session = useSession();
  const query = useQuery(async () => session && decisionOf(session, requestId), [session, requestId]);
  if (query.failure !== undefined) {
    return (
      <Alert type="info" header={query.failure.code}>
        {query.failure.message}
        <Box variant="small">Request ID: {requestId}</Box>
      </Alert>
    );
  }
  if (query.value === undefined) return <Waiting />;
  return <Report report={query.value} />;
}

function Report({ report }: { readonly report: DecisionReport }) {
  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Operation", value: report.operation ?? "–" },
          { label: "Outcome", value: report.outcome },
          { label: "Principal", value: report.principal ?? "–" },
          { label: "Request ID", value: report.requestId },
        ]}
      />
      {report.refusal !== null && (
        <Alert type="warning" header={report.refusal.code}>
          No policy was asked: {report.refusal.message}
        </Alert>
      )}
      {report.verdicts.map((verdict) => (
        <Verdict key={`${verdict.action} ${verdict.resource}`} verdict={verdict} />
      ))}
    </SpaceBetween>
  );
}

function Verdict({ verdict }: { readonly verdict: VerdictReport }) {
  const allowed = verdict.outcome === "allowed";
  return (
    <SpaceBetween size="s">
      <Box variant="h3">
        <StatusIndicator type={allowed ? "success" : "error"}>{verdict.action}</StatusIndicator>
      </Box>
      <Box>on {verdict.resource}</Box>
      {verdict.message !== null && <Alert type="error">{verdict.message}</Alert>}
      {verdict.deciding.map((one) => (
        <div key={`${one.policy} ${one.index}`}>
          <Box variant="awsui-key-label">
            Decided by {one.kind} {one.policy}, statement {one.sid ?? one.index + 1}
          </Box>
          {one.statement !== null && <CodeText name="deciding statement" text={formatted(one.statement)} />}
        </div>
      ))}
      {verdict.missingContextKeys.length > 0 && (
        <Box>
          A condition asked for what the request did not have: {verdict.missingContextKeys.join(", ")}
        </Box>
      )}
      <PlainTable
        title="Policies considered"
        empty="None. Root needs none; to anybody else, what no policy allows is refused."
        items={verdict.considered}
        columns={[
          { id: "kind", header: "Kind", cell: (one) => one.kind },
          { id: "policy", header: "Policy", cell: (one) => one.policy },
          {
            id: "about",
            header: "Statements about this action",
            cell: (one) =>
              one.about.length === 0
                ? "None"
                : one.about.map((statement) => (
                    <div key={statement.index}>
                      {statement.sid ?? statement.index + 1}: {statement.effect},{" "}
                      {statement.matches
                        ? "matches"
                        : `does not match (${[...statement.mismatches, ...statement.failedKeys].join(", ")})`}
                    </div>
                  )),
          },
        ]}
      />
      <ExpandableSection headerText="What the request said of itself">
        <CodeText name="context" text={JSON.stringify(verdict.context, null, 2)} />
      </ExpandableSection>
    </SpaceBetween>
  );
}
