import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { type Failure, isRefusal } from "../aws/failure.ts";
import { DecisionModal } from "../frame/decision-modal.tsx";

/** Says in place why something is not shown: AWS's own words, and the decision behind a refusal. */
export function FailureAlert({ failure, what }: { readonly failure: Failure; readonly what: string }) {
  const [explained, setExplained] = useState(false);
  const { code, message, requestId } = failure;
  return (
    <>
      <Alert
        type={isRefusal(failure) ? "warning" : "error"}
        header={`${what}: ${code}`}
        action={requestId !== undefined && <Button onClick={() => setExplained(true)}>Explain</Button>}
      >
        {message}
        {requestId !== undefined && (
          <>
            <br />
            <small>Request ID: {requestId}</small>
          </>
        )}
      </Alert>
      {explained && requestId !== undefined && (
        <DecisionModal requestId={requestId} onClose={() => setExplained(false)} />
      )}
    </>
  );
}
