import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";

/** Stands where a page will be. */
export function Waiting() {
  return (
    <Box textAlign="center" padding="xxl">
      <output aria-label="Loading">
        <Spinner size="large" />
      </output>
    </Box>
  );
}
