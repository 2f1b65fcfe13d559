import Cards from "@cloudscape-design/components/cards";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { LinkTo } from "../parts/link-to.tsx";
import { services } from "./services.ts";

/** Where one begins: every service, and what it is for. */
export function HomePage() {
  return (
    <ContentLayout header={<Header variant="h1">Console home</Header>}>
      <Cards
        ariaLabels={{ itemSelectionLabel: () => "", selectionGroupLabel: "" }}
        items={services}
        trackBy="home"
        cardDefinition={{
          header: ({ title, home }) => (
            <LinkTo to={home} fontSize="heading-m">
              {title}
            </LinkTo>
          ),
          sections: [{ id: "about", content: ({ about }) => about }],
        }}
        cardsPerRow={[{ cards: 1 }, { minWidth: 600, cards: 2 }, { minWidth: 900, cards: 3 }]}
      />
    </ContentLayout>
  );
}
