import Button from "@cloudscape-design/components/button";
import { useNavigate } from "react-router";
import { useRegion } from "../aws/region.ts";
import { ResourcePage } from "../parts/resource-page.tsx";
import { ReplicationTable } from "./replication-table.tsx";
import { useReplication } from "./use-replication.ts";

/** ECR → Private registry → Replication configuration. */
export function ReplicationPage() {
  const navigate = useNavigate();
  const region = useRegion();
  const { query } = useReplication();
  return (
    <ResourcePage
      title="Replication configuration"
      description="Where images go that are pushed to this registry in this region."
      query={query}
      actions={
        <Button onClick={() => void navigate(`/ecr/private-registry/replication/edit?region=${region}`)}>
          Edit
        </Button>
      }
    >
      {(rules) => <ReplicationTable rules={rules} />}
    </ResourcePage>
  );
}
