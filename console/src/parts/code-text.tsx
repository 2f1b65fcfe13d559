import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import "./code-text.css";

/** Text of a machine, ready to copy. It is shown as text, whatever it holds. */
export function CodeText({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <div className="code-text">
      <Box float="right">
        <CopyToClipboard
          variant="icon"
          copyButtonAriaLabel={`Copy ${name}`}
          copySuccessText="Copied"
          copyErrorText="Not copied"
          textToCopy={text}
        />
      </Box>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <section tabIndex={0} aria-label={name}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}

/** JSON with its members in lines; what is no JSON as it is. */
export function formatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
