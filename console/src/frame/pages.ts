import { type ComponentType, lazy } from "react";

/** A page of the console. */
export interface Page {
  /** Pattern of its address, as react-router reads it. */
  readonly path: string;
  readonly Component: ComponentType;
}

/** A service of the menu: its pages, and what the side shows of them. */
export interface ServicePages {
  readonly title: string;
  /** What the addresses of its pages begin with. */
  readonly home: string;
  readonly about: string;
  readonly sections: readonly {
    readonly title?: string;
    readonly links: readonly { readonly text: string; readonly to: string }[];
  }[];
  readonly pages: readonly Page[];
}

/** A page that is loaded when it is first seen. */
export function page<Name extends string>(
  path: string,
  load: () => Promise<Record<Name, ComponentType>>,
  name: Name,
): Page {
  return {
    path,
    Component: lazy(async (): Promise<{ default: ComponentType }> => ({ default: (await load())[name] })),
  };
}
