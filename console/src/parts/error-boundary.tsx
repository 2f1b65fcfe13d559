import Alert from "@cloudscape-design/components/alert";
import { Component, type ReactNode } from "react";

/** Shows what went wrong in place of a page that broke; the frame stays usable. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly error: Error | undefined }
> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Alert type="error" header="This page failed">
        {error.message}
      </Alert>
    );
  }
}
