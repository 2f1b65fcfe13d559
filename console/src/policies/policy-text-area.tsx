import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useRef, useState } from "react";
import { findingsOf, type PlacedFinding, type PolicyKind } from "./findings.ts";
import "./policy-text-area.css";

/** After the last key, in ms. */
const pause = 250;

/** What an editor of documents is given. */
export interface EditorProps {
  readonly value: string;
  readonly kind: PolicyKind;
  readonly label: string;
  /** Finds more, in a document that is JSON; give the same function each time. */
  readonly check?: (text: string) => readonly PlacedFinding[];
  readonly onChange: (text: string) => void;
}

/** Edits a document of JSON and says as one types what is wrong with it, and in which line. */
export function PolicyTextArea({ value, kind, label, check, onChange }: EditorProps) {
  const [findings, setFindings] = useState<readonly PlacedFinding[]>([]);
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    let late = false;
    const timer = window.setTimeout(async () => {
      const found = await findingsOf(value, kind);
      if (!late) setFindings([...found, ...(check?.(value) ?? [])]);
    }, pause);
    return () => {
      late = true;
      window.clearTimeout(timer);
    };
  }, [value, kind, check]);
  const lines = value.split("\n").length;
  const marked = new Map(findings.flatMap(({ line, level }) => (line === undefined ? [] : [[line, level]])));

  function goTo(line: number): void {
    const start =
      value
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    text.current?.focus();
    text.current?.setSelectionRange(start, start);
  }

  return (
    <div className="policy-editor">
      <div className="policy-editor-text">
        <div className="policy-editor-lines" aria-hidden>
          {Array.from({ length: lines }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number.
            <div key={index} className={marked.get(index + 1)}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={text}
          aria-label={label}
          value={value}
          rows={Math.max(12, lines)}
          spellCheck={false}
          autoCapitalize="off"
          wrap="off"
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      <div aria-live="polite">
        {findings.length === 0 && (
          <StatusIndicator type="success">{kind === "json" ? "Valid JSON" : "No findings"}</StatusIndicator>
        )}
        {findings.map(({ level, message, line }) => (
          <Box key={`${line}${message}`}>
            <StatusIndicator type={level}>
              {line !== undefined && (
                <>
                  <button type="button" className="policy-editor-line" onClick={() => goTo(line)}>
                    Line {line}
                  </button>
                  :{" "}
                </>
              )}
              {message}
            </StatusIndicator>
          </Box>
        ))}
      </div>
    </div>
  );
}
