import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useParams } from "react-router";
import { LinkTo } from "../parts/link-to.tsx";
import { LogEvents } from "./log-events.tsx";

/** CloudWatch → Log groups → one → a stream: its events, as they come. */
export function LogStreamPage() {
  const { group = "", stream = "" } = useParams();
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={<LinkTo to={`/cloudwatch/log-groups/${encodeURIComponent(group)}`}>{group}</LinkTo>}
        >
          {stream}
        </Header>
      }
    >
      <LogEvents group={group} stream={stream} />
    </ContentLayout>
  );
}
