import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { clientSettings } from "../aws/client.ts";
import { useRegion } from "../aws/region.ts";
import { useSession } from "../session/session.ts";
import { services } from "./services.ts";

/** After the last key, in ms. */
const pause = 300;

/** Finds pages and resources by name. What the person may not list is not found. */
export function ResourceSearch() {
  const navigate = useNavigate();
  const session = useSession();
  const region = useRegion();
  const [text, setText] = useState("");
  const [found, setFound] = useState<readonly AutosuggestProps.OptionGroup[]>([]);
  const [status, setStatus] = useState<"finished" | "loading">("finished");

  useEffect(() => {
    if (session === undefined || text.trim().length < 2) {
      setFound([]);
      return;
    }
    let late = false;
    setStatus("loading");
    const timer = window.setTimeout(async () => {
      const { findResources } = await import("./find-resources.ts");
      const groups = await findResources(clientSettings(session, region), text.trim());
      if (late) return;
      setFound(
        groups.map(({ label, found }) => ({
          label,
          options: found.map(({ name, to }) => ({ value: to, label: name })),
        })),
      );
      setStatus("finished");
    }, pause);
    return () => {
      late = true;
      window.clearTimeout(timer);
    };
  }, [text, session, region]);

  return (
    <Autosuggest
      ariaLabel="Search pages and resources"
      placeholder="Search"
      value={text}
      options={[...pagesNamed(text), ...found]}
      filteringType="manual"
      statusType={status}
      loadingText="Searching"
      empty="Nothing found"
      enteredTextLabel={(value) => `Search for “${value}”`}
      onChange={({ detail }) => setText(detail.value)}
      onSelect={({ detail }) => {
        if (!detail.value.startsWith("/")) return;
        setText("");
        void navigate(`${detail.value}?region=${region}`);
      }}
    />
  );
}

function pagesNamed(text: string): readonly AutosuggestProps.OptionGroup[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const options = services.flatMap(({ title, sections }) =>
    sections
      .flatMap(({ links }) => links)
      .filter((link) => `${title} ${link.text}`.toLowerCase().includes(wanted))
      .map((link) => ({ value: link.to, label: link.text, description: title })),
  );
  return options.length === 0 ? [] : [{ label: "Pages", options }];
}
