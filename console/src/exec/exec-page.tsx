import { ECSClient, ExecuteCommandCommand } from "@aws-sdk/client-ecs";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { lazy, Suspense, useState } from "react";
import { useParams } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { Waiting } from "../parts/waiting.tsx";
import type { SessionAddress } from "./exec-session.ts";

const Terminal = lazy(async () => ({ default: (await import("./terminal.tsx")).Terminal }));

/** ECS → a task → a container → a command in it, in a terminal (ECS Exec). */
export function ExecPage() {
  const { cluster = "", task = "", container = "" } = useParams();
  const ecs = useClient(ECSClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [command, setCommand] = useState("/bin/sh");
  const [address, setAddress] = useState<SessionAddress>();
  const [ended, setEnded] = useState<string>();

  async function start(): Promise<void> {
    setAddress(undefined);
    setEnded(undefined);
    await run(async () => {
      const { session } = await ecs.send(
        new ExecuteCommandCommand({ cluster, task, container, command, interactive: true }),
      );
      setAddress({ url: session?.streamUrl ?? "", token: session?.tokenValue ?? "" });
    }, "The session has started.");
  }

  const isOpen = address !== undefined && ended === undefined;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={
            <LinkTo to={`/ecs/clusters/${encodeURIComponent(cluster)}/tasks/${task}`}>Task {task}</LinkTo>
          }
        >
          Execute command in {container}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOpen) void start();
          }}
        >
          <SpaceBetween size="s">
            <FormField label="Command">
              <Input
                value={command}
                spellcheck={false}
                disabled={isOpen}
                onChange={({ detail }) => setCommand(detail.value)}
              />
            </FormField>
            {isOpen ? (
              <Button formAction="none" onClick={() => setAddress(undefined)}>
                Disconnect
              </Button>
            ) : (
              <ActionButton
                variant="primary"
                loading={busy}
                needs={[
                  { action: "ecs:ExecuteCommand", resource: arnOf("ecs", `cluster/${cluster}`) },
                  { action: "ecs:ExecuteCommand", resource: arnOf("ecs", `task/${cluster}/${task}`) },
                ]}
              >
                Connect
              </ActionButton>
            )}
          </SpaceBetween>
        </form>
        {ended !== undefined && <StatusIndicator type="stopped">The session has ended.</StatusIndicator>}
        {address !== undefined && (
          <Suspense fallback={<Waiting />}>
            <Terminal
              key={address.token}
              address={address}
              name={`Terminal of ${container}`}
              onEnd={setEnded}
            />
          </Suspense>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
