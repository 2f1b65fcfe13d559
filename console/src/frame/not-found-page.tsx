import Box from "@cloudscape-design/components/box";
import { LinkTo } from "../parts/link-to.tsx";

/** No page is at this address. */
export function NotFoundPage() {
  return (
    <Box textAlign="center" padding="xxl">
      <Box variant="h1">There is no such page</Box>
      <LinkTo to="/">Console home</LinkTo>
    </Box>
  );
}
