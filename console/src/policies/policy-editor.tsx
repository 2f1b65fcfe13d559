import { lazy, Suspense } from "react";
import { Waiting } from "../parts/waiting.tsx";
import type { EditorProps } from "./policy-text-area.tsx";

export type { PolicyKind } from "./findings.ts";

const PolicyTextArea = lazy(async () => ({
  default: (await import("./policy-text-area.tsx")).PolicyTextArea,
}));

/** Edits a document of JSON and says as one types what is wrong with it; loaded when the first is seen. */
export function PolicyEditor(props: EditorProps) {
  return (
    <Suspense fallback={<Waiting />}>
      <PolicyTextArea {...props} />
    </Suspense>
  );
}
