import type { ServicePages } from "./pages.ts";

/** The way to a page, from its address: the service, the list, the resource. */
export function breadcrumbsOf(
  { title, home, sections }: ServicePages,
  path: string,
): readonly { readonly text: string; readonly href: string }[] {
  const links = sections.flatMap((section) => section.links);
  const list = links
    .filter(({ to }) => to !== home && (path === to || path.startsWith(`${to}/`)))
    .sort((a, b) => b.to.length - a.to.length)[0];
  const start = [{ text: title, href: home }];
  if (list === undefined) return start;
  const rest = path.slice(list.to.length).split("/").filter(Boolean);
  return [
    ...start,
    { text: list.text, href: list.to },
    ...rest.map((part, index) => ({
      text: decoded(part),
      href: [list.to, ...rest.slice(0, index + 1)].join("/"),
    })),
  ];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
