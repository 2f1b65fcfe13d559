import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import type { ReactNode } from "react";
import type { Query } from "../aws/query.ts";
import { FailureAlert } from "./failure-alert.tsx";
import { Waiting } from "./waiting.tsx";
import "./resource-page.css";

/** The page of one resource: its name, what can be done with it, and what is known of it. */
export function ResourcePage<Value>({
  title,
  description,
  actions,
  query,
  children,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly query: Query<Value>;
  children(value: Value): ReactNode;
}) {
  const { value, failure, loading } = query;
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={actions}>
          {title}
        </Header>
      }
    >
      <div className="resource-page">
        {failure !== undefined && <FailureAlert failure={failure} what={title} />}
        {value === undefined && loading && <Waiting />}
        {value !== undefined && children(value)}
      </div>
    </ContentLayout>
  );
}
